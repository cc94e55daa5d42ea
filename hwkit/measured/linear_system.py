"""A linear machine read at equal times: its transition, its noise, and their derivatives.

    dx = (c + K x) dt + noise, <noise_i noise_j> = 2 D_i delta_ij delta(t);    y_k = H z(t_k) + r_k

z is x, or (x, v) where a channel of bandwidth beta lies between: dv = beta (x - v) dt, and v is
read. r is white, of variance R_i. Exactly, with M the matrix of the whole and h the interval,

    z_{k+1} - m = F (z_k - m) + q_k,   F = exp(M h),   M P + P M^T + B = 0,   Q = P - F P F^T

P the stationary covariance. Parameters, in this order: c (N), K (N x N, by rows), D (N), R (N).
Derivatives are exact too: those of F by divided differences in the eigenbasis of M, those of P by
the differentiated Lyapunov equation.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import DataError

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class LinearMachine:
    """Parameters of a linear machine and of its readout, in the record's units and model time.

    Attributes:
        constant: c, (N,).
        slopes: K, (N, N); every eigenvalue has a negative real part.
        intensity: D, (N,), >= 0.
        readout: R, (N,), > 0.
        bandwidth: beta of each channel, (N,); None for channels without memory.
    """

    constant: FloatArray
    slopes: FloatArray
    intensity: FloatArray
    readout: FloatArray
    bandwidth: FloatArray | None = None

    def __post_init__(self) -> None:
        worst = float(np.max(np.linalg.eigvals(self.slopes).real))
        if worst >= 0:
            raise DataError(
                f"the linear machine runs away: its slopes have an eigenvalue {worst:g}; it must "
                "be below 0"
            )
        for name, values in (("intensity", self.intensity), ("readout", self.readout)):
            if np.any(values <= 0):
                unit = int(np.flatnonzero(values <= 0)[0])
                raise DataError(f"noise {name} of unit {unit} is {values[unit]:g}; above 0 only")

    @property
    def n_units(self) -> int:
        """Number of units, N."""
        return int(self.constant.size)

    @property
    def vector(self) -> FloatArray:
        """All parameters, (N (N + 3),)."""
        parts = (self.constant, self.slopes.ravel(), self.intensity, self.readout)
        return np.concatenate(parts)

    def at(self, vector: FloatArray) -> "LinearMachine":
        """Return the machine of other parameters, (N (N + 3),)."""
        n = self.n_units
        c, slopes, d, r = np.split(vector, [n, n + n * n, 2 * n + n * n])
        return LinearMachine(c, slopes.reshape(n, n), d, r, self.bandwidth)


@dataclass(frozen=True, eq=False)
class System:
    """The machine at the samples, S states of which N are read.

    Attributes:
        mean: m, (S,).
        transition: F, (S, S).
        noise: Q, (S, S).
        stationary: P, (S, S).
        readout: R, (N,).
        observed: places of what is read in the state.
    """

    mean: FloatArray
    transition: FloatArray
    noise: FloatArray
    stationary: FloatArray
    readout: FloatArray
    observed: slice


@dataclass(frozen=True, eq=False)
class Tangents:
    """Derivatives of a `System` by every parameter, P of them: (P, ...) of each array."""

    mean: FloatArray
    transition: FloatArray
    noise: FloatArray
    stationary: FloatArray
    readout: FloatArray


class _Modes:
    """The eigenbasis of M."""

    def __init__(self, matrix: FloatArray, step: float) -> None:
        self.rates, self.basis = np.linalg.eig(matrix)
        self.inverse = np.linalg.inv(self.basis)
        half = (self.rates[:, None] + self.rates[None, :]) * step / 2
        away = (self.rates[:, None] - self.rates[None, :]) * step / 2
        small = np.abs(away) < 1e-4
        ratio = np.where(small, 1 + away**2 / 6, np.sinh(away) / np.where(small, 1, away))
        self._differences = step * np.exp(half) * ratio
        self._sums = -(self.rates[:, None] + self.rates[None, :])
        self.transition = (self.basis * np.exp(self.rates * step) @ self.inverse).real

    def along(self, direction: FloatArray) -> FloatArray:
        """Return the derivative of exp(M h) in directions of M, (..., S, S)."""
        inner = self.inverse @ direction @ self.basis
        return np.asarray((self.basis @ (inner * self._differences) @ self.inverse).real)

    def lyapunov(self, right: FloatArray) -> FloatArray:
        """Return X of M X + X M^T + right = 0, (..., S, S)."""
        inner = self.inverse @ right @ self.inverse.T / self._sums
        return np.asarray((self.basis @ inner @ self.basis.T).real)


def discretise(machine: LinearMachine, step: float) -> System:
    """Return the machine at samples `step` apart, in model time."""
    matrix, drive, _ = _continuous(machine)
    modes = _Modes(matrix, step)
    stationary = modes.lyapunov(drive)
    moved = modes.transition @ stationary @ modes.transition.T
    n = machine.n_units
    mean = np.asarray(np.linalg.solve(machine.slopes, -machine.constant), dtype=np.float64)
    if machine.bandwidth is not None:
        mean = np.tile(mean, 2)
    observed = slice(len(matrix) - n, len(matrix))
    noise = stationary - moved
    return System(
        mean, modes.transition, (noise + noise.T) / 2, stationary, machine.readout, observed
    )


def differentiate(machine: LinearMachine, system: System, step: float) -> Tangents:
    """Return the derivatives of `discretise(machine, step)`."""
    n, size = machine.n_units, machine.vector.size
    matrix, _, states = _continuous(machine)
    modes = _Modes(matrix, step)
    turned, driven = np.zeros((2, size, states, states))
    mean, readout = np.zeros((size, states)), np.zeros((size, n))
    inverse = np.linalg.inv(machine.slopes)
    copies = states // n
    centre = system.mean[:n]
    for i in range(n):
        mean[i] = np.tile(-inverse[:, i], copies)
        for j in range(n):
            turned[n + n * i + j, i, j] = 1.0
            mean[n + n * i + j] = np.tile(-inverse[:, i] * centre[j], copies)
        driven[n + n * n + i, i, i] = 2.0
        readout[2 * n + n * n + i, i] = 1.0
    P, F = system.stationary, system.transition
    bent = turned @ P
    stationary = modes.lyapunov(bent + bent.transpose(0, 2, 1) + driven)
    transition = modes.along(turned)
    moved = transition @ P @ F.T
    noise = stationary - moved - moved.transpose(0, 2, 1) - F @ stationary @ F.T
    return Tangents(mean, transition, noise, stationary, readout)


def _continuous(machine: LinearMachine) -> tuple[FloatArray, FloatArray, int]:
    """Return M, B and the number of states."""
    n, beta = machine.n_units, machine.bandwidth
    states = n if beta is None else 2 * n
    matrix, drive = np.zeros((2, states, states))
    matrix[:n, :n] = machine.slopes
    drive[:n, :n] = 2 * np.diag(machine.intensity)
    if beta is not None:
        matrix[n:, :n], matrix[n:, n:] = np.diag(beta), -np.diag(beta)
    return matrix, drive, states
