"""Distributions of a part's deviation from its value.

A deviation e is relative (value * (1 + e)) or absolute (value + e), as the
spread that uses it says. All are drawn through their quantile function, so that plain, Latin
hypercube and Sobol sampling, correlation and common random numbers work alike for each.
"""

from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from hwkit.errors import ConfigError

FloatArray = NDArray[np.float64]


class Distribution(Protocol):
    """A distribution of deviations."""

    def quantile(self, u: FloatArray) -> FloatArray:
        """Return the deviations, of any shape, that are exceeded with probability 1 - u."""
        ...

    def cdf(self, e: FloatArray) -> FloatArray:
        """Return the probability of a deviation of at most e, of any shape."""
        ...

    def scaled(self, factor: float) -> "Distribution":
        """Return the distribution of `factor` times the deviation."""
        ...

    @property
    def sigma(self) -> float:
        """Standard deviation."""
        ...


def _check(name: str, **values: float) -> None:
    for what, value in values.items():
        if not (np.isfinite(value) and value >= 0):
            raise ConfigError(f"{name}: {what} is {value!r}; it must be a number >= 0")


@dataclass(frozen=True)
class Normal:
    """Gaussian of standard deviation `sigma` around 0."""

    sigma: float

    def __post_init__(self) -> None:
        _check("normal distribution", sigma=self.sigma)

    @classmethod
    def from_tolerance(cls, tolerance: float, k: float = 3.0) -> "Normal":
        """Return the Gaussian whose k sigma are the tolerance."""
        if not 0 < k < float("inf"):
            raise ConfigError(
                f"normal distribution: k is {k!r}; a tolerance is k > 0 standard deviations"
            )
        _check("normal distribution", tolerance=tolerance)
        return cls(tolerance / k)

    @classmethod
    def pelgrom(cls, a: float, width: float, length: float) -> "Normal":
        """Return the deviation of one part by Pelgrom's law (IEEE JSSC 24, 1433).

        Published coefficients are those of the difference of two parts: a / sqrt(width * length).
        One part deviates by that over sqrt(2).

        Args:
            a: the published coefficient, in the unit of the deviation times metre.
            width, length: of the part, m.
        """
        _check("Pelgrom's law", a=a)
        if not (width > 0 and length > 0):
            raise ConfigError(
                f"Pelgrom's law: width {width!r} and length {length!r} must be above 0"
            )
        return cls(a / float(np.sqrt(2 * width * length)))

    def quantile(self, u: FloatArray) -> FloatArray:
        """See `Distribution`."""
        return np.asarray(self.sigma * ndtri(u))

    def cdf(self, e: FloatArray) -> FloatArray:
        """See `Distribution`."""
        if self.sigma == 0:
            return np.where(np.asarray(e) >= 0, 1.0, 0.0)
        return np.asarray(ndtr(np.asarray(e) / self.sigma))

    def scaled(self, factor: float) -> "Normal":
        """See `Distribution`."""
        return Normal(factor * self.sigma)


@dataclass(frozen=True)
class Uniform:
    """Equal probability within +-`half_width`."""

    half_width: float

    def __post_init__(self) -> None:
        _check("uniform distribution", half_width=self.half_width)

    @property
    def sigma(self) -> float:
        """Standard deviation."""
        return self.half_width / float(np.sqrt(3))

    def quantile(self, u: FloatArray) -> FloatArray:
        """See `Distribution`."""
        return np.asarray(self.half_width * (2 * u - 1))

    def cdf(self, e: FloatArray) -> FloatArray:
        """See `Distribution`."""
        if self.half_width == 0:
            return np.where(np.asarray(e) >= 0, 1.0, 0.0)
        return np.clip((np.asarray(e) / self.half_width + 1) / 2, 0.0, 1.0)

    def scaled(self, factor: float) -> "Uniform":
        """See `Distribution`."""
        return Uniform(factor * self.half_width)


