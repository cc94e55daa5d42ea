"""What the verbs that take a study of a kind of their own share: the run folder, and the end."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from hwkit.cli.endings import over_earlier_results, resumable
from hwkit.cli.output import emit, progress_bars
from hwkit.cli.validate import conclude
from hwkit.manifest import MANIFEST

if TYPE_CHECKING:  # slow to import, and `hwkit --help` needs neither
    from hwkit.fidelity import Verdict
    from hwkit.study.context import Announce


def run_study_verb(
    name: str,
    out: Path | None,
    as_json: bool,
    compute: Callable[[Path, Announce], Verdict],
    write_page: Callable[[Path], Path] | None = None,
    page: str = "report",
) -> None:
    """Run a study into `out` (`runs/<name>` if None), write its page, and end as its verdict says.

    Args:
        name: the study's.
        out: run folder.
        as_json: whether one JSON object is all that is printed.
        compute: called with the folder and what announces stages.
        write_page: called with the folder; None if the study has no page.
        page: what the page is called in the last sentence.
    """
    folder = out if out is not None else Path("runs") / name
    last = f"results in {folder}"
    earlier = over_earlier_results(folder) if (folder / MANIFEST).exists() else nullcontext()
    with resumable(folder, as_json), earlier, progress_bars() as announce:
        verdict = compute(folder, announce)
        if write_page is not None:
            announce("report")
            last += f", {page} {write_page(folder)}"
    if not as_json:
        emit(False, {}, f"{last}\n")
    conclude(verdict, as_json)
