"""What a page says first: one sentence, three numbers with intervals, a picture."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hwkit.deferred import deferred
from hwkit.errors import DataError
from hwkit.fidelity import Verdict, wilson
from hwkit.fidelity.verdict import Metric
from hwkit.report.drawing import Drawing
from hwkit.report.formats import number, quantity, signed
from hwkit.report.pictures import Picture
from hwkit.report.verdict import summarise
from hwkit.terminal import one_line, shown
from hwkit.trajectories import FloatArray

if TYPE_CHECKING:
    from scipy import stats
else:
    stats = deferred("scipy.stats")

MOST_NUMBERS = 3
_PLAIN = str.maketrans(
    {"\N{NO-BREAK SPACE}": " ", "\N{NARROW NO-BREAK SPACE}": ",", "−": "-", "µ": "u", "×": "x"}
    | {"±": "+-", "≤": "<=", "≥": ">="}
    | dict(zip("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789", strict=True))
)
_BEFORE_UNIT = re.compile(
    r"(?<=\d) (?=(?:%|kT|million|billion|bits?|[afpnµmkMG]?(?:J|V|s|W|F))(?:\W|$))"
)
_RAISED = re.compile("[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+")
SHARE = "share"
_NORMAL = 1.959964  # standard errors on each side of a 95 % interval
_ROUNDING = 1e-9  # of the ends of an interval
_SI = frozenset({"J", "W", "V", "A", "s", "F", "S", "Hz", "ohm", "K"})


@dataclass(frozen=True)
class Number:
    """A number and its interval.

    Attributes:
        name: what it is.
        value: in `unit`; a share is a part of 1.
        low, high: ends of the interval; both the value for what was counted.
        unit: `SHARE` (shown in percent), an SI unit (shown with a prefix), other words, or "".
        basis: what the interval rests on, such as "100 runs in SPICE".
        level: of the interval; or what part of them lies there, for a spread over boards.
    """

    name: str
    value: float
    low: float
    high: float
    unit: str = ""
    basis: str = ""
    level: str = "95 %"

    def __post_init__(self) -> None:
        slack = _ROUNDING * max(1.0, abs(self.value))
        if self.low > self.value + slack or self.value > self.high + slack:
            raise DataError(
                f"{self.name} is {self.value:g}, outside its interval {self.low:g} to "
                f"{self.high:g}; give ends on both sides of it"
            )

    @classmethod
    def share(cls, name: str, share: float, n: int, basis: str = "") -> "Number":
        """Return a share of n with Wilson's interval; a share that is not known without any."""
        if math.isnan(share) or n < 1:
            return cls(name, math.nan, math.nan, math.nan, SHARE, basis)
        low, high = wilson(share * n, n)
        return cls(name, share, min(low, share), max(high, share), SHARE, basis)

    @classmethod
    def mean(
        cls, name: str, value: float, stderr: float | None, unit: str = "", basis: str = ""
    ) -> "Number":
        """Return a value with its standard error.

        Args:
            name, value, unit, basis: as for `Number`.
            stderr: None or NaN if it has none.
        """
        known = stderr is not None and math.isfinite(stderr)
        half = _NORMAL * stderr if stderr is not None and known else 0.0
        return cls(name, value, value - half, value + half, unit, basis)

    @classmethod
    def over(cls, name: str, values: Sequence[float], unit: str = "", basis: str = "") -> "Number":
        """Return the mean of independent values, with their spread in Student's interval."""
        sample = np.asarray(values, dtype=float)
        mean = float(sample.mean())
        if sample.size < 2:
            return cls(name, mean, mean, mean, unit, basis)
        half = float(stats.t.ppf(0.975, sample.size - 1) * sample.std(ddof=1) / sample.size**0.5)
        return cls(name, mean, mean - half, mean + half, unit, basis)

    @classmethod
    def shares(cls, name: str, values: Sequence[float], each: int, basis: str = "") -> "Number":
        """Return the mean of shares, each of so many samples, such as those of boards.

        The interval is the wider of two: Student's over the values, and Wilson's of all samples.
        """
        spread = cls.over(name, values, SHARE, basis)
        counted = cls.share(name, spread.value, each * len(values), basis)
        low = max(min(spread.low, counted.low), 0.0)
        return cls(name, spread.value, low, min(max(spread.high, counted.high), 1.0), SHARE, basis)

    @property
    def shown(self) -> str:
        """The value as text, with its unit."""
        return self._text(self.value)

    @property
    def interval(self) -> str:
        """The interval as text; empty if it has no width."""
        if not (math.isfinite(self.low) and math.isfinite(self.high)) or self.low == self.high:
            return ""
        low, high = self._text(self.low), self._text(self.high)
        _, space, unit = high.partition("\N{NO-BREAK SPACE}")
        return f"{low.removesuffix(space + unit)} to {high}"

    def _text(self, value: float) -> str:
        if math.isnan(value):
            return "no value"
        if self.unit == SHARE:
            return signed(f"{100 * value:.1f}\N{NO-BREAK SPACE}%")
        if self.unit in _SI:
            return signed(quantity(value, self.unit))
        text = number(value) if value != round(value) or abs(value) > 1e5 else f"{value:.0f}"
        return f"{signed(text)}\N{NO-BREAK SPACE}{self.unit}".rstrip("\N{NO-BREAK SPACE}")


