"""A title, some facts, a small picture, in at most 25 lines."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
from numpy.typing import NDArray

from hwkit.showing.maps import TEXT_SIDE, Map
from hwkit.terminal import one_line

FloatArray = NDArray[np.float64]

MOST_LINES = 25
_WIDTH = 96  # of a line of text, from where it is cut
_SPARKS = "▁▂▃▄▅▆▇█"


@dataclass(frozen=True)
class Summary:
    """What a value shows of itself.

    Attributes:
        title: kind and size, one line.
        facts: name and text, one line each.
        lines: further lines as they are, such as rows of a table.
        picture: a small map, or nothing.
    """

    title: str
    facts: Sequence[tuple[str, str]] = ()
    lines: Sequence[str] = ()
    picture: Map | None = None

    def text(self) -> str:
        """Return the summary in at most MOST_LINES lines."""
        width = max((len(name) for name, _ in self.facts), default=0)
        lines = [f"  {name:<{width}}  {text}" for name, text in self.facts]
        lines += [f"  {line}" for line in self.lines]
        room = MOST_LINES - 1 - len(lines)
        if self.picture is not None and room > TEXT_SIDE:
            lines += [f"  {self.picture.caption}", *(f"  {row}" for row in self.picture.lines())]
        if len(lines) > MOST_LINES - 1:
            hidden = len(lines) - (MOST_LINES - 2)
            lines = [*lines[: MOST_LINES - 2], f"  ... and {hidden} more lines"]
        return "\n".join(_cut(one_line(line)) for line in (self.title, *lines))

    def html(self) -> str:
        """Return the summary for notebooks."""
        rows = "".join(
            f"<tr><td>{escape(one_line(name))}</td>"
            f'<td style="text-align: left">{escape(one_line(text))}</td></tr>'
            for name, text in self.facts
        )
        parts = [f"<b>{escape(one_line(self.title))}</b>"]
        if rows:
            parts.append(f"<table>{rows}</table>")
        if self.lines:
            text = "\n".join(one_line(line) for line in self.lines[: MOST_LINES - 2])
            parts.append(f"<pre>{escape(text)}</pre>")
        if self.picture is not None:
            caption = escape(one_line(self.picture.caption))
            parts.append(
                f'<figure style="margin: 0"><img alt="{caption}" src="{self.picture.uri()}" '
                'style="width: 192px; image-rendering: pixelated">'
                f"<figcaption>{caption}</figcaption></figure>"
            )
        return f"<div>{''.join(parts)}</div>"


class Shown(ABC):
    """A value that shows itself by its summary."""

    @abstractmethod
    def summary(self) -> Summary:
        """Return what is shown."""

    def __repr__(self) -> str:
        return self.summary().text()

    def _repr_html_(self) -> str:
        return self.summary().html()


def spread(values: FloatArray | Sequence[float], unit: str = "") -> str:
    """Return smallest and largest of numbers (n,) as text, or the number that all of them are."""
    finite = np.asarray(values, dtype=np.float64)
    finite = finite[np.isfinite(finite)]
    if not finite.size:
        return "none"
    low, high = float(finite.min()), float(finite.max())
    text = f"{low:.4g}" if low == high else f"{low:.4g} to {high:.4g}"
    return f"{text} {unit}".rstrip()


def sparkline(values: FloatArray, most: int = 48) -> str:
    """Return numbers (n,) as a line of bars, thinned out where there are more than `most`."""
    shown = values[np.linspace(0, len(values) - 1, min(most, len(values))).astype(int)]
    low, high = float(np.nanmin(shown)), float(np.nanmax(shown))
    if not high > low:
        return _SPARKS[0] * len(shown)
    level = np.nan_to_num((shown - low) / (high - low)) * (len(_SPARKS) - 1)
    return "".join(_SPARKS[round(value)] for value in level.tolist())


def _cut(line: str) -> str:
    return line if len(line) <= _WIDTH else line[: _WIDTH - 3] + "..."
