"""What all verbs have in common: the file that one writes is none of those that it reads."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperCommand


class Verb(TyperCommand):
    """A command that refuses to write over its own input."""

    def invoke(self, ctx: Any) -> Any:
        """Call the verb, if `--out` is not one of the files that it is to read."""
        out = ctx.params.get("out")
        for name, value in ctx.params.items():
            if (
                name != "out"
                and out is not None
                and any(_same(out, file) for file in _files(value))
            ):
                raise typer.BadParameter(
                    f"{out} is what {name.replace('_', '-')} names, and would be replaced; name "
                    "another file with --out"
                )
        return super().invoke(ctx)


def _files(value: object) -> Iterable[Path]:
    if isinstance(value, Path):
        return [value]
    return (
        [each for each in value if isinstance(each, Path)]
        if isinstance(value, list | tuple)
        else []
    )


def _same(out: object, other: Path) -> bool:
    """Say whether two paths are one file, also by a link."""
    if not isinstance(out, Path) or not other.is_file():
        return False
    return out.resolve() == other.resolve() or (out.is_file() and out.samefile(other))