@dataclass(frozen=True)
class Truncated:
    """Gaussian of which only deviations with inner <= |e| <= outer are left.

    With `inner` > 0 it has two humps: parts of a loose tolerance class from which the better ones
    have been sorted out and sold as another class.

    Attributes:
        width: standard deviation of the Gaussian before anything is cut.
        outer: largest deviation.
        inner: smallest deviation.
    """

    width: float
    outer: float
    inner: float = 0.0

    def __post_init__(self) -> None:
        _check("truncated distribution", width=self.width, outer=self.outer, inner=self.inner)
        if not self.inner < self.outer or self.width == 0:
            raise ConfigError(
                f"truncated distribution: width {self.width:g} must be above 0, and inner "
                f"{self.inner:g} below outer {self.outer:g}"
            )

    @property
    def sigma(self) -> float:
        """Standard deviation, by quadrature over the quantile function."""
        u = (np.arange(4096) + 0.5) / 4096
        return float(np.sqrt(np.mean(self.quantile(u) ** 2)))

    def _tails(self) -> tuple[float, float]:
        """Return the probabilities of the uncut Gaussian below -outer and below -inner."""
        return float(ndtr(-self.outer / self.width)), float(ndtr(-self.inner / self.width))

    def quantile(self, u: FloatArray) -> FloatArray:
        """See `Distribution`."""
        low, high = self._tails()
        side = np.minimum(u, 1 - u)  # of the lower half, by symmetry
        magnitude = -self.width * ndtri(low + 2 * side * (high - low))
        return np.asarray(np.where(np.asarray(u) < 0.5, -magnitude, magnitude))

    def cdf(self, e: FloatArray) -> FloatArray:
        """See `Distribution`."""
        low, high = self._tails()
        e = np.asarray(e, dtype=np.float64)
        size = np.clip(np.abs(e), self.inner, self.outer)
        half = (ndtr(-size / self.width) - low) / (high - low) / 2
        return np.asarray(np.where(e < 0, half, 1 - half))

    def scaled(self, factor: float) -> "Truncated":
        """See `Distribution`."""
        return Truncated(factor * self.width, factor * self.outer, factor * self.inner)


@dataclass(frozen=True)
class Table:
    """Measured deviations of a user's own parts, joined linearly between neighbours."""

    deviations: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.deviations) < 2 or not np.all(np.isfinite(self.deviations)):
            raise ConfigError("table: give at least two finite deviations")
        if any(b <= a for a, b in zip(self.deviations, self.deviations[1:], strict=False)):
            raise ConfigError("table: deviations must ascend, without repeats")

    @property
    def sigma(self) -> float:
        """Standard deviation around the mean."""
        a, b = np.array(self.deviations[:-1]), np.array(self.deviations[1:])
        mean = float(np.mean((a + b) / 2))
        return float(np.sqrt(np.mean((a * a + a * b + b * b) / 3) - mean**2))

    def quantile(self, u: FloatArray) -> FloatArray:
        """See `Distribution`."""
        return np.interp(u, np.linspace(0, 1, len(self.deviations)), self.deviations)

    def cdf(self, e: FloatArray) -> FloatArray:
        """See `Distribution`."""
        return np.interp(e, self.deviations, np.linspace(0, 1, len(self.deviations)))

    def scaled(self, factor: float) -> "Table":
        """See `Distribution`."""
        return replace(self, deviations=tuple(factor * e for e in self.deviations))


def conditioned(distribution: Distribution, u: FloatArray, above: FloatArray | float) -> FloatArray:
    """Return deviations of the distribution given that they exceed `above`.

    The result has the shape of u, to which `above` is broadcast.

    Raises:
        ConfigError: if the distribution has nothing above it.
    """
    below = distribution.cdf(np.asarray(above, dtype=np.float64))
    if np.any(below >= 1):
        raise ConfigError("a distribution leaves no positive value for a part; make it narrower")
    e = distribution.quantile(np.clip(below + (1 - below) * u, 2.0**-60, 1 - 2.0**-53))
    return np.maximum(e, np.nextafter(above, np.inf))


DISTRIBUTIONS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "normal": (Normal, ("sigma",)),
    "tolerance": (Normal.from_tolerance, ("tolerance", "k")),
    "pelgrom": (Normal.pelgrom, ("a", "width", "length")),
    "uniform": (Uniform, ("half_width",)),
    "truncated": (Truncated, ("width", "outer")),
    "bimodal": (Truncated, ("width", "outer", "inner")),
    "table": (Table, ("deviations",)),
}
