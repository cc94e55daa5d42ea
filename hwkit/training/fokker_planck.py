"""One-unit moments of the noising protocol, from the Fokker-Planck equation instead of samples.

    dp/dt = -d/dx [ mu (f(t) - U'(x)) p ] + mu kT d2p/dx2,      f(t) = a(t) s

During noising the units are independent given pattern and time, so everything training needs is an
average over one unit under force scale s. Space: finite volumes with Scharfetter-Gummel fluxes
(conservative, positive, exact at equilibrium; second order). Time: Crank-Nicolson after a few
backward-Euler steps that smooth the initial point mass. All values of s are solved at once.
"""

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from hwkit.model import Onsite, Transfer
from hwkit.training.protocol import Protocol

FloatArray = NDArray[np.float64]
Flows = tuple[FloatArray, FloatArray]  # weights up and down across each face, (fields, faces)

MOMENTS = ("x", "x2", "slope", "slope2", "curvature")

_CELLS = 801  # odd: the point mass at 0 sits in the middle of a cell
_FORCES = 65
_STEPS = 400  # per protocol half; a multiple of 4 in each piece of the force
_SMOOTHING_STEPS = 8
_BARRIER = 45.0  # energy above the minimum, in kT, at the ends of the grid: density exp(-45)


@dataclass(frozen=True)
class MomentTable:
    """Averages of one unit at times t (T,) as smooth functions of its field s.

    `moments(s)` has shape (5, T, *s.shape), in the order of MOMENTS: E[x], E[x^2], E[U'], E[U'^2],
    E[U'']; with a transfer curve f(x) in place of x in the first two.
    """

    t: FloatArray
    spline: CubicSpline

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
    """Solve the protocol for fields in [-largest_field, largest_field].

    Cost: independent of patterns and units. Times are equally spaced on either side of the end of
    the ramp, which is one of them.
    """
    fields = np.linspace(-largest_field, largest_field, _FORCES)
    edges = _grid(onsite, kT, abs(protocol.strength) * largest_field)
    centers = 0.5 * (edges[1:] + edges[:-1])
    times = _times(protocol)
    tilt = np.diff(onsite.energy(centers)) / kT  # energy difference across each inner face
    width = centers[1] - centers[0]
    density = np.zeros((fields.size, centers.size))
    density[:, int(np.searchsorted(edges, 0.0)) - 1] = 1.0

    def flows(scale: float) -> Flows:
        climb = tilt - scale * width / kT * fields[:, None]
        up = _bernoulli(climb)
        return up, up + climb  # B(-z) = B(z) + z

    def advance(start: Flows, end: Flows, dt: float, implicit: float) -> None:
        _step(density, *start, *end, mobility * kT * dt / width**2, implicit)

    hold = flows(protocol.strength)
    for k in range(_STEPS):
        advance(hold, hold, protocol.t_final / _STEPS, 1.0 if k < _SMOOTHING_STEPS else 0.5)
    scales = protocol.force_scale(times)
    weights = _weights(onsite, centers, transfer)
    table = np.empty((fields.size, len(MOMENTS), times.size))
    table[..., 0] = density @ weights.T
    start = flows(scales[0])
    for k in range(1, times.size):
        end = flows(scales[k])
        advance(start, end, times[k] - times[k - 1], 0.5)
        table[..., k] = density @ weights.T
        start = end
    return MomentTable(times, CubicSpline(fields, table))


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


def _bernoulli(z: FloatArray) -> FloatArray:
    """Return z / (exp(z) - 1), the Scharfetter-Gummel weight of the flow up the energy step z."""
    small = np.abs(z) < 1e-5
    safe = np.where(small, 1.0, z)
    return np.where(small, 1.0 - 0.5 * z, safe / np.expm1(safe))


@numba.njit(cache=True, nogil=True)
def _step(density, up_0, down_0, up_1, down_1, rate, implicit):  # type: ignore[no-untyped-def]
    """Advance (1 - w A1) p' = (1 + (1 - w) A0) p for every row; A is tridiagonal.

    `up` and `down` (rows, faces) weigh the flow across the face between cells i and i + 1.
    """
    n_rows, n = density.shape
    explicit = (1.0 - implicit) * rate
    weight = implicit * rate
    upper = np.empty(n)
    for row in range(n_rows):
        p = density[row]
        carried = 0.0
        for i in range(n - 1):
            flow = explicit * (up_0[row, i] * p[i] - down_0[row, i] * p[i + 1])
            p[i] += carried - flow
            carried = flow
        p[n - 1] += carried
        # Thomas algorithm
        upper[0] = -weight * down_1[row, 0] / (1.0 + weight * up_1[row, 0])
        p[0] /= 1.0 + weight * up_1[row, 0]
        for i in range(1, n):
            lower = -weight * up_1[row, i - 1]
            above = weight * up_1[row, i] if i < n - 1 else 0.0
            pivot = 1.0 + above + weight * down_1[row, i - 1] - lower * upper[i - 1]
            upper[i] = -weight * down_1[row, i] / pivot if i < n - 1 else 0.0
            p[i] = (p[i] - lower * p[i - 1]) / pivot
        for i in range(n - 2, -1, -1):
            p[i] -= upper[i] * p[i + 1]
