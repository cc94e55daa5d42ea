"""Spectra: what a machine's noise looks like in frequency, known exactly where it is linear.

With A the Hessian of V, at a state of rest if V is not quadratic, the cross-spectral density is

    S(f) = (4 kT / mu) H(f) H(f)^+,   H = (A + i w / mu - m w^2)^-1,   w = 2 pi f,

one-sided (f > 0), f in cycles per unit of model time, m = 0 without inertia. Three things are held
against it: the transfer functions of a circuit (`.ac`) times the density of its noise currents, the
noise of its resistors (`.noise`), and periodograms of runs. A periodogram estimates no S(f) but

    E P(f) = (2 D / sum w^2) sum_n r_w(n) C(n D) cos(w n D),   r_w the window's autocorrelation,

with leakage, aliasing and the integrator's step in it. For a linear chain the covariances C(n D)
are known, so that runs are compared with E P(f) itself, in bands, the run as independent unit.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_discrete_lyapunov

from hwkit.errors import DataError, SimulationError
from hwkit.fidelity.verdict import Metric
from hwkit.model import EnergyModel
from hwkit.ordering import largest
from hwkit.trajectories import Trajectories

FloatArray = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]

_WORST_ERROR = 4.0  # standard errors
_NEWTON_STEPS = 200


def machine_spectrum(
    model: EnergyModel, frequencies: FloatArray, mass: float = 0.0, state: FloatArray | None = None
) -> ComplexArray:
    """Return the one-sided cross-spectral density of x, (F, N, N), x^2 per cycle and time.

    Args:
        model: the machine.
        frequencies: cycles per unit of model time, (F,).
        mass: inertia of every unit.
        state: where to linearise, (N,); 0 if None, which is as good as any for a Gaussian machine.
    """
    n = model.n_units
    hessian = model.hessian(np.zeros(n) if state is None else state)
    omega = 2 * np.pi * np.asarray(frequencies)[:, None, None]
    transfer = np.linalg.inv(hessian + (1j * omega / model.mobility - mass * omega**2) * np.eye(n))
    return np.asarray(4 * model.kT / model.mobility * transfer @ transfer.conj().transpose(0, 2, 1))


def driven_spectrum(transfer: ComplexArray, densities: FloatArray) -> ComplexArray:
    """Return the cross-spectral density (F, N, N) that independent sources drive.

    Args:
        transfer: from each source to each unit, (F, N, S).
        densities: one-sided density of each source, (S,) or (F, S).
    """
    weights = np.broadcast_to(densities, (transfer.shape[0], transfer.shape[2]))
    return np.asarray(np.einsum("fis,fs,fjs->fij", transfer, weights, transfer.conj()))


def rest_state(model: EnergyModel) -> FloatArray:
    """Return a state of rest, dV/dx = 0, downhill from 0 by damped Newton steps, (N,).

    Raises:
        SimulationError: if none is found.
    """
    x, scale = np.zeros(model.n_units), 1.0 + float(np.max(np.abs(model.b)))
    for _ in range(_NEWTON_STEPS):
        force = model.force(x)
        if np.max(np.abs(force)) < 1e-13 * scale:
            break
        values, modes = np.linalg.eigh(model.hessian(x))
        step = modes @ (modes.T @ force / np.maximum(np.abs(values), 1e-3))
        energy, length = float(model.energy(x)), 1.0
        highest = energy + 1e-14 * (1.0 + abs(energy))  # at the bottom, rounding alone decides
        while model.energy(x + length * step) > highest and length > 1e-9:
            length /= 2
        x = x + length * step
    if np.max(np.abs(model.force(x))) > 1e-9 * scale:
        raise SimulationError(f"no equilibrium was found in {_NEWTON_STEPS} Newton steps")
    return x


def spectrum_metric(
    name: str, found: ComplexArray | FloatArray, expected: ComplexArray, limit: float
) -> Metric:
    """Return the worst deviation of a spectrum, |S_ij - S'_ij| over sqrt(S_ii S_jj).

    Args:
        name: of the metric.
        found: (F, N, N), or the diagonal alone, (F, N).
        expected: (F, N, N), in the same unit.
        limit: of the deviation.
    """
    power = np.einsum("fii->fi", expected).real
    if found.ndim == 2:
        errors = np.abs(found - power) / power
    else:
        errors = np.abs(found - expected) / np.sqrt(power[:, :, None] * power[:, None, :])
    worst = np.unravel_index(largest(errors), errors.shape)
    note = f"largest at frequency {worst[0]} of {len(power)}, unit {worst[1]}"
    return Metric(name, "drift", float(errors[worst]), limit, n=len(power), note=note)


@dataclass(frozen=True, eq=False)
class Chain:
    """A stationary linear chain z' = M z + noise of covariance Q; x is the first N of z."""

    M: FloatArray
    Q: FloatArray
    dt: float

    def covariances(self, every: int, count: int, n_units: int) -> FloatArray:
        """Return <x_i(t + k every dt) x_i(t)> for k = 0 ... count - 1, (count, N)."""
        S = solve_discrete_lyapunov(self.M, self.Q)
        hop = np.linalg.matrix_power(self.M, every)
        rows = np.empty((count, n_units))
        for k in range(count):
            rows[k] = np.diag(S)[:n_units]
            S = hop @ S
        return rows


