"""What reaches a terminal or a page: no text of a file may command either.

Names, keys and reasons come from files of other people. Their control characters (C0, DEL, C1),
overrides of the writing direction, zero-width characters and separators of lines are shown as
escapes; letters of all scripts are shown as they are. Whatever the process prints goes through the
standard streams, so it is escaped there, once for all: sentences, tables, warnings, logs.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO, cast

# Printable for Python, and without ink: joiners and fillers.
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0")


def shown(text: str, keep: str = "\n") -> str:
    """Return text from a file with its control characters escaped, so that no terminal obeys it.

    Letters of all scripts stay, and the characters in `keep`.
    """
    return "".join(c if c in keep or _is_visible(c) else _escaped(c) for c in text)


def one_line(text: str) -> str:
    """Return text as `shown`, with line feeds escaped too: a sentence must not look like two."""
    return shown(text, keep="")


def _is_visible(character: str) -> bool:
    return character.isprintable() and character not in _INVISIBLE


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode()


class Escaping:
    """A text stream that shows what is written to it; all else is the stream's own."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def write(self, text: str) -> int:
        """Write text with its control characters escaped; so is what the encoding lacks."""
        if not isinstance(text, str):  # click asks streams in this way whether they take bytes
            raise TypeError(f"text is written here, not {type(text).__name__}")
        safe = shown(text)
        encoding = getattr(self.stream, "encoding", None) or "utf-8"
        self.stream.write(safe.encode(encoding, "backslashreplace").decode(encoding))
        return len(text)

    def writelines(self, lines: Any) -> None:
        """Write several texts."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


@contextmanager
def escaped_streams() -> Iterator[None]:
    """Escape what is written to standard output and standard error during the block."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (cast(TextIO, Escaping(stream)) for stream in before)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


def unescaped(stream: TextIO) -> TextIO:
    """Return the stream below, for what draws with control characters of its own."""
    return stream.stream if isinstance(stream, Escaping) else stream


def is_plain(word: str) -> bool:
    """Say whether a word has nothing that Python takes for a part of a number and others don't."""
    return word.isascii() and "_" not in word and word == word.strip()
