"""`hwkit storage`: how many bits a coupling needs."""

from pathlib import Path
from typing import Annotated

import typer

from hwkit.cli.endings import resumable
from hwkit.cli.options import Json, RootSeed, RunFolder
from hwkit.cli.output import emit, progress_bars
from hwkit.cli.validate import conclude


def storage(
    study: Annotated[Path, typer.Argument(metavar="STUDY.toml", help="A storage study.")],
    out: RunFolder = None,
    seed: RootSeed = None,
    as_json: Json = False,
) -> None:
    """Round couplings to few bits. Quality, heat and loss against those of full precision."""
    from hwkit.report.storage import write_storage
    from hwkit.study.storage import run_storage
    from hwkit.study.storage_plan import load_storage

    plan = load_storage(study, seed)
    folder = out if out is not None else Path("runs") / plan.name
    with resumable(folder, as_json), progress_bars() as announce:
        verdict = run_storage(plan, folder, announce)
        announce("report")
        page = write_storage(folder)
    if not as_json:
        emit(False, {}, f"results in {folder}, report {page}\n")
    conclude(verdict, as_json)
