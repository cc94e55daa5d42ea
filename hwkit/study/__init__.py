"""Studies: a TOML file, validated, run on both sides, results and a page in one folder."""

from hwkit.study.kind import Estimate, Kind
from hwkit.study.kinds import kind_names, load_kind
from hwkit.study.reading import load_plan
from hwkit.study.run import Run
from hwkit.study.runner import estimate_study, example_text, headline_of, run_study, write_report

__all__ = [
    "Estimate",
    "Kind",
    "Run",
    "estimate_study",
    "example_text",
    "headline_of",
    "kind_names",
    "load_kind",
    "load_plan",
    "run_study",
    "write_report",
]
