"""`hwkit sensitivity`: which parts of a design move a metric, by one pass forward and one back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hwkit.cli.board import load_tolerance
from hwkit.cli.options import Json
from hwkit.cli.output import emit, progress_bars

if TYPE_CHECKING:  # slow to import, and `hwkit --help` doesn't need it
    from hwkit.study.kinds.tolerance.results import Sensitivity


def sensitivity(
    study: Annotated[Path, typer.Argument(metavar="STUDY.toml", help="A tolerance study.")],
    metric: Annotated[
        str | None, typer.Option(help="Smooth metric in place of the file's.")
    ] = None,
    paths: Annotated[int | None, typer.Option(min=1, help="Paths in place of the file's.")] = None,
    top: Annotated[int, typer.Option(min=1, help="How many parts to list.")] = 20,
    out: Annotated[
        Path | None, typer.Option(help="Write the derivative to every part here (.npz).")
    ] = None,
    as_json: Json = False,
) -> None:
    """Rank parts by what their tolerance does. Differentiates a metric to every part."""
    from pydantic import TypeAdapter

    from hwkit.study.kinds.tolerance.results import Sensitivity
    from hwkit.study.kinds.tolerance.verbs import part_sensitivity

    changes = {"metric": metric, "paths": paths, "top": top}
    given = {name: value for name, value in changes.items() if value is not None}
    plan = load_tolerance(study).with_sensitivity(given)
    with progress_bars() as announce:
        announce("sensitivities")
        ranking = part_sensitivity(plan, out)
    document = TypeAdapter(Sensitivity).dump_python(ranking, mode="json")
    emit(as_json, document, _table(ranking))


def _table(ranking: Sensitivity) -> str:
    lines = [f"{ranking.metric}: {ranking.value:.6g} on {ranking.paths} paths", ""]
    lines += ["share   effect of 1 sigma   entry"]
    lines += [f"{g.share:6.1%}  {g.effect:.3e}           {g.group}" for g in ranking.groups]
    lines += ["", "share   effect of 1 sigma   derivative    part"]
    lines += [
        f"{p.share:6.1%}  {p.effect:.3e}           {p.derivative:+.3e}    "
        f"{p.name} {p.part} ({', '.join(p.between)})"
        for p in ranking.parts
    ]
    return "\n".join(lines)