def periodograms(
    runs: Trajectories, settle: int = 0, center: FloatArray | None = None
) -> tuple[FloatArray, FloatArray]:
    """Return frequencies (F,) and the one-sided Hann periodogram of each run, (runs, F, N).

    Args:
        runs: with saved times at equal distances.
        settle: how many saved states to leave out at the start.
        center: mean of the states, (N,); 0 if None.

    Raises:
        DataError: if times are uneven or too few.
    """
    steps = np.diff(runs.t)
    if steps.size < settle + 8 or not np.allclose(steps, steps[0], rtol=1e-6):
        raise DataError("a periodogram takes 8 saved times or more, all equally far apart")
    x = runs.x[runs.completed][:, settle:] - (0.0 if center is None else center)
    window, interval = np.hanning(x.shape[1] + 2)[1:-1], float(steps[0])
    waves = np.fft.rfft(window[:, None] * x, axis=1)
    power = 2 * interval * np.abs(waves) ** 2 / np.sum(window**2)
    frequencies = np.asarray(np.fft.rfftfreq(x.shape[1], interval), dtype=np.float64)
    return frequencies[1:-1], power[:, 1:-1]


def expected_periodogram(chain: Chain, every: int, length: int, n_units: int) -> FloatArray:
    """Return the mean of `periodograms` over runs of a chain, (F, N).

    Args:
        chain: the chain.
        every: steps of the chain between two saved states.
        length: number of saved states.
        n_units: N, the first of the chain's components.
    """
    window = np.hanning(length + 2)[1:-1]
    overlap = np.correlate(window, window, "full")[length - 1 :]
    lagged = overlap[:, None] * chain.covariances(every, length, n_units)
    angle = 2 * np.pi * np.outer(np.arange(length // 2 + 1), np.arange(length)) / length
    total = 2 * np.cos(angle) @ lagged - lagged[0]
    power = 2 * every * chain.dt * total / np.sum(window**2)
    return np.asarray(power[1:-1])


def periodogram_metrics(
    name: str,
    runs: Trajectories,
    chain: Chain,
    settle: int = 0,
    center: FloatArray | None = None,
    n_bands: int = 6,
) -> list[Metric]:
    """Compare periodograms of runs with their exact mean, in bands of frequency.

    Each band's number is the mean of P/E P over its frequencies, units and runs, which is 1.

    Args:
        name: of the metrics, before the band.
        runs: with saved times at equal distances, whole multiples of the chain's step.
        chain: the chain that the runs should follow.
        settle, center: as for `periodograms`.
        n_bands: number of bands, of equal width in log frequency.
    """
    frequencies, power = periodograms(runs, settle, center)
    every = round(float(runs.t[1] - runs.t[0]) / chain.dt)
    length = runs.t.size - settle
    ratio = power / expected_periodogram(chain, every, length, runs.n_units)
    edges = np.geomspace(frequencies[0], frequencies[-1] * (1 + 1e-9), n_bands + 1)
    rows = []
    for low, high in pairwise(edges):
        band = (frequencies >= low * (1 - 1e-9)) & (frequencies < high)
        if not np.any(band):
            continue
        samples = ratio[:, band].mean(axis=(1, 2))
        stderr = float(samples.std(ddof=1) / np.sqrt(samples.size))
        mean = float(samples.mean())
        rows.append(
            Metric(
                f"{name}, {frequencies[band][0]:.3g} to {frequencies[band][-1]:.3g}",
                "distribution",
                abs(mean - 1),
                _WORST_ERROR * stderr,
                stderr=stderr,
                n=samples.size,
                seeds=runs.seeds,
                note=f"power {mean:.4f} of the expected, {int(band.sum())} frequencies",
            )
        )
    return rows
