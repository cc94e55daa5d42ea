"""`hwkit energy`: what one sample costs, line by line."""

from pathlib import Path
from typing import Annotated

import typer

from hwkit.cli.options import Jobs, Json, RootSeed, RunFolder, Timeout
from hwkit.cli.studies import run_study_verb


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
    run_study_verb(
        plan.name,
        out,
        as_json,
        lambda folder, announce: run_energy(plan, folder, jobs, timeout, announce),
        write_energy,
    )
