"""`hwkit sensitivity`: which parts of a design move a metric, by one pass forward and one back."""

from pathlib import Path
from typing import Annotated, Any

import typer

from hwkit.cli.options import Json
from hwkit.cli.output import emit, progress_bars


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
    from hwkit.study import load_tolerance_plan, part_sensitivity

    changes = {"metric": metric, "paths": paths, "top": top}
    plan = load_tolerance_plan(study)
    section = plan.sensitivity.model_copy(
        update={name: value for name, value in changes.items() if value is not None}
    )
    with progress_bars() as announce:
        announce("sensitivities")
        found = part_sensitivity(plan.model_copy(update={"sensitivity": section}), out)
    emit(as_json, found, _table(found))


def _table(found: dict[str, Any]) -> str:
    lines = [f"{found['metric']}: {found['value']:.6g} on {found['paths']} paths", ""]
    lines += ["share   effect of 1 sigma   entry"]
    lines += [
        f"{g['share']:6.1%}  {g['effect']:.3e}           {g['group']}" for g in found["groups"]
    ]
    lines += ["", "share   effect of 1 sigma   derivative    part"]
    lines += [
        f"{p['share']:6.1%}  {p['effect']:.3e}           {p['derivative']:+.3e}    "
        f"{p['name']} {p['part']} ({', '.join(p['between'])})"
        for p in found["parts"]
    ]
    return "\n".join(lines)
