"""The words of an element's line: nodes and values in their order, and `name=value` pairs."""

import re
from collections.abc import Iterable, Sequence
from functools import cache

from hwkit.errors import NetlistError
from hwkit.netlist.reader.grammar import ELEMENT_PARAMETERS, rule
from hwkit.netlist.reader.lines import short

# Words are what no sign separates; braces and quotes hold an expression.
OTHER_THAN_WORDS = frozenset("=(),")
_NO_BRACKETS = str.maketrans("", "", "[]")
_SIGNS = re.compile(r"[{}'\"(),]")
_TOKEN = re.compile(r"\{[^{}]*+\}|'[^']*+'|[^\s={}'\"(),]++|\S")


def tokens(text: str) -> list[str]:
    """Return words, `{...}`, `'...'` and the signs = ( ) , of a line.

    Raises:
        NetlistError: if a quote or brace is left over, or touches a word.
    """
    if _SIGNS.search(text) is None:
        return text.replace("=", " = ").split()
    found: list[str] = []
    end = -1
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token in ("{", "}", "'", '"'):
            raise NetlistError(f"{token!r} is alone; values are written {{...}} or '...'")
        if match.start() == end and found:
            pair = (found[-1], token)
            if any(t[0] in "{'" for t in pair) and all(t not in "=()," for t in pair):
                raise NetlistError(
                    f"{short(pair[0] + pair[1])!r} is not a value; write one in braces"
                )
        found.append(token)
        end = match.end()
    return found


def named(found: Sequence[str], mixed: bool = False) -> tuple[list[str], dict[str, str]]:
    """Return the plain words of a line, and the values of its `name=value` pairs.

    Plain words come first, unless they may be `mixed` with the others: ngspice takes some lines
    apart in another way.
    """
    if OTHER_THAN_WORDS.isdisjoint(found):
        return list(found), {}
    words: list[str] = []
    values: dict[str, str] = {}
    at = 0
    while at < len(found):
        token = found[at]
        if at + 1 < len(found) and found[at + 1] == "=":
            if at + 2 == len(found) or found[at + 2] in "=(),":
                raise NetlistError(f"{short(token)}= needs a value")
            if token in values:
                raise NetlistError(f"{short(token)}= is given twice; keep one")
            values[token] = found[at + 2]
            at += 3
            continue
        if token in "=(),":
            raise NetlistError(f"{token!r} is not understood here; separate words by spaces")
        if values and not mixed:
            raise NetlistError(f"{short(token)!r} comes after name=value; put it first")
        words.append(token)
        at += 1
    return words, values


def fields(letter: str, found: Sequence[str], names: str) -> tuple[list[str], dict[str, str]]:
    """Return the words of an element in the order of `names`, and its named values.

    A word in brackets, the last, may be missing. Named values are checked against the table.

    Raises:
        NetlistError: naming the word that is missing or too many.
    """
    least, most, names = _expected(names)
    words, values = named(found)
    refuse(letter, values)
    refuse(letter, [word for word in words[most:] if word in ELEMENT_PARAMETERS[letter]])
    if len(words) < least:
        raise NetlistError(f"the line is too short; expected {names}")
    if len(words) > most:
        extra = short(words[most])
        raise NetlistError(f"{extra!r} is not understood; expected {names} and no more")
    return words, values


@cache
def _expected(names: str) -> tuple[int, int, str]:
    """Return how few and how many words are expected, and their names for people."""
    most = len(names.split())
    return most - ("[" in names), most, names.translate(_NO_BRACKETS)


def refuse(letter: str, words: Iterable[str]) -> None:
    """Refuse parameters of an element that the table does not know, or refuses."""
    for word in words:
        rule(ELEMENT_PARAMETERS[letter], "the parameter", word)
