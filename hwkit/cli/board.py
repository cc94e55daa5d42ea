"""`hwkit board`: the netlist of one board of a tolerance study."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hwkit.cli.options import Json, RootSeed, RunFolder
from hwkit.cli.output import emit
from hwkit.errors import ConfigError

if TYPE_CHECKING:  # slow to import, and `hwkit --help` doesn't need it
    from hwkit.study.kinds.tolerance.plan import TolerancePlan


def board(
    study: Annotated[Path, typer.Argument(metavar="STUDY.toml", help="A tolerance study.")],
    number: Annotated[int, typer.Argument(min=0, metavar="BOARD", help="Number of the board.")],
    out: RunFolder = None,
    seed: RootSeed = None,
    as_json: Json = False,
) -> None:
    """Write one board's netlist into the study's run folder."""
    from hwkit.study.kinds.tolerance.verbs import board_netlist

    plan = load_tolerance(study, seed)
    folder = out if out is not None else Path("runs") / plan.name
    path = board_netlist(plan, folder, number)
    emit(as_json, {"netlist": str(path)}, f"wrote {path}")


def load_tolerance(study: Path, seed: int | None = None) -> TolerancePlan:
    """Read a study file that must be a tolerance study.

    Raises:
        ConfigError: if it is of another kind, or can't be read.
    """
    from hwkit.study import load_plan
    from hwkit.study.kinds.tolerance.plan import TolerancePlan

    plan = load_plan(study, seed=seed)
    if not isinstance(plan, TolerancePlan):
        raise ConfigError(
            f"study file {study} is of kind {plan.kind!r}; give one with kind = 'tolerance'"
        )
    return plan
