"""Studies: a TOML file, validated, run on both sides, results and a page in one folder."""

from hwkit.study.kind import Estimate, Kind
from hwkit.study.kinds import kind_names, load_kind
from hwkit.study.reading import load_plan
from hwkit.study.run import Run
from hwkit.study.runner import (
    Outcome,
    conclude_study,
    estimate_study,
    example_text,
    report_again,
    run_study,
    write_report,
)

__all__ = [
    "Estimate",
    "Kind",
    "Outcome",
    "Run",
    "conclude_study",
    "estimate_study",
    "example_text",
    "kind_names",
    "load_kind",
    "load_plan",
    "report_again",
    "run_study",
    "write_report",
]
