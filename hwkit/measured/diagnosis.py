"""Which faults explain how measured coefficients differ from the intended ones.

Let r be measured minus expected coefficients and C their covariance. A fault of direction v has the
best size s = v C^-1 r / v C^-1 v, z = s sqrt(v C^-1 v) standard errors from none. The machine
differs from the intended one if the largest |z| over all faults exceeds a critical value, that of
max |z| for r of covariance C drawn with no fault: the chance of a false alarm is that of the whole
family, whatever correlations its members have. Then the fault of the largest |z| is taken, all
taken ones are fitted together (Gauss-Newton, so that large faults are right too), and the rest is
tested again, until no fault exceeds it; the search ends at 20. A fault that can't be, such as a
readout of negative variance, is passed over for the next one. Faults whose z^2 is less than 6.6
below that of a named one can't be told from it by this record, and are named beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from hwkit.measured.coefficients import Coefficients, expected
from hwkit.measured.faults import Fault, can_be, effects
from hwkit.measured.setup import Setup
from hwkit.ordering import falling

FloatArray = NDArray[np.float64]

_DRAWS = 10_000
_SEED = 20_231  # of the critical value: always the same draws
_MOST = 20
_ROUNDS = 8
_STILL = 1e-3  # change of all coefficients, in standard errors, at which a fit is done
_SAME = 6.635  # difference of z^2 that chance exceeds in 1 % of cases
_MOST_OTHERS = 2
_MOST_TRIED = 6  # faults that are fitted until one can be
_APART = 1e-3  # what is left of a direction beside taken ones, below which it is one of them


@dataclass(frozen=True, eq=False)
class Named:
    """A fault that was named, all named ones fitted together.

    Attributes:
        fault: what explains the coefficients best.
        size, stderr: its size and the standard error of that.
        others: faults that explain them nearly as well in its place, and their sizes.
    """

    fault: Fault
    size: float
    stderr: float
    others: tuple[tuple[Fault, float], ...] = ()


@dataclass(frozen=True, eq=False)
class Diagnosis:
    """What differs from the intended machine.

    Attributes:
        largest: largest |z| of any fault, with none taken.
        critical: value of it that is exceeded by chance with probability `alpha`.
        alpha: chance of a false alarm of the whole family.
        p: chance that `largest` is exceeded by a machine as intended.
        faults: those named, in the order in which they were taken.
        rest: largest |z| that is left.
    """

    largest: float
    critical: float
    alpha: float
    p: float
    faults: tuple[Named, ...]
    rest: float

    @property
    def different(self) -> bool:
        """Whether the machine differs from the intended one."""
        return self.largest > self.critical


def diagnose(
    measured: Coefficients,
    intended: Setup,
    faults: Sequence[Fault],
    alpha: float,
    tested: NDArray[np.bool_] | None = None,
    extra: FloatArray | None = None,
) -> Diagnosis:
    """Name the faults of a machine.

    Args:
        measured: coefficients of the units that were measured.
        intended: their setup.
        faults: to be considered.
        alpha: chance of a false alarm.
        tested: which coefficients have a known expected value, (C,); None for all.
        extra: covariance to be added, such as of the channels' calibration, (C, C).
    """
    use = np.ones(measured.values.size, dtype=bool) if tested is None else tested
    covariance = measured.covariance() + (0.0 if extra is None else extra)
    white = whitener(covariance[np.ix_(use, use)])
    search = Search(measured.values, intended, tuple(faults), use, white)
    highest = by_chance(search.directions(()), len(measured.influence) - 1)
    critical = float(np.quantile(highest, 1 - alpha))
    named, first, rest = search.run(critical)
    return Diagnosis(first, critical, alpha, float(np.mean(highest > first)), named, rest)


def by_chance(directions: FloatArray, freedom: int) -> FloatArray:
    """Return draws of max |z| where nothing differs, (draws,): always the same ones.

    Args:
        directions: unit vectors of whitened coefficients, (F, C).
        freedom: degrees of freedom of the estimated errors.
    """
    normals, scale = _drawn(directions.shape[1], freedom)
    products = normals @ directions.T
    return np.asarray(np.maximum(products.max(axis=1), -products.min(axis=1)) / scale)


@lru_cache(maxsize=4)
def _drawn(columns: int, freedom: int) -> tuple[FloatArray, FloatArray]:
    generator = np.random.Generator(np.random.Philox(_SEED))
    normals = generator.standard_normal((_DRAWS, columns))
    return normals, np.sqrt(generator.chisquare(freedom, _DRAWS) / freedom)


class Search:
    """Whitened coefficients, and the faults that are fitted to them."""

    def __init__(
        self,
        values: FloatArray,
        intended: Setup,
        faults: tuple[Fault, ...],
        use: NDArray[np.bool_],
        white: FloatArray,
    ) -> None:
        self._values, self._intended, self.faults = values, intended, faults
        self._use, self._whitener = use, white
        self._of_none: FloatArray | None = None

    def run(self, critical: float) -> tuple[tuple[Named, ...], float, float]:
        """Take faults until none exceeds the critical value; return also the first and last |z|."""
        taken: list[Fault] = []
        sizes = errors = np.zeros(0)
        z = np.abs(self.scores(taken, sizes))
        first = float(z.max())
        for _ in range(_MOST):
            if z.max() <= critical:
                break
            taken, sizes = self._one_more(taken, sizes, z, critical)
            errors = self.errors(taken, sizes)
            clear = np.abs(sizes) > critical * errors  # another one may explain an earlier one
            if not clear.all():
                taken = [fault for fault, is_clear in zip(taken, clear, strict=True) if is_clear]
                sizes = self.fit(taken, sizes[clear])
                errors = self.errors(taken, sizes)
            z = np.abs(self.scores(taken, sizes))
        others = [self._others(taken, sizes, place) for place in range(len(taken))]
        rows = zip(taken, sizes.tolist(), errors.tolist(), others, strict=True)
        return tuple(Named(*row) for row in rows), first, float(z.max())

    def _one_more(
        self, taken: list[Fault], sizes: FloatArray, z: FloatArray, critical: float
    ) -> tuple[list[Fault], FloatArray]:
        """Take the fault of the largest |z| that can be, and fit all; the largest if none can."""
        best: tuple[list[Fault], FloatArray] | None = None
        for k in falling(z)[:_MOST_TRIED].tolist():
            if best is not None and z[k] <= critical:
                break
            more = [*taken, self.faults[k]]
            fitted = self.fit(more, np.append(sizes, 0.0))
            if can_be(self.faults[k], float(fitted[-1]), self._intended):
                return more, fitted
            best = best or (more, fitted)
        assert best is not None
        return best

    def _others(
        self, taken: Sequence[Fault], sizes: FloatArray, place: int
    ) -> tuple[tuple[Fault, float], ...]:
        """Return faults that can stand in for a taken one, the likeliest first."""
        left = [*taken[:place], *taken[place + 1 :]]
        rest = np.delete(sizes, place)
        squares = self.scores(left, rest) ** 2
        best = squares[self.faults.index(taken[place])]
        others: list[tuple[Fault, float]] = []
        for k in falling(squares).tolist():
            if squares[k] < best - _SAME or len(others) == _MOST_OTHERS:
                break
            if self.faults[k] not in taken:
                both = self.fit([*left, self.faults[k]], np.append(rest, 0.0))
                others.append((self.faults[k], float(both[-1])))
        return tuple(others)

    def _with(self, taken: Sequence[Fault], sizes: FloatArray) -> Setup:
        setup = self._intended
        for fault, size in zip(taken, sizes.tolist(), strict=True):
            setup = fault.apply(setup, size)
        return setup

    def _residual(self, setup: Setup) -> FloatArray:
        return np.asarray(self._whitener @ (self._values - expected(setup))[self._use])

    def _slopes(self, setup: Setup, faults: Sequence[Fault]) -> FloatArray:
        """Return what a unit of each fault does to whitened coefficients, (F, C)."""
        return np.asarray(effects(setup, faults)[:, self._use] @ self._whitener.T)

    def directions(self, taken: Sequence[Fault], sizes: FloatArray | None = None) -> FloatArray:
        """Return unit vectors of all faults, (F, C); what taken ones explain is taken out."""
        if not taken and self._of_none is not None:
            return self._of_none
        setup = self._with(taken, np.zeros(0) if sizes is None else sizes)
        slopes: FloatArray = self._slopes(setup, self.faults)
        lengths = np.linalg.norm(slopes, axis=1, keepdims=True)
        slopes = np.divide(slopes, lengths, out=np.zeros_like(slopes), where=lengths > 0)
        if taken:
            known, _ = np.linalg.qr(self._slopes(setup, taken).T)
            slopes = slopes - (slopes @ known) @ known.T
        lengths = np.linalg.norm(slopes, axis=1, keepdims=True)
        known_apart = lengths > _APART
        apart = np.where(known_apart, slopes / np.where(known_apart, lengths, 1.0), 0.0)
        if not taken:
            self._of_none = apart
        return np.asarray(apart)

    def scores(self, taken: Sequence[Fault], sizes: FloatArray) -> FloatArray:
        """Return z of every fault, with the taken ones fitted, (F,)."""
        residual = self._residual(self._with(taken, sizes))
        return np.asarray(self.directions(taken, sizes) @ residual)

    def fit(self, taken: Sequence[Fault], sizes: FloatArray) -> FloatArray:
        """Return the sizes that fit best together, (taken,), from sizes to start with."""
        for _ in range(_ROUNDS if len(taken) else 0):
            setup = self._with(taken, sizes)
            slopes = self._slopes(setup, taken)
            move = np.linalg.lstsq(slopes.T, self._residual(setup), rcond=None)[0]
            sizes = np.asarray(sizes + np.clip(move, -2.0, 2.0), dtype=np.float64)
            if np.linalg.norm(move @ slopes) < _STILL:
                break
        return sizes

    def covariance(self, taken: Sequence[Fault], sizes: FloatArray) -> FloatArray:
        """Return the covariance of fitted sizes, (taken, taken)."""
        slopes = self._slopes(self._with(taken, sizes), taken)
        return np.asarray(np.linalg.inv(slopes @ slopes.T))

    def weights(self, taken: Sequence[Fault], sizes: FloatArray) -> FloatArray:
        """Return what each coefficient adds to fitted sizes, (taken, C)."""
        slopes = self._slopes(self._with(taken, sizes), taken)
        return np.asarray(np.linalg.pinv(slopes.T) @ self._whitener)

    def errors(self, taken: Sequence[Fault], sizes: FloatArray) -> FloatArray:
        """Return the standard errors of fitted sizes, (taken,)."""
        if not taken:
            return np.zeros(0)
        return np.asarray(np.sqrt(np.diagonal(self.covariance(taken, sizes))))


def whitener(covariance: FloatArray) -> FloatArray:
    """Return W with W C W^T = 1, (C, C)."""
    root = np.sqrt(np.diagonal(covariance))
    lower = np.linalg.cholesky(covariance / np.outer(root, root))
    return np.asarray(np.linalg.inv(lower) / root)
