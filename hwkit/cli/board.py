"""`hwkit board`: the netlist of one board of a tolerance study."""

from pathlib import Path
from typing import Annotated

import typer

from hwkit.cli.options import Json, RootSeed, RunFolder
from hwkit.cli.output import emit


def board(
    study: Annotated[Path, typer.Argument(metavar="STUDY.toml", help="A tolerance study.")],
    number: Annotated[int, typer.Argument(min=0, metavar="BOARD", help="Which of its boards.")],
    out: RunFolder = None,
    seed: RootSeed = None,
    as_json: Json = False,
) -> None:
    """Write one board's netlist into the study's run folder."""
    from hwkit.study.kinds.tolerance.study import board_netlist, load_tolerance

    plan = load_tolerance(study, seed)
    folder = out if out is not None else Path("runs") / plan.name
    path = board_netlist(plan, folder, number)
    emit(as_json, {"netlist": str(path)}, f"wrote {path}")
