"""Noised states and what the reversed step should do there, both without simulating a path.

During noising the units are independent given pattern and time, and each sees one number of the
pattern, its field s. So one unit under every field is all there is to know. Its Euler-Maruyama
chain

    x' = x + mu dt (a_k s - U'(x)) + sqrt(2 mu kT dt) xi

is solved on a grid of states, density by density (a Gaussian kernel integrated by the trapezoidal
rule, whose error is below rounding here). Tabulated for each step are

    x'(z, s)    the quantile of x' at the rank of a standard normal z: states are drawn from normals
    y(z, s)     E[ dx / (mu dt) - U'(x') | x' ], the target of the regression at that state

The regression on y = dx/(mu dt) - U'(x') and that on its mean given x' have the same optimum, since
what the machine sees is x' alone. The mean has none of the variance 2 kT/(mu dt) of each component,
ten times the signal at dt = 0.02: fewer samples do.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from hwkit.compiling import kept, numba
from hwkit.errors import ConfigError
from hwkit.model import Onsite
from hwkit.training.protocol import Protocol
from hwkit.workers import available_cores

FloatArray = NDArray[np.float64]
SingleArray = NDArray[np.float32]

_FIELDS = 97
_QUANTILES = 129
_FARTHEST = 5.0  # standard deviations that the table of quantiles reaches
_REACH = 8.0  # standard deviations of one step's kernel
_POINTS_PER_STEP = 6.0  # grid points in one standard deviation of a step
_BARRIER = 45.0  # energy above the minimum, in kT, at the ends of the grid
_MOST_CELLS = 4000
_EVEN = 1e-12  # of the largest slope: an onsite energy with U(-x) = U(x)
_SMALLEST = 1e-30  # share of a cell below which it is taken as empty


@dataclass(frozen=True, eq=False)
class NoisedStates:
    """Tables of one unit: rows are steps, then fields, then quantiles.

    Attributes:
        largest: fields reach from -largest to largest.
        states, targets: x'(z, s) and y(z, s), (K, fields, quantiles).
    """

    largest: float
    states: SingleArray
    targets: SingleArray

    @property
    def n_steps(self) -> int:
        """Number of steps of the noising, K."""
        return int(self.states.shape[0])

    def at(
        self, fields: FloatArray, steps: NDArray[np.intp], normals: SingleArray
    ) -> tuple[SingleArray, SingleArray]:
        """Return states x' and targets y, each (n, N).

        Args:
            fields: s of each sample's units, (n, N), within the table.
            steps: which step of the noising each sample has done last, (n,), 0 to K - 1.
            normals: standard normals, (n, N).
        """
        x = np.empty(fields.shape, dtype=np.float32)
        y = np.empty(fields.shape, dtype=np.float32)
        _look_up(fields, steps, normals, self.largest, self.states, self.targets, x, y)
        return x, y

    def moments(self, fields: FloatArray, step: int) -> tuple[FloatArray, FloatArray]:
        """Return mean and variance of x' after a step, each in the shape of the fields."""
        z = np.linspace(-_FARTHEST, _FARTHEST, self.states.shape[2])
        share = np.exp(-0.5 * z * z)
        share /= share.sum()
        mean = self.states[step] @ share
        variance = np.maximum(self.states[step].astype(np.float64) ** 2 @ share - mean**2, 0.0)
        s = np.linspace(-self.largest, self.largest, self.states.shape[1])
        return np.interp(fields, s, mean), np.interp(fields, s, variance)


def noised_states(
    protocol: Protocol, onsite: Onsite, kT: float, mobility: float, largest_field: float
) -> NoisedStates:
    """Tabulate one unit's noising for all fields up to a size.

    Cost: independent of patterns and units; it grows with the square of 1/dt.

    Args:
        protocol, onsite, kT, mobility, largest_field: as for `solve_moments`.

    Raises:
        ConfigError: if the step is so short that the grid would have more than 4,000 states.
    """
    fields = np.linspace(-largest_field, largest_field, _FIELDS)
    deviation = float(np.sqrt(2 * mobility * kT * protocol.dt))
    edge = _edge(onsite, kT, abs(protocol.strength) * largest_field)
    cells = 2 * int(np.ceil(edge / deviation * _POINTS_PER_STEP)) + 1
    if cells > _MOST_CELLS:
        raise ConfigError(
            f"dt = {protocol.dt:g} is so short that noising needs {cells} states of a unit, above "
            f"the limit of {_MOST_CELLS}; training on samples takes steps of about 0.02"
        )
    x = np.linspace(-edge, edge, cells)
    slope = np.broadcast_to(onsite.slope(x), x.shape)
    rate = mobility * protocol.dt
    times = np.arange(protocol.n_steps, dtype=np.float64) * protocol.dt
    scales = np.concatenate(
        [np.full(protocol.n_steps, protocol.strength), protocol.force_scale(times)]
    )
    ranks = ndtr(np.linspace(-_FARTHEST, _FARTHEST, _QUANTILES))
    shape = (protocol.n_steps, _FIELDS, _QUANTILES)
    states = np.empty(shape, dtype=np.float32)
    targets = np.empty(shape, dtype=np.float32)

    def solve(f: int) -> None:
        _solve_field(
            fields[f], x, slope, rate, deviation, scales, ranks, states[:, f], targets[:, f]
        )

    even = bool(np.all(np.abs(slope + slope[::-1]) <= _EVEN * np.max(np.abs(slope))))
    first = _FIELDS // 2 if even else 0
    with ThreadPoolExecutor(available_cores()) as pool:
        list(pool.map(solve, range(first, _FIELDS)))
    states[:, :first] = -states[:, : -first - 1 : -1, ::-1]  # x'(z, -s) = -x'(-z, s)
    targets[:, :first] = -targets[:, : -first - 1 : -1, ::-1]
    return NoisedStates(largest_field, states, targets)


