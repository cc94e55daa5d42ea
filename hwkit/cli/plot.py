"""`hwkit plot`: trajectories as a figure."""

from pathlib import Path
from typing import Annotated, Literal

import typer

import hwkit
from hwkit.cli.options import Json, machine_of, parse_numbers, refuse_unused
from hwkit.cli.output import emit


def plot(
    context: typer.Context,
    trajectories: Annotated[
        Path, typer.Argument(metavar="RUNS.nc", help="Trajectories of either simulator.")
    ],
    show: Annotated[
        Literal["all", "states", "marginals", "samples", "spectra"],
        typer.Option(help="One panel; all: the first three, as far as the runs can fill them."),
    ] = "all",
    model: Annotated[
        Path | None, typer.Option(help="The machine: says how many units are visible.")
    ] = None,
    n_visible: Annotated[
        int | None, typer.Option("--visible", min=1, help="Number of visible units; else all.")
    ] = None,
    run: Annotated[
        int | None, typer.Option(min=0, help="Run whose states are drawn over time.")
    ] = None,
    units: Annotated[str | None, typer.Option(help="Units drawn over time, such as 0,5,9.")] = None,
    out: Annotated[Path, typer.Option(help="Figure to write: .png, .svg or .pdf.")] = Path(
        "runs.png"
    ),
    as_json: Json = False,
) -> None:
    """Draw trajectories: states, marginals, samples, spectra."""
    from hwkit.report import View, plot_trajectories

    if show in ("states", "spectra"):
        refuse_unused(context, {"model", "n_visible"}, f"with --show {show}")
    if show in ("marginals", "samples"):
        refuse_unused(context, {"run", "units"}, f"with --show {show}")
    if n_visible is not None:
        refuse_unused(context, {"model"}, "with --visible, which says how many are visible")
    runs = hwkit.Trajectories.load(trajectories)
    if model is not None:
        machine = machine_of(model, trajectories, runs)
        n_visible = machine.n_visible
    chosen = parse_numbers(units, "units", "0,5,9")
    view = View(None if show == "all" else (show,), run, chosen, n_visible)
    panels = plot_trajectories(runs, out, view)
    emit(as_json, {"figure": str(out), "panels": panels}, f"{', '.join(panels)}; wrote {out}")
