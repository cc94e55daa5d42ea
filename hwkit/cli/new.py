"""`hwkit new`: a study file to start from."""

from pathlib import Path
from typing import Annotated

import typer

from hwkit.cli.options import Json, refuse_unused
from hwkit.cli.output import emit


def new(
    context: typer.Context,
    kind: Annotated[
        str | None, typer.Argument(metavar="[KIND]", help="A kind of study; without one, a list.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="File to write; KIND.toml by default.")] = None,
    as_json: Json = False,
) -> None:
    """Write a commented study file that runs as it is. Without a kind, list all kinds."""
    if kind is None:
        refuse_unused(context, {"out"}, "without a kind of study")
        _list_kinds(as_json)
    else:
        _write(kind, Path(f"{kind}.toml") if out is None else out, as_json)


def _list_kinds(as_json: bool) -> None:
    from hwkit.study import kind_names

    summaries = {name: _summary(name) for name in kind_names()}
    width = max(map(len, summaries))
    lines = [f"{name:<{width}}  {summary}" for name, summary in summaries.items()]
    emit(as_json, {"kinds": summaries}, "\n".join(lines))


def _summary(name: str) -> str:
    """Return what a kind is about; of one that another package adds and that fails, why."""
    from hwkit.errors import ConfigError
    from hwkit.study import load_kind

    try:
        return load_kind(name).summary
    except ConfigError as error:
        return str(error)


def _write(kind: str, file: Path, as_json: bool) -> None:
    from hwkit.errors import ConfigError
    from hwkit.files import write_text
    from hwkit.study import example_text

    text = example_text(kind)
    if file.exists():
        raise ConfigError(f"{file} already exists; name another with --out, or remove it")
    write_text(file, text)
    emit(as_json, {"study": str(file)}, f"wrote {file}; run it with: hwkit run {file}")
