"""Energy by class of element, over the steps of a recorded run.

Over a step from k to k + 1 backward Euler gives currents at its end, which obey Kirchhoff's law
there. Paired with the voltages in the middle of the step,

    E = h sum_k  (v_k + v_{k+1}) / 2 . i_{k+1}

capacitors store exactly C (v_K^2 - v_0^2) / 2, noise does its work in Stratonovich's sense, and the
sum over all elements is 0 up to the simulator's residual currents (Tellegen). With voltages at the
end of the step instead, capacitors would lose C dv^2 / 2 a step, which does not vanish with h: the
noise makes dv^2 of order h. What a conducting element takes up is then right to O(h); the trapezoid
of v i at both ends differs from it by that, and is kept beside it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hwkit.circuit import Design, Parts
from hwkit.energy.laws import CONDUCTING, across, check_kinds, conducted, drawn_at_nodes
from hwkit.energy.record import Recording

FloatArray = NDArray[np.float64]

_STEPS_AT_ONCE = 50  # steps whose currents fit into memory beside a million couplings


@dataclass(frozen=True, eq=False)
class Dissipation:
    """Energy that each class of elements takes up; negative where it gives energy.

    Attributes:
        roles: the classes.
        kinds: the law of each.
        joule: energy taken up, (runs, roles), J.
        trapezoid: the same by the trapezoid of v i, (runs, roles), J; NaN where it has no meaning.
        coulomb: sum over elements of the integral of |i|, (runs, roles), C.
        peak: sum over elements of the largest |i|, (runs, roles), A.
        second: duration of the runs, s.
    """

    roles: tuple[str, ...]
    kinds: tuple[str, ...]
    joule: FloatArray
    trapezoid: FloatArray
    coulomb: FloatArray
    peak: FloatArray
    second: float

    def of(self, role: str) -> FloatArray:
        """Return the energy that one class takes up in each run, (runs,), J."""
        return np.asarray(self.joule[:, self.roles.index(role)])

    def without(self, role: str) -> "Dissipation":
        """Return the account with one class left out, as if it had been forgotten."""
        return self._scaled(role, 0.0)

    def reversed(self, role: str) -> "Dissipation":
        """Return the account with the sign of one class wrong."""
        return self._scaled(role, -1.0)

    def _scaled(self, role: str, factor: float) -> "Dissipation":
        joule = self.joule.copy()
        joule[:, self.roles.index(role)] *= factor
        return replace(self, joule=joule)

    @property
    def imbalance(self) -> FloatArray:
        """Sum over all classes relative to the sum of magnitudes, (runs,): 0 by Tellegen."""
        return np.asarray(np.abs(self.joule.sum(axis=1)) / np.abs(self.joule).sum(axis=1))

    @property
    def step_error(self) -> float:
        """Largest difference of the two rules over conducting classes, relative to all energy.

        It shrinks with the step.
        """
        known = ~np.isnan(self.trapezoid[0])
        gap = np.abs(self.trapezoid - self.joule)[:, known].mean(axis=0)
        return float(gap.max() / np.abs(self.joule).sum(axis=1).mean())


def dissipation(design: Design, recording: Recording) -> Dissipation:
    """Return the energy that each class of elements took up in each recorded run."""
    check_kinds(design)
    groups = [parts for parts in design.parts if len(parts)]
    totals = [_run(groups, recording, run) for run in range(len(recording.volts))]
    joule, trapezoid, coulomb, peak = (np.stack(rows) for rows in zip(*totals, strict=True))
    return Dissipation(
        tuple(parts.role for parts in groups),
        tuple(parts.kind for parts in groups),
        joule,
        trapezoid,
        coulomb,
        peak,
        recording.second,
    )


def _run(groups: list[Parts], recording: Recording, run: int) -> tuple[FloatArray, ...]:
    volts, noise, h = recording.volts[run], recording.noise[run], recording.step
    joule, coulomb, ends = (np.zeros(len(groups)) for _ in range(3))
    peaks = [np.zeros(len(parts)) for parts in groups]
    for first in range(0, len(noise), _STEPS_AT_ONCE):
        steps = slice(first, min(first + _STEPS_AT_ONCE, len(noise)))
        start, end = volts[steps], volts[first + 1 : steps.stop + 1]
        middle = (start + end) / 2
        for column, current in _currents(groups, start, end, noise[steps], h):
            parts = groups[column]
            joule[column] += h * np.sum(across(parts, middle) * current)
            coulomb[column] += h * np.sum(np.abs(current))
            peaks[column] = np.maximum(peaks[column], np.abs(current).max(axis=0))
            if parts.kind in CONDUCTING or parts.kind == "current":
                both = across(parts, end) * current
                both = both + across(parts, start) * conducted(parts, start)
                ends[column] += h * np.sum(both) / 2
            else:
                ends[column] = np.nan
    return joule, ends, coulomb, np.array([peak.sum() for peak in peaks])


def _currents(
    groups: list[Parts], start: FloatArray, end: FloatArray, noise: FloatArray, h: float
) -> Iterator[tuple[int, FloatArray]]:
    """Yield the number of each group and its currents at the end of the steps, (steps, n)."""
    supplies = [k for k, parts in enumerate(groups) if parts.kind == "voltage"]
    drawn = np.zeros_like(end)
    for column, parts in enumerate(groups):
        if parts.kind == "voltage":
            continue
        if parts.kind == "capacitor":
            current = parts.values * across(parts, end - start) / h
        elif parts.kind == "noise":
            current = -noise  # it enters at the + end
        else:
            current = conducted(parts, end)
        if supplies:
            drawn += drawn_at_nodes(parts, current, end.shape[1])
        yield column, current
    for column in supplies:  # a supply against ground brings in what all others draw from its node
        yield column, -drawn[:, groups[column].nodes[:, 0]]
