"""`hwkit new`: a study file to start from."""

from pathlib import Path
from typing import Annotated

import typer

from hwkit.cli.options import Json
from hwkit.cli.output import emit


def new(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="A kind of study; see --help.")],
    out: Annotated[Path | None, typer.Option(help="File to write; KIND.toml by default.")] = None,
    as_json: Json = False,
) -> None:
    """Write a commented study file that runs as it is. Kinds: `hwkit doctor` lists them."""
    from hwkit.errors import ConfigError
    from hwkit.files import write_text
    from hwkit.study import example_text

    file = Path(f"{kind}.toml") if out is None else out
    text = example_text(kind)
    if file.exists():
        raise ConfigError(f"{file} is there already; name another with --out, or remove it")
    write_text(file, text)
    emit(as_json, {"study": str(file)}, f"wrote {file}; run it with: hwkit run {file}")