def _edge(onsite: Onsite, kT: float, force: float) -> float:
    """Return how far states reach that any force up to `force` makes likely."""
    reach = 1.0
    while True:
        x = np.linspace(-reach, reach, 2001)
        energy = onsite.energy(x) - force * np.abs(x)
        high = energy - energy.min() > _BARRIER * kT
        if high[0] and high[-1]:
            return float(np.max(np.abs(x[~high]))) + reach / 1000
        reach *= 2


@kept(numba.njit, nogil=True)
def _solve_field(field, x, slope, rate, deviation, scales, ranks, states, targets):  # type: ignore[no-untyped-def]
    """Follow the density of a unit under one field; the second half of the steps is tabulated."""
    n, width = x.size, x[1] - x[0]
    first_kept = scales.size - states.shape[0]
    span = int(np.ceil(_REACH * deviation / width))
    density, after, moment = np.zeros(n), np.empty(n), np.empty(n)
    density[n // 2] = 1.0
    cumulative, target, kernel = np.empty(n), np.zeros(n), np.empty(2 * span + 1)
    unit, falls = width / deviation, np.exp(-((width / deviation) ** 2))
    for k in range(scales.size):
        after[:] = 0.0
        moment[:] = 0.0
        for j in range(n):
            if density[j] < _SMALLEST:
                continue
            centre = x[j] + rate * (scales[k] * field - slope[j])
            middle = int(np.round((centre - x[0]) / width))
            low, high = max(middle - span, 0), min(middle + span + 1, n)
            total, away = 0.0, (x[low] - centre) / deviation
            value = np.exp(-0.5 * away * away)
            growth = np.exp(-unit * (away + 0.5 * unit))  # to the next point; it falls evenly
            for i in range(low, high):
                kernel[i - low] = value
                total += value
                value *= growth
                growth *= falls
            if total == 0.0:
                continue
            scale = density[j] / total
            for i in range(low, high):
                flow = scale * kernel[i - low]
                after[i] += flow
                moment[i] += flow * x[j]
        density[:] = after
        if k >= first_kept:
            sum_so_far = 0.0
            for i in range(n):
                sum_so_far += after[i]
                cumulative[i] = sum_so_far - 0.5 * after[i]  # half a cell lies beyond its centre
                if after[i] > _SMALLEST:
                    target[i] = (x[i] - moment[i] / after[i]) / rate - slope[i]
            row = k - first_kept
            i = 0
            for q in range(ranks.size):
                while i < n - 2 and cumulative[i + 1] < ranks[q] * sum_so_far:
                    i += 1
                gap = cumulative[i + 1] - cumulative[i]
                part = (ranks[q] * sum_so_far - cumulative[i]) / gap if gap > 0.0 else 0.0
                part = min(max(part, 0.0), 1.0)
                states[row, q] = x[i] + part * width
                targets[row, q] = target[i] + part * (target[i + 1] - target[i])


@kept(numba.njit, nogil=True)
def _look_up(fields, steps, normals, largest, states, targets, x, y):  # type: ignore[no-untyped-def]
    """Interpolate linearly in field and quantile."""
    n_fields, n_quantiles = states.shape[1:]
    for n in range(fields.shape[0]):
        k = steps[n]
        for i in range(fields.shape[1]):
            f = (fields[n, i] / largest + 1) * 0.5 * (n_fields - 1)
            q = (normals[n, i] / _FARTHEST + 1) * 0.5 * (n_quantiles - 1)
            f0 = min(max(int(f), 0), n_fields - 2)
            q0 = min(max(int(q), 0), n_quantiles - 2)
            u, v = f - f0, q - q0
            a, b, c, d = (1 - u) * (1 - v), (1 - u) * v, u * (1 - v), u * v
            x[n, i] = (
                a * states[k, f0, q0] + b * states[k, f0, q0 + 1]
                + c * states[k, f0 + 1, q0] + d * states[k, f0 + 1, q0 + 1]
            )  # fmt: skip
            y[n, i] = (
                a * targets[k, f0, q0] + b * targets[k, f0, q0 + 1]
                + c * targets[k, f0 + 1, q0] + d * targets[k, f0 + 1, q0 + 1]
            )  # fmt: skip
