"""`hwkit validate`: a verdict on one machine's circuit, or on two stored sets of runs."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

import hwkit
from hwkit.cli.options import (
    Cell,
    Farad,
    Jobs,
    Json,
    Runs,
    Second,
    Seed,
    TimeFinal,
    Timeout,
    TimeStep,
    Volt,
)
from hwkit.cli.output import progress_bars, verdict_table

if TYPE_CHECKING:
    from hwkit.fidelity import Verdict


Control = Literal["sign-flip", "dead-node", "swap", "temperature"]


def validate(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="MODEL.npz | IDEAL.nc REAL.nc",
            help="A machine, or two stored sets of runs on the same noise.",
        ),
    ],
    n: Runs = 20,
    t_final: TimeFinal = 2.5,
    dt: TimeStep = 2.5e-3,
    seed: Seed = 0,
    level: Annotated[Literal["full", "mixed"], typer.Option(help="Level of SPICE.")] = "full",
    control: Annotated[
        Control | None,
        typer.Option(help="Negative control: lay this fault on the circuit; must exit 1."),
    ] = None,
    cell: Cell = "rc",
    volt: Volt = 0.1,
    second: Second = 1e-6,
    farad: Farad = 1e-12,
    jobs: Jobs = None,
    timeout: Timeout = None,
    out: Annotated[Path | None, typer.Option(help="Verdict file to write.")] = None,
    as_json: Json = False,
) -> None:
    """Hold a circuit against the ideal machine; exit 1 if a limit is not met."""
    from hwkit.study import validate_design
    from hwkit.workers import available_cores

    if len(files) == 2:
        ideal, real = (hwkit.Trajectories.load(file) for file in files)
        verdict = hwkit.compare(ideal, real)
    elif len(files) == 1:
        design = hwkit.compile_model(
            hwkit.load_model(files[0]), cell, hwkit.Scale(volt, second, farad)
        )
        with progress_bars() as announce:
            verdict = validate_design(
                design,
                t_final,
                dt,
                n,
                seed,
                level,
                control,
                jobs or available_cores(),
                timeout,
                announce(f"SPICE runs ({level})"),
            )
    else:
        raise typer.BadParameter("give one model file, or two trajectories files")
    if out is not None:
        verdict.save(out)
    conclude(verdict, as_json)


def conclude(verdict: "Verdict", as_json: bool) -> None:
    """Print a verdict and leave with its exit status."""
    print(verdict.to_json().rstrip() if as_json else verdict_table(verdict))
    if not verdict.passed:
        raise typer.Exit(1)
