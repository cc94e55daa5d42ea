"""`hwkit energy`: what one sample costs, line by line."""

from pathlib import Path
from typing import Annotated

import typer

from hwkit.cli.endings import resumable
from hwkit.cli.options import Jobs, Json, RootSeed, RunFolder, Timeout
from hwkit.cli.output import emit, progress_bars
from hwkit.cli.validate import conclude


def energy(
    study: Annotated[Path, typer.Argument(metavar="STUDY.toml", help="An energy study.")],
    out: RunFolder = None,
    seed: RootSeed = None,
    jobs: Jobs = None,
    timeout: Timeout = None,
    as_json: Json = False,
) -> None:
    """Account for the energy of a sample. SPICE by class of element, prices, a digital sample."""
    from hwkit.report.energy import write_energy
    from hwkit.study.energy import run_energy
    from hwkit.study.energy_plan import load_energy

    plan = load_energy(study, seed)
    folder = out if out is not None else Path("runs") / plan.name
    with resumable(folder, as_json), progress_bars() as announce:
        verdict = run_energy(plan, folder, jobs, timeout, announce)
        announce("report")
        page = write_energy(folder)
    if not as_json:
        emit(False, {}, f"results in {folder}, report {page}\n")
    conclude(verdict, as_json)
