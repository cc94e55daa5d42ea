"""Studies: a TOML file, validated, run on both sides, results in one folder."""

from hwkit.study.converge import converge
from hwkit.study.data import digit_patterns, load_patterns, mnist_patterns
from hwkit.study.foreign import validate_netlist
from hwkit.study.plan import StudyPlan, load_plan
from hwkit.study.run import run_study
from hwkit.study.spectra import validate_spectra
from hwkit.study.validate import validate_design

__all__ = [
    "StudyPlan",
    "converge",
    "digit_patterns",
    "load_patterns",
    "load_plan",
    "mnist_patterns",
    "run_study",
    "validate_design",
    "validate_netlist",
    "validate_spectra",
]
