"""One-unit moments of the noising protocol, from the Fokker-Planck equation instead of samples.

    dp/dt = -d/dx [ mu (f(t) - U'(x)) p ] + mu kT d2p/dx2,      f(t) = a(t) s

During noising the units are independent given pattern and time, so everything training needs is an
average over one unit under force scale s. Space: finite volumes with Scharfetter-Gummel fluxes
(conservative, positive, exact at equilibrium; second order). Time: Crank-Nicolson after a few
backward-Euler steps that smooth the initial point mass. All values of s are solved at once.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import factorial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.special import bernoulli

from hwkit.compiling import kept, numba
from hwkit.deferred import deferred
from hwkit.model import Onsite, Transfer
from hwkit.training.protocol import Protocol
from hwkit.workers import available_cores

if TYPE_CHECKING:
    from scipy import interpolate
else:
    interpolate = deferred("scipy.interpolate")

FloatArray = NDArray[np.float64]

MOMENTS = ("x", "x2", "slope", "slope2", "curvature")

_CELLS = 801  # odd: the point mass at 0 sits in the middle of a cell
_FORCES = 65
_FIELDS_PER_TASK = 33
_STEPS = 400  # per protocol half; a multiple of 4 in each piece of the force
_SMOOTHING_STEPS = 8
# z / (exp(z) - 1) = 1 - z/2 + sum_n B_2n z^2n / (2n)!, with Bernoulli numbers B_2n
_SERIES = [float(bernoulli(22)[2 * n] / factorial(2 * n)) for n in range(1, 12)]
_C1, _C2, _C3, _C4, _C5, _C6, _C7, _C8, _C9, _C10, _C11 = _SERIES
_SERIES_RANGE = 1.4  # the next term is (1.4 / 2 pi)^24, below rounding
_BARRIER = 45.0  # energy above the minimum, in kT, at the ends of the grid: density exp(-45)


@dataclass(frozen=True)
class MomentTable:
    """Averages of one unit at times t (T,) as smooth functions of its field s.

    `moments(s)` has shape (5, T, *s.shape), in the order of MOMENTS: E[x], E[x^2], E[U'], E[U'^2],
    E[U'']; with a transfer curve f(x) in place of x in the first two.
    """

    t: FloatArray
    spline: "interpolate.CubicSpline"

    def moments(self, s: FloatArray) -> FloatArray:
        """Evaluate the table at fields s of any shape."""
        return np.moveaxis(self.spline(s), (-2, -1), (0, 1))


def solve_moments(
    protocol: Protocol,
    onsite: Onsite,
    kT: float,
    mobility: float,
    largest_field: float,
    transfer: Transfer | None = None,
) -> MomentTable:
    """Solve the noising of one unit for all fields up to a size.

    Cost: independent of patterns and units. Times are equally spaced on either side of the end of
    the ramp, which is one of them.

    Args:
        protocol: duration and course of the noising.
        onsite: energy of the unit, the same for all units.
        kT: temperature, in units of energy.
        mobility: mu.
        largest_field: the table's fields reach from minus this to this.
        transfer: output of a coupling; x itself if None.
    """
    fields = np.linspace(-largest_field, largest_field, _FORCES)
    edges = _grid(onsite, kT, abs(protocol.strength) * largest_field)
    times = _times(protocol)

    def solve(part: FloatArray) -> FloatArray:
        return _solve_fields(protocol, onsite, kT, mobility, transfer, part, edges, times)

    parts = np.array_split(fields, -(-_FORCES // _FIELDS_PER_TASK))
    with ThreadPoolExecutor(available_cores()) as pool:
        table = np.concatenate(list(pool.map(solve, parts)))
    return MomentTable(times, interpolate.CubicSpline(fields, table))


def _solve_fields(
    protocol: Protocol,
    onsite: Onsite,
    kT: float,
    mobility: float,
    transfer: Transfer | None,
    fields: FloatArray,
    edges: FloatArray,
    times: FloatArray,
) -> FloatArray:
    """Return the moments of some fields, (fields, 5, T)."""
    centers = 0.5 * (edges[1:] + edges[:-1])
    tilt = np.diff(onsite.energy(centers)) / kT  # energy difference across each inner face
    width = centers[1] - centers[0]
    rate = mobility * kT / width**2
    density = np.zeros((centers.size, fields.size))
    density[int(np.searchsorted(edges, 0.0)) - 1] = 1.0
    upper = np.empty_like(density)
    shape = (2, tilt.size, fields.size)
    start, end = np.empty(shape), np.empty(shape)
    push = width / kT * fields
    _weigh_flows(tilt, protocol.strength * push, start)
    for k in range(_STEPS):
        implicit = 1.0 if k < _SMOOTHING_STEPS else 0.5
        _step(density, start, start, rate * protocol.t_final / _STEPS, implicit, upper)
    scales = protocol.force_scale(times)
    weights = _weights(onsite, centers, transfer)
    table = np.empty((times.size, len(MOMENTS), fields.size))
    table[0] = weights @ density
    _weigh_flows(tilt, scales[0] * push, start)
    for k in range(1, times.size):
        if scales[k] == scales[k - 1]:
            end[:] = start
        else:
            _weigh_flows(tilt, scales[k] * push, end)
        _step(density, start, end, rate * (times[k] - times[k - 1]), 0.5, upper)
        table[k] = weights @ density
        start, end = end, start
    return table.transpose(2, 1, 0)


def _times(protocol: Protocol) -> FloatArray:
    kink = protocol.ramp * protocol.t_final
    before = 4 * max(1, round(protocol.ramp * _STEPS / 4))
    after = max(_STEPS - before, 0)
    ramp = np.linspace(0.0, kink, before + 1)
    return np.concatenate([ramp, np.linspace(kink, protocol.t_final, after + 1)[1:]])


def _grid(onsite: Onsite, kT: float, force: float) -> FloatArray:
    """Return cell edges around all states that any force up to `force` makes likely."""
    reach = 1.0
    while True:
        x = np.linspace(-reach, reach, 2001)
        energy = onsite.energy(x) - force * np.abs(x)
        if energy[-1] - energy.min() > _BARRIER * kT and energy[0] - energy.min() > _BARRIER * kT:
            break
        reach *= 2
    high = energy - energy.min() > _BARRIER * kT
    outermost = float(np.max(np.abs(x[~high]))) + reach / 1000
    return np.linspace(-outermost, outermost, _CELLS + 1)


def _weights(onsite: Onsite, x: FloatArray, transfer: Transfer | None) -> FloatArray:
    slope = onsite.slope(x)
    signal = x if transfer is None else transfer(x)
    curvature = np.broadcast_to(onsite.curvature(x), x.shape)
    return np.stack([signal, signal**2, slope, slope**2, curvature])


@kept(numba.njit, nogil=True)
def _weigh_flows(tilt, push, out):  # type: ignore[no-untyped-def]
    """Write the Scharfetter-Gummel weights of the flows up, B(z), and down, B(-z) = B(z) + z.

    z = tilt - push is the energy step, B(z) = z / (exp(z) - 1); where it is small as a series
    in z^2, which the compiler vectorises.
    """
    faces, fields = out.shape[1:]
    reach = np.max(np.abs(push))
    for i in range(faces):
        if abs(tilt[i]) + reach < _SERIES_RANGE:
            for f in range(fields):
                z = tilt[i] - push[f]
                w = z * z
                even = _C11
                even = even * w + _C10
                even = even * w + _C9
                even = even * w + _C8
                even = even * w + _C7
                even = even * w + _C6
                even = even * w + _C5
                even = even * w + _C4
                even = even * w + _C3
                even = even * w + _C2
                even = even * w + _C1
                even = even * w + 1.0
                out[0, i, f] = even - 0.5 * z
                out[1, i, f] = even + 0.5 * z
        else:
            for f in range(fields):
                z = tilt[i] - push[f]
                up = z / np.expm1(z) if z != 0.0 else 1.0
                out[0, i, f] = up
                out[1, i, f] = up + z


@kept(numba.njit, nogil=True)
def _step(density, start, end, rate, implicit, upper):  # type: ignore[no-untyped-def]
    """Advance (1 - w A1) p' = (1 + (1 - w) A0) p for every column; A is tridiagonal.

    Columns are fields, side by side so that the compiler vectorises over them. `start` and `end`
    (2, faces, columns) weigh the flows up and down across the face between cells i and i + 1;
    `upper` is room for the elimination, in the shape of density.
    """
    n, columns = density.shape
    explicit = (1.0 - implicit) * rate
    weight = implicit * rate
    carried = np.zeros(columns)
    for i in range(n - 1):
        for c in range(columns):
            flow = explicit * (start[0, i, c] * density[i, c] - start[1, i, c] * density[i + 1, c])
            density[i, c] += carried[c] - flow
            carried[c] = flow
    density[n - 1] += carried
    # Thomas algorithm
    for c in range(columns):
        pivot = 1.0 + weight * end[0, 0, c]
        upper[0, c] = -weight * end[1, 0, c] / pivot
        density[0, c] /= pivot
    for i in range(1, n - 1):
        for c in range(columns):
            lower = -weight * end[0, i - 1, c]
            leaving = weight * (end[0, i, c] + end[1, i - 1, c])
            inverse = 1.0 / (1.0 + leaving - lower * upper[i - 1, c])
            upper[i, c] = -weight * end[1, i, c] * inverse
            density[i, c] = (density[i, c] - lower * density[i - 1, c]) * inverse
    for c in range(columns):
        lower = -weight * end[0, n - 2, c]
        pivot = 1.0 + weight * end[1, n - 2, c] - lower * upper[n - 2, c]
        density[n - 1, c] = (density[n - 1, c] - lower * density[n - 2, c]) / pivot
    for i in range(n - 2, -1, -1):
        for c in range(columns):
            density[i, c] -= upper[i, c] * density[i + 1, c]
