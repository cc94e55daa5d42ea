"""`hwkit board`: the netlist of one board, of a tolerance study or saved by a bench page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hwkit.cli.options import Json, RootSeed, refuse_unused
from hwkit.cli.output import emit
from hwkit.errors import ConfigError

if TYPE_CHECKING:  # slow to import, and `hwkit --help` doesn't need it
    from hwkit.study.kinds.tolerance.plan import TolerancePlan


def board(
    context: typer.Context,
    study: Annotated[
        Path,
        typer.Argument(
            metavar="STUDY.toml|BOARD.json", help="A tolerance study, or a board's file."
        ),
    ],
    number: Annotated[
        int | None,
        typer.Argument(min=0, metavar="[BOARD]", help="Number of the board, of a study."),
    ] = None,
    model: Annotated[
        Path | None, typer.Option(help="The machine that a board's file is of (.npz).")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder to write into: the study's, runs/<its name> by default, or any for a "
            "board's file, its own by default."
        ),
    ] = None,
    seed: RootSeed = None,
    as_json: Json = False,
) -> None:
    """Write one board's netlist. Of a study into its run folder, or of a board's file."""
    if study.suffix.lower() == ".json":
        refuse_unused(context, {"number", "seed"}, "with a board's file, which is one board")
        path = _saved_board(study, model, study.parent if out is None else out)
    else:
        refuse_unused(context, {"model"}, "with a study, which has its own")
        path = _board_of_study(study, number, seed, out)
    emit(as_json, {"netlist": str(path)}, f"wrote {path}")


def _board_of_study(study: Path, number: int | None, seed: int | None, out: Path | None) -> Path:
    from hwkit.study.kinds.tolerance.verbs import board_netlist

    if number is None:
        raise typer.BadParameter("give the number of a board of the study, such as 7")
    plan = load_tolerance(study, seed)
    return board_netlist(plan, out if out is not None else Path("runs") / plan.name, number)


def _saved_board(file: Path, model: Path | None, folder: Path) -> Path:
    import hwkit
    from hwkit.files import write_text
    from hwkit.twin import load_board

    if model is None:
        raise typer.BadParameter("a board's file holds no machine; name it with --model")
    saved = load_board(file, hwkit.load_model(model))
    netlist = hwkit.render(saved.design, t_final=saved.t_final, dt=saved.dt)
    path = folder / f"{file.stem}.cir"
    folder.mkdir(parents=True, exist_ok=True)
    write_text(path, netlist.text)
    return path


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
