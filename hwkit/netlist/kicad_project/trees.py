"""KiCad's s-expressions as nested lists: written with indents, read back.

A word is a plain `str`, quoted text a `Text`, so that what is read can be written again.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Union
from uuid import UUID, uuid5

from hwkit.errors import NetlistError

Tree = Union[str, Sequence["Tree"]]  # noqa: UP007

_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"|([()])|([^\s()"]+)', re.ASCII)
_NAMES = UUID("5b1f4a46-0c8e-5d0a-9d5e-2f7c3c0f9a11")  # of hwkit's boards
_SHORT = 100  # characters of a list that is written on one line


class Text(str):
    """Text that is written in quotes."""

    __slots__ = ()


def identity(*names: object) -> Text:
    """Return the UUID that belongs to names: the same for the same names, in every run."""
    return Text(uuid5(_NAMES, "/".join(map(str, names))))


def number(value: float) -> str:
    """Return a length in mm, or an angle, as KiCad writes it."""
    text = f"{round(value, 4):.4f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def floats(words: Iterable[Any]) -> list[float]:
    """Return lengths or angles as read."""
    return [float(word) for word in words]


def at(x: float, y: float, *angle: float) -> list[Tree]:
    """Return a place."""
    return ["at", number(x), number(y), *map(number, angle)]


def written(tree: Tree) -> str:
    """Return a tree as a file's text."""
    return "\n".join([*_lines(tree, 0), ""])


def _lines(tree: Tree, depth: int) -> Iterator[str]:
    flat, pad = _flat(tree), "  " * depth
    if isinstance(tree, str) or len(flat) + len(pad) <= _SHORT:
        yield pad + flat
        return
    head = 0
    while head < len(tree) and isinstance(tree[head], str):
        head += 1
    yield f"{pad}({' '.join(map(_flat, tree[:head]))}"
    for branch in tree[head:]:
        yield from _lines(branch, depth + 1)
    yield f"{pad})"


def _flat(tree: Tree) -> str:
    if isinstance(tree, Text):
        escaped = tree.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'"{escaped}"'
    if isinstance(tree, str):
        return tree
    return f"({' '.join(map(_flat, tree))})"


def read_tree(text: str, name: str) -> list[Any]:
    """Return the one list that a file holds, as nested lists.

    Raises:
        NetlistError: naming the file, if its parentheses don't match.
    """
    stack: list[list[Any]] = [[]]
    for quoted, bracket, word in _TOKEN.findall(text):
        if bracket == "(":
            stack.append([])
        elif bracket == ")":
            if len(stack) == 1:
                raise NetlistError(f"{name}: a parenthesis is closed that was not opened")
            done = stack.pop()
            stack[-1].append(done)
        else:
            stack[-1].append(word or Text(_unescaped(quoted)))
    if len(stack) != 1 or len(stack[0]) != 1 or not isinstance(stack[0][0], list):
        raise NetlistError(f"{name} is not one list in parentheses; KiCad's files are")
    found: list[Any] = stack[0][0]
    return found


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], text)


def branches(tree: Sequence[Any], name: str) -> list[list[Any]]:
    """Return the lists within a list that start with a word."""
    return [item for item in tree if isinstance(item, list) and item and item[0] == name]


def branch(tree: Sequence[Any], name: str) -> list[Any]:
    """Return the first list within a list that starts with a word, without the word.

    Raises:
        NetlistError: if there is none.
    """
    for item in branches(tree, name):
        return item[1:]
    raise NetlistError(f"a {tree[0] if tree else 'list'} of the KiCad file has no {name!r}")
