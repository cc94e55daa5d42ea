"""The ranking of parts alone, without boards: what `hwkit sensitivity` shows."""

from pathlib import Path

from hwkit.study.kinds.tolerance.parts import ranking
from hwkit.study.kinds.tolerance.plan import TolerancePlan
from hwkit.study.kinds.tolerance.results import Sensitivity
from hwkit.study.kinds.tolerance.study import nominal_board, train


def part_sensitivity(plan: TolerancePlan, out: Path | None = None) -> Sensitivity:
    """Differentiate the study's smooth metric to every part; see `ranking`."""
    plan.check_here()
    return ranking(plan, nominal_board(plan, train(plan)), out)