def error_bars(numbers: Sequence[Number]) -> FloatArray:
    """Return how far the intervals of numbers reach below and above them, (2, K)."""
    bars = np.array([[each.value - each.low, each.high - each.value] for each in numbers]).T
    return np.asarray(np.maximum(bars, 0.0))


@dataclass(frozen=True)
class Strip:
    """A row of pictures under a title."""

    title: str
    pictures: tuple[Picture, ...]


@dataclass(frozen=True)
class Gallery:
    """Rows of pictures, one below the other, such as what is generated below what was learnt.

    Attributes:
        strips: the rows; pictures in one column belong together.
        caption: what is to be seen in them.
        files: of the run that hold the states.
    """

    strips: tuple[Strip, ...]
    caption: str
    files: tuple[str, ...] = ()

    @property
    def columns(self) -> int:
        """Pictures in the longest row."""
        return max((len(strip.pictures) for strip in self.strips), default=1)


@dataclass(frozen=True)
class Answer:
    """What a study found, for somebody who reads nothing else.

    Attributes:
        sentence: one, with the numbers that matter and their units.
        numbers: up to three.
        picture: the figure or the pictures to look at first; None if there is nothing to see.
        below: what a terminal shows below the sentence, such as a table in plain text; may be "".
    """

    sentence: str
    numbers: tuple[Number, ...]
    picture: Drawing | Gallery | None = None
    below: str = ""

    def __post_init__(self) -> None:
        if not self.sentence.strip() or "\n" in self.sentence:
            raise DataError(f"the answer is {self.sentence!r}; give one sentence in one line")
        if len(self.numbers) > MOST_NUMBERS:
            raise DataError(
                f"the answer has {len(self.numbers)} numbers; choose at most {MOST_NUMBERS}"
            )

    @property
    def on_page(self) -> str:
        """The sentence with numbers tied to their units."""
        return _BEFORE_UNIT.sub("\N{NO-BREAK SPACE}", self.sentence)

    @property
    def in_terminal(self) -> str:
        """The sentence in one line, and what is below it; plain spaces and signs of ASCII."""
        sentence = one_line(_RAISED.sub("^\\g<0>", self.sentence).translate(_PLAIN))
        return f"{sentence}\n\n{shown(self.below)}" if self.below else sentence

    @property
    def gallery(self) -> Gallery | None:
        """The picture, if it is rows of pictures."""
        return self.picture if isinstance(self.picture, Gallery) else None

    @property
    def drawing(self) -> Drawing | None:
        """The picture, if it is a figure."""
        return self.picture if isinstance(self.picture, Drawing) else None


def verdict_answer(verdict: Verdict) -> Answer:
    """Return what a verdict alone can say first, for a kind of study that gives no answer."""
    missed = [metric for metric in verdict.metrics if not metric.passed]
    limited = [m for m in verdict.metrics if m.limit is not None and m.passed]
    rest = [metric for metric in verdict.metrics if metric.limit is None]
    first = [*missed, *limited, *rest][:MOST_NUMBERS]
    return Answer(summarise(verdict).sentence, tuple(map(_of_metric, first)))


def _of_metric(metric: Metric) -> Number:
    return Number.mean(metric.name, metric.value, metric.stderr, "", f"n = {metric.n}")
