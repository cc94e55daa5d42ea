"""Is the noise of a unit white, or does it rise at low frequency? From the records alone.

The spectrum of what the drift leaves of the increments (`segments`) is a sum of white noise, 1/f
noise and the readout's, each of an exact shape (`noise_shapes`). The least-squares coefficient of
1/f noise is a difference of two sums over bands, which are equal for white noise: the difference of
their logarithms over its standard error is Student's t, and p its chance, one-sided. The drift is
fitted to the same segments, and to them with each group of segments left out: that gives the error,
and takes out the bias that the fit has. Where noise rises, `corner` finds how it does.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hwkit.deferred import deferred
from hwkit.fidelity.permutation import holm
from hwkit.measured.corner import Flicker, likeliest_flicker
from hwkit.measured.drift import Drift
from hwkit.measured.left_out import drift_and_spectra, jackknife, scores_of
from hwkit.measured.noise import Noise
from hwkit.measured.noise_shapes import Shapes
from hwkit.measured.segments import Blocks, Cut, IndexArray, Sums, segment_sums
from hwkit.units import engineering

if TYPE_CHECKING:
    from scipy import stats
else:
    stats = deferred("scipy.stats")

FloatArray = NDArray[np.float64]

_NOT_KNOWN = 1e3  # on the errors of a drift that noise of no known shape has spoilt


@dataclass(frozen=True, eq=False)
class Colour:
    """Noise of one unit.

    Attributes:
        p: chance that white noise rises as much at low frequency.
        rises: whether that is too unlikely, all units taken together.
        flicker: what it is then; None if no corner fits.
    """

    p: float
    rises: bool
    flicker: Flicker | None = None

    def in_words(self, unit: int, second: float) -> str:
        """Say how the noise of a unit rises.

        Args:
            unit: its number.
            second: seconds per unit of model time.
        """
        said = f"noise of unit {unit} rises at low frequency"
        if self.flicker is None:
            return f"{said}, and not as 1/f with a corner that the record shows"
        found = (self.flicker.corner, self.flicker.low, self.flicker.high)
        corner, low, high = (engineering(each / second, "Hz") for each in found)
        return f"{said}: 1/f below {corner} ({low} to {high})"


def noise_colours(
    blocks: Blocks,
    cut: Cut,
    features: Sequence[IndexArray],
    alpha: float,
    readout: Sequence[float | None],
) -> tuple[Colour, ...]:
    """Return the colour of every unit's noise.

    Args:
        blocks: makes whether a block starts a piece, and its states (rows, N); NaN is missing.
        cut: how the record is cut.
        features: places in w of each unit's features, (P,) each.
        alpha: chance that any unit's noise is said to rise where all is white.
        readout: variance of each unit's readout over its noise's density 2 D; None if not known.
    """
    sums, shapes = segment_sums(blocks, cut, len(features)), Shapes.of(cut)
    p = np.array([_p(sums, shapes, unit, places) for unit, places in enumerate(features)])
    adjusted = holm(p)
    found = []
    for unit, places in enumerate(features):
        rises, flicker = bool(adjusted[unit] < alpha), None
        if rises:
            flicker = likeliest_flicker(blocks, cut, sums, unit, places, readout[unit])
        found.append(Colour(float(p[unit]), rises, flicker))
    return tuple(found)


def colours_in_words(colours: Sequence[Colour], units: Sequence[int]) -> str:
    """Say which units' noise is white, and how sure that is."""
    if not colours:
        return "not tested: the records are too short"
    white = [colour for colour in colours if not colour.rises]
    risen = [str(unit) for unit, each in zip(units, colours, strict=True) if each.rises]
    least = min((colour.p for colour in white), default=1.0)
    said = f"white (least p of {len(white)} units {least:.2g})" if white else "not white"
    return f"rises in {', '.join(risen)}; otherwise {said}" if risen else said


def _p(sums: Sums, shapes: Shapes, unit: int, places: IndexArray) -> float:
    _, powers = drift_and_spectra(scores_of(sums, unit, places), sums, unit, places)
    contrast = shapes.solver(0.0)[1]
    up, down = (powers @ np.maximum(sign * contrast, 0.0) for sign in (1, -1))
    rise, influence = jackknife(np.log(up / down))
    error = np.sqrt(np.sum(influence**2))
    return float(stats.t.sf(rise / error, len(influence) - 1))


def drift_beside(drift: Drift, colours: Sequence[Colour]) -> Drift:
    """Return the drift, with that of units with 1/f noise as estimated in spite of it."""
    theta, influence = drift.theta.copy(), drift.influence.copy()
    for unit, colour in enumerate(colours):
        if colour.flicker is not None:
            theta[unit] = colour.flicker.theta
            influence[:, unit] = _filled(colour.flicker.influence[:, 1:], len(influence))
        elif colour.rises:
            influence[:, unit] *= _NOT_KNOWN
    return replace(drift, theta=theta, influence=influence)


def noise_beside(noise: Noise, colours: Sequence[Colour]) -> Noise:
    """Return the noise, with the white part alone of units with 1/f noise."""
    intensity, influence = noise.intensity.copy(), noise.influence.copy()
    for unit, colour in enumerate(colours):
        if colour.flicker is not None:
            intensity[unit, unit] = colour.flicker.intensity
            parts = colour.flicker.influence[:, :1]
            influence[:, 0, unit, unit] = _filled(parts, len(influence))[:, 0]
        elif colour.rises:
            influence[:, :, unit, unit] *= _NOT_KNOWN
    return replace(noise, intensity=intensity, influence=influence)


def _filled(parts: FloatArray, count: int) -> FloatArray:
    """Return parts with zeros after them, (count, ...)."""
    rows = np.zeros((count, *parts.shape[1:]))
    rows[: len(parts)] = parts
    return rows
