"""Maximum-likelihood fit of a linear machine, and what a record can tell at best.

Fisher scoring on the exact likelihood of `kalman`. The information of n samples is that of a
stationary Gaussian series (Whittle), with S(w) the spectral matrix of what is read,

    I_ab = n/(4 pi) int tr(S^-1 dS_a S^-1 dS_b) dw + n dm_a^T S(0)^-1 dm_b

exact up to the ends of a record. Its inverse is the smallest covariance that an unbiased estimate
can have: the bound that other estimates are compared with.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import DataError
from hwkit.measured.kalman import gradient, log_likelihood
from hwkit.measured.linear_system import (
    LinearMachine,
    System,
    Tangents,
    differentiate,
    discretise,
)

FloatArray = NDArray[np.float64]

_FREQUENCIES = 128  # of half a period
_MOST_STEPS = 30
_FLAT = 1e-5  # expected gain of log L that ends the fit
_SHORTEST = 1e-6  # share of a step
_LEAST_READOUT = 1e-3  # of the noise of one interval


@dataclass(frozen=True, eq=False)
class LinearFit:
    """A fitted linear machine.

    Attributes:
        machine: the parameters of largest likelihood.
        covariance: inverse information, (P, P), in the order of `LinearMachine.vector`.
        log_likelihood: at the maximum.
        steps: of Fisher scoring.
    """

    machine: LinearMachine
    covariance: FloatArray
    log_likelihood: float
    steps: int

    @property
    def stderr(self) -> FloatArray:
        """Standard errors, (P,), in the order of `LinearMachine.vector`."""
        return np.asarray(np.sqrt(np.diagonal(self.covariance)))


def fit_linear(
    start: LinearMachine,
    step: float,
    pieces: list[FloatArray],
    readout_known: bool = False,
) -> LinearFit:
    """Fit a linear machine to records.

    A readout variance whose best value is below 0 is held at 0.1 % of the noise of one interval.

    Args:
        start: where to start, such as the estimate by the weak form.
        step: time between samples, in model time.
        pieces: stationary records, each (samples, N).
        readout_known: hold the readout's variances, such as those of a calibration record.

    Raises:
        DataError: if no maximum is reached.
    """
    search = _Search(start, step, pieces, readout_known)
    for count in range(1, _MOST_STEPS + 1):
        slope, matrix = search.expand()
        free = search.free(slope)
        move = np.zeros_like(slope)
        move[free] = np.linalg.solve(matrix[np.ix_(free, free)], slope[free])
        if slope @ move < _FLAT or not search.climb(move):
            kept = search.estimated
            covariance = np.zeros_like(matrix)
            covariance[np.ix_(kept, kept)] = np.linalg.inv(matrix[np.ix_(kept, kept)])
            return LinearFit(search.machine, covariance, search.value, count)
    raise DataError(
        f"the linear fit has not converged in {_MOST_STEPS} steps; start nearer, or record longer"
    )


class _Search:
    """The best machine so far."""

    def __init__(
        self, start: LinearMachine, step: float, pieces: list[FloatArray], readout_known: bool
    ) -> None:
        self.step, self.pieces = step, pieces
        n, vector = start.n_units, start.vector
        self.estimated = np.arange(vector.size - (n if readout_known else 0))
        self._least = np.full(vector.size, -np.inf)
        if not readout_known:
            self._least[-n:] = _LEAST_READOUT * step * start.intensity
        self.machine = start.at(np.maximum(vector, self._least))
        self.value = log_likelihood(discretise(self.machine, step), pieces)

    def expand(self) -> tuple[FloatArray, FloatArray]:
        """Return gradient and information here."""
        system = discretise(self.machine, self.step)
        tangents = differentiate(self.machine, system, self.step)
        samples = sum(map(len, self.pieces))
        matrix = information(system, tangents, samples)
        return gradient(system, tangents, self.pieces), matrix

    def free(self, slope: FloatArray) -> NDArray[np.intp]:
        """Return the parameters that may move: not those held at their least value."""
        held = (self.machine.vector <= self._least) & (slope <= 0)
        return np.asarray(self.estimated[~held[self.estimated]])

    def climb(self, move: FloatArray) -> bool:
        """Go to a better machine along a move, halved until it is one; say whether there is."""
        share = 1.0
        while share > _SHORTEST:
            vector = np.maximum(self.machine.vector + share * move, self._least)
            try:
                moved = self.machine.at(vector)
                value = log_likelihood(discretise(moved, self.step), self.pieces)
            except DataError:
                value = -np.inf
            if value > self.value:
                self.machine, self.value = moved, value
                return True
            share /= 2
        return False


def information(system: System, tangents: Tangents, samples: int) -> FloatArray:
    """Return the information of a stationary record, (P, P)."""
    count = tangents.readout.shape[0]
    seen, states = system.observed, len(system.transition)
    matrix = np.zeros((count, count))
    moved = tangents.mean[:, seen]
    identity = np.eye(states)
    readouts = np.zeros((count, system.readout.size, system.readout.size))
    places = np.arange(system.readout.size)
    readouts[:, places, places] = tangents.readout
    for place in range(_FREQUENCIES):
        turn = np.exp(1j * np.pi * (place + 0.5) / _FREQUENCIES)
        spectrum, changes = _spectra(system, tangents, readouts, turn)
        relative = np.linalg.solve(spectrum, changes)
        scaled, turned = relative.reshape(count, -1), relative.transpose(0, 2, 1)
        turned = turned.reshape(count, -1)
        matrix += (scaled @ turned.T).real * samples / (2 * _FREQUENCIES)
    response = np.linalg.inv(identity - system.transition)[seen]
    still = (response @ system.noise @ response.T) + np.diag(system.readout)
    return np.asarray(matrix + samples * moved @ np.linalg.solve(still, moved.T))


def _spectra(
    system: System, tangents: Tangents, readouts: FloatArray, turn: complex
) -> tuple[NDArray[np.complex128], NDArray[np.complex128]]:
    """Return S at a frequency, (N, N), and its derivatives, (P, N, N)."""
    response = np.linalg.inv(turn * np.eye(len(system.transition)) - system.transition)
    read = response[system.observed]
    back = read.conj().T
    spectrum = read @ system.noise @ back + np.diag(system.readout)
    bent = read @ tangents.transition @ (response @ system.noise @ back)
    changes = bent + bent.conj().transpose(0, 2, 1) + read @ tangents.noise @ back + readouts
    return np.asarray(spectrum, np.complex128), np.asarray(changes, np.complex128)
