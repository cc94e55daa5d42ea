"""What all verbs have in common: the file that one writes is none of those that it reads."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperCommand

from hwkit.model.numbers import is_plain


class Verb(TyperCommand):
    """A command that refuses to write over its own input, and numbers that only Python reads."""

    def parse_args(self, ctx: Any, args: list[str]) -> Any:
        """Read the words; `1_0` and digits of other scripts are no numbers."""
        words, _, _ = self.make_parser(ctx).parse_args(args=list(args))
        rest = super().parse_args(ctx, args)
        for name, value in ctx.params.items():
            word = words.get(name)
            if isinstance(value, int | float) and isinstance(word, str) and not is_plain(word):
                raise typer.BadParameter(f"{name.replace('_', '-')}: {word!r} is not a number")
        return rest

    def invoke(self, ctx: Any) -> Any:
        """Call the verb, if `--out` is not one of the files that it is to read."""
        out = ctx.params.get("out")
        for name, value in ctx.params.items():
            if name != "out" and any(_same(out, file) for file in _files(value)):
                raise typer.BadParameter(
                    f"{out} is what {name.replace('_', '-')} names, and would be replaced; name "
                    "another file with --out"
                )
        return super().invoke(ctx)


def _files(value: object) -> Iterable[Path]:
    several = value if isinstance(value, list | tuple) else [value]
    return [each for each in several if isinstance(each, Path)]


def _same(out: object, other: Path) -> bool:
    """Say whether two paths are one file, also by a link."""
    if not isinstance(out, Path) or not other.is_file():
        return False
    return out.resolve() == other.resolve() or (out.is_file() and out.samefile(other))
