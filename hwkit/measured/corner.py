"""1/f noise of a unit: its corner frequency, and the unit's drift in spite of it.

1/f noise is correlated with the states that it moves, and so spoils a drift that is estimated as if
noise were white. Noise of density S(f) = 2 D (1 + f_c/|f|) is therefore turned into innovations
first: with K the whitening matrix of a segment (`noise_shapes`),

    sum_k w_{k-l} (K r)_k = 0

is unbiased, as an innovation is independent of all before it. The corner f_c is the one of largest
likelihood, terms ln sum_k (K r)_k^2 - 2 segments ln det K with the drift of least squares: its
error by the step only makes noise of that size weaker at all frequencies. Corners between those of
a grid are interpolated; the likelihood gives the interval. All frequencies below the record's
rate look like a bias: the bias has that much more error, down to a hundredth of that rate.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hwkit.deferred import deferred
from hwkit.measured.left_out import drift_and_spectra, jackknife
from hwkit.measured.noise_shapes import Shapes, variance_of_mean, whiteners
from hwkit.measured.segments import Blocks, Cut, IndexArray, Sums, whitened_sums

if TYPE_CHECKING:
    from scipy import interpolate, stats
else:
    interpolate, stats = deferred("scipy.interpolate"), deferred("scipy.stats")

FloatArray = NDArray[np.float64]

LEVEL = 0.95  # of the corner's interval
_CORNERS = 15  # of the grid
_FINE = 400  # corners between which the likeliest is looked for
_FLAT = 1e-2  # least curvature of the likelihood
_LEAST_READOUT = -0.2  # of an increment's variance: below -0.25 no noise has such a spectrum
_SLOWEST = 0.01  # of the record's rate, down to which 1/f noise is taken to go on


@dataclass(frozen=True, eq=False)
class Flicker:
    """1/f noise of a unit, and its drift in spite of it.

    Attributes:
        corner: where it is as strong as the white noise, in cycles per model time.
        low, high: 95 % interval of that.
        intensity: D of the white noise.
        theta: drift, (P,).
        influence: what parts of the record add to the errors of D and theta, (parts, 1 + P).
    """

    corner: float
    low: float
    high: float
    intensity: float
    theta: FloatArray
    influence: FloatArray


@dataclass(frozen=True, eq=False)
class _Grid:
    """What goes with each corner.

    Attributes:
        logs: of the corners, (corners,).
        cost: -2 log likelihood at the best drift, (corners,).
        values: D and theta, of all groups and with each left out, (corners, 1 + groups, 1 + P).
        readout: variance of the readout over the white noise's density, (corners,).
    """

    logs: FloatArray
    cost: FloatArray
    values: FloatArray
    readout: FloatArray


def likeliest_flicker(
    blocks: Blocks, cut: Cut, sums: Sums, unit: int, places: IndexArray, readout: float | None
) -> Flicker | None:
    """Return the likeliest 1/f noise; None if its corner is beyond what the record shows.

    Args:
        blocks: makes whether a block starts a piece, and its states (rows, N).
        cut, sums: of the record.
        unit, places: the unit, and its features in w, (P,).
        readout: variance of the readout over the white noise's density 2 D; None if not known.
    """
    grid = _grid(blocks, cut, sums, unit, places, readout or 0.0)
    if readout is None:  # the drift of the likeliest corner shows it
        shown = float(grid.readout[int(np.argmin(grid.cost))])
        least = _LEAST_READOUT * cut.step
        grid = _grid(blocks, cut, sums, unit, places, max(shown, least))
    return _likeliest(grid, cut.duration)


def _grid(
    blocks: Blocks, cut: Cut, sums: Sums, unit: int, places: IndexArray, readout: float
) -> _Grid:
    lowest, shapes = 1 / cut.duration, Shapes.of(cut)
    corners = np.geomspace(lowest, 1 / (4 * cut.step), _CORNERS)
    matrices = whiteners(cut, corners, readout, lowest)
    found, segments = whitened_sums(blocks, cut, unit, places, matrices), sums.counts.sum()
    costs, values, readouts = [], [], []
    for k, corner in enumerate(corners.tolist()):
        theta, powers = drift_and_spectra(found.scores[k], sums, unit, places)
        white, _, rest = shapes.solver(corner) @ powers.T
        values.append(np.column_stack([white / 2, theta]))
        readouts.append(rest[0] / white[0])
        determinant = np.log(np.diagonal(matrices[k])).sum()
        square = cut.terms * np.log(_least(found.squares[k]))
        costs.append(segments * (square - 2 * determinant))
    return _Grid(np.log(corners), np.array(costs), np.array(values), np.array(readouts))


def _least(squares: FloatArray) -> float:
    """Return the least sum of squares of the innovations."""
    whole = squares.sum(axis=0)
    return float(whole[0, 0] - whole[0, 1:] @ np.linalg.solve(whole[1:, 1:], whole[1:, 0]))


def _likeliest(grid: _Grid, duration: float) -> Flicker | None:
    curve = interpolate.CubicSpline(grid.logs, grid.cost)
    fine = np.linspace(grid.logs[0], grid.logs[-1], _FINE)
    cost = curve(fine)
    k = int(np.argmin(cost))
    if k in (0, _FINE - 1):
        return None
    inside = fine[cost < cost[k] + stats.chi2.ppf(LEVEL, 1)]
    corner, low, high = np.exp([fine[k], inside[0], inside[-1]]).tolist()
    along = interpolate.CubicSpline(grid.logs, grid.values)
    value, influence = jackknife(along(fine[k]))
    by_corner = along(fine[k], 1)[0] * np.sqrt(2 / max(float(curve(fine[k], 2)), _FLAT))
    slower = np.zeros(value.size)
    slow = variance_of_mean(duration, _SLOWEST / duration)
    slower[1] = np.sqrt(2 * abs(value[0]) * corner * slow)
    parts = np.concatenate([influence, by_corner[None], slower[None]])
    return Flicker(corner, low, high, float(value[0]), value[1:], parts)
