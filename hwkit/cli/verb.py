"""What all verbs have in common: the file that one writes is none of those that it reads."""

import inspect
from collections.abc import Iterator
from itertools import permutations
from pathlib import Path
from typing import Any, get_args, get_type_hints

import typer
from typer.core import TyperCommand

from hwkit.terminal import is_plain

# Options that name what is written.
_WRITTEN = {"out", "bom", "kicad", "veriloga", "schematic", "graph", "lvs", "devices"}


class Verb(TyperCommand):
    """A command that refuses to write over its own input, and numbers that only Python reads."""

    def parse_args(self, ctx: Any, args: list[str]) -> Any:
        """Read the words; `1_0` and digits of other scripts are no numbers."""
        words, _, _ = self.make_parser(ctx).parse_args(args=list(args))
        rest = super().parse_args(ctx, args)
        for name, value in ctx.params.items():
            word = words.get(name)
            if isinstance(value, int | float) and isinstance(word, str):
                _check_number(name.replace("_", "-"), word)
        return rest

    def invoke(self, ctx: Any) -> Any:
        """Call the verb, if no file that it is to write is one that it reads, or writes as well."""
        paths = list(_paths(self.callback, ctx.params))
        for (name, file), (other, its) in permutations(paths, 2):
            if name in _WRITTEN and name != other and _same(file, its, other in _WRITTEN):
                raise typer.BadParameter(
                    f"{file} is what {other.replace('_', '-')} names, and would be replaced; name "
                    f"another file with --{name}"
                )
        return super().invoke(ctx)


def _check_number(name: str, word: str) -> None:
    if not is_plain(word):
        raise typer.BadParameter(f"{name}: {word!r} is not a number")


def _paths(verb: Any, given: dict[str, Any]) -> Iterator[tuple[str, Path]]:
    """Yield what names files: the values whose annotation is Path, which may be text as yet."""
    for name, hint in get_type_hints(inspect.unwrap(verb)).items():
        value = given.get(name)
        if value and _holds_path(hint):
            yield from ((name, Path(each)) for each in (value if _several(value) else [value]))


def _holds_path(hint: Any) -> bool:
    return hint is Path or any(_holds_path(part) for part in get_args(hint))


def _several(value: object) -> bool:
    return isinstance(value, list | tuple)


def _same(file: Path, other: Path, written: bool) -> bool:
    """Say whether two paths are one file, also by a link; one to be written need not be there."""
    if not (written or other.is_file()):
        return False
    return file.resolve() == other.resolve() or (
        file.is_file() and other.is_file() and file.samefile(other)
    )
