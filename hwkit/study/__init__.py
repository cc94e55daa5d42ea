"""Studies: a TOML file, validated, run on both sides, results in one folder."""

from hwkit.study.bench import run_bench
from hwkit.study.bench_plan import BenchPlan, load_bench
from hwkit.study.codesign import run_codesign
from hwkit.study.codesign_plan import CodesignPlan, load_codesign
from hwkit.study.converge import converge
from hwkit.study.data import digit_patterns, load_patterns, mnist_patterns
from hwkit.study.foreign import validate_netlist
from hwkit.study.plan import StudyPlan, load_plan
from hwkit.study.run import run_study
from hwkit.study.spectra import validate_spectra
from hwkit.study.speedup import run_speedup
from hwkit.study.speedup_plan import SpeedupPlan, load_speedup
from hwkit.study.spu import run_sampler
from hwkit.study.spu_plan import SamplerPlan, load_sampler
from hwkit.study.tolerance import (
    board_netlist,
    estimate_tolerance,
    part_sensitivity,
    run_tolerance,
)
from hwkit.study.tolerance_plan import TolerancePlan, load_tolerance_plan
from hwkit.study.validate import validate_design

__all__ = [
    "BenchPlan",
    "CodesignPlan",
    "SamplerPlan",
    "SpeedupPlan",
    "StudyPlan",
    "TolerancePlan",
    "board_netlist",
    "converge",
    "digit_patterns",
    "estimate_tolerance",
    "load_bench",
    "load_codesign",
    "load_patterns",
    "load_plan",
    "load_sampler",
    "load_speedup",
    "load_tolerance_plan",
    "mnist_patterns",
    "part_sensitivity",
    "run_bench",
    "run_codesign",
    "run_sampler",
    "run_speedup",
    "run_study",
    "run_tolerance",
    "validate_design",
    "validate_netlist",
    "validate_spectra",
]
