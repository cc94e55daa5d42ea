"""Thermodynamics of runs: heat, virial, time reversal, entropy production, fluctuations.

Heat given to the bath by one run: Q = V(x_0) - V(x_T), or the Stratonovich sum over its steps

    Q = -sum_k (grad V(x_k) + grad V(x_{k+1})) / 2 . (x_{k+1} - x_k),

which differs by O(dt), and not at all if V is quadratic. At equilibrium every unit has
<x_i dV/dx_i> = kT (virial), <x_i(t) x_j(t + s)> is symmetric in i and j (time reversal), and no
entropy is produced. A circuit whose couplings are not reciprocal, force f = -A x, breaks both:

    A S + S A^T = 2 kT 1,   entropy production rate  mu ( tr(A^T A S) / kT - tr A )

(Sekimoto, "Stochastic Energetics", 2010; Seifert, Rep. Prog. Phys. 75, 126001, 2012.)
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import expm, solve_continuous_lyapunov

from hwkit.errors import DataError
from hwkit.model import EnergyModel
from hwkit.trajectories import Trajectories

FloatArray = NDArray[np.float64]
Force = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True)
class Estimate:
    """A mean over independent runs and its standard error."""

    value: float
    stderr: float

    @classmethod
    def of(cls, samples: FloatArray) -> "Estimate":
        """Return mean and standard error of one number per run, (runs,).

        Raises:
            DataError: for fewer than two runs.
        """
        if samples.size < 2:
            raise DataError(f"{samples.size} runs give no standard error; give at least 2")
        stderr = float(samples.std(ddof=1) / np.sqrt(samples.size))
        return cls(float(samples.mean()), stderr)

    def distance(self, expected: float) -> float:
        """Return |value - expected| in standard errors."""
        return abs(self.value - expected) / self.stderr


def boundary_heat(runs: Trajectories, model: EnergyModel) -> FloatArray:
    """Return E(0) - E(T) of each completed run, (n,); E is V, with inertia V + m v^2 / 2."""
    done = runs.x[runs.completed]
    heat = model.heat(done[:, 0], done[:, -1])
    if runs.v is not None:
        v = runs.v[runs.completed]
        kinetic = 0.5 * float(runs.attributes["mass"]) * np.sum(v**2, axis=-1)
        heat = heat + kinetic[:, 0] - kinetic[:, -1]
    return heat


def kinetic_energy(runs: Trajectories) -> list[Estimate]:
    """Return <m v_i^2> of each unit over the end states; kT at equilibrium (equipartition).

    Raises:
        DataError: if the runs have no velocities.
    """
    if runs.v is None:
        raise DataError("these runs have no velocities; simulate_underdamped keeps them")
    squares = float(runs.attributes["mass"]) * runs.v[runs.completed, -1] ** 2
    return [Estimate.of(squares[:, unit]) for unit in range(runs.n_units)]


def stratonovich_heat(runs: Trajectories, force: Force) -> FloatArray:
    """Return the work that a force field does along each completed run, (n,).

    For the model's own force that is the heat. The runs must hold every step.

    Raises:
        DataError: if steps are missing.
    """
    _check_every_step(runs)
    done = runs.x[runs.completed]
    forces = force(done)
    means = (forces[:, 1:] + forces[:, :-1]) / 2
    return np.asarray(np.sum(means * np.diff(done, axis=1), axis=(1, 2)))


def virial(runs: Trajectories, model: EnergyModel) -> list[Estimate]:
    """Return <x_i dV/dx_i> of each unit over the end states; kT at equilibrium."""
    states = runs.final[runs.completed]
    products = states * -model.force(states)
    return [Estimate.of(products[:, unit]) for unit in range(runs.n_units)]


def irreversibility(runs: Trajectories, lag: int = 1) -> dict[tuple[int, int], Estimate]:
    """Return <x_i(t) x_j(t + lag) - x_j(t) x_i(t + lag)> of each pair i < j; 0 at equilibrium.

    Averaged over the saved times of each run; the run is the independent unit. `lag` counts saved
    times. At equilibrium each path is as likely as its reverse, so the two terms agree.
    """
    done = runs.x[runs.completed]
    if not 1 <= lag < done.shape[1]:
        raise DataError(f"lag is {lag}, but the runs have {done.shape[1]} saved times")
    early, late = done[:, :-lag], done[:, lag:]
    pairs = [(i, j) for i in range(runs.n_units) for j in range(i + 1, runs.n_units)]
    return {
        (i, j): Estimate.of(
            np.mean(early[..., i] * late[..., j] - early[..., j] * late[..., i], axis=1)
        )
        for i, j in pairs
    }


def cycle_flux(runs: Trajectories, units: tuple[int, int] = (0, 1)) -> Estimate:
    """Return the net number of turns per unit time around the four sign cells of two units.

    Kolmogorov's criterion: at equilibrium every cycle is run through as often in either sense.
    """
    signs = runs.x[runs.completed][..., list(units)] > 0
    cell = np.where(signs[..., 1], np.where(signs[..., 0], 0, 1), np.where(signs[..., 0], 3, 2))
    turns = (np.diff(cell, axis=1) + 1) % 4 - 1  # +1, -1, 0; a diagonal jump (2) has no sense
    turns = np.where(turns == 2, 0, turns)
    duration = float(runs.t[-1] - runs.t[0])
    return Estimate.of(turns.sum(axis=1) / (4 * duration))


def entropy_production_rate(runs: Trajectories, force: Force, kT: float) -> Estimate:
    """Return the entropy given to the bath per unit time, in k_B, of stationary runs.

    Zero for a gradient force within its error, positive if couplings are not reciprocal.

    Args:
        runs: stationary runs, with every step saved.
        force: the force on states (..., N), of the same shape.
        kT: temperature, in units of energy.
    """
    duration = float(runs.t[-1] - runs.t[0])
    return Estimate.of(stratonovich_heat(runs, force) / (kT * duration))


@dataclass(frozen=True, eq=False)
class LinearMachine:
    """Units under the force -A x, A not necessarily symmetric: the exact oracle of this page."""

    A: FloatArray
    kT: float
    mobility: float = 1.0

    def force(self, x: FloatArray) -> FloatArray:
        """Return -A x for states (..., N)."""
        return np.asarray(-x @ self.A.T)

    def stationary(self) -> FloatArray:
        """Return the stationary covariance S, (N, N), of A S + S A^T = 2 kT 1."""
        n = len(self.A)
        return np.asarray(solve_continuous_lyapunov(self.A, 2 * self.kT * np.eye(n)))

    def covariance(self, t: float, initial: FloatArray) -> FloatArray:
        """Return the covariance at model time t from an initial one, both (N, N)."""
        decay, S = expm(-self.mobility * t * self.A), self.stationary()
        return np.asarray(S + decay @ (initial - S) @ decay.T)

    def entropy_production_rate(self) -> float:
        """Return the exact stationary entropy production rate, in k_B per unit time."""
        dissipated = np.trace(self.A.T @ self.A @ self.stationary()) / self.kT
        return float(self.mobility * (dissipated - np.trace(self.A)))


def total_entropy(runs: Trajectories, machine: LinearMachine, initial: FloatArray) -> FloatArray:
    """Return the total entropy change of each completed run, in k_B, (n,).

    Delta S = Q / kT + ln p_0(x_0) - ln p_T(x_T), for a linear machine started in a centred Gaussian
    of covariance `initial`: then p_T is Gaussian too, and known. Holds for gradient forces or not.
    """
    done = runs.x[runs.completed]
    final = machine.covariance(float(runs.t[-1]), initial)
    heat = stratonovich_heat(runs, machine.force) / machine.kT
    return heat + _log_gaussian(done[:, 0], initial) - _log_gaussian(done[:, -1], final)


def fluctuation_theorem(entropy: FloatArray) -> Estimate:
    """Return <exp(-Delta S)>, which is 1 (Seifert 2005), from the entropy change of each run.

    The changes are (runs,), in k_B. The average is carried by rare runs: with a spread of Delta S
    far above 2 k_B it never converges, and its standard error is no guide.

    Raises:
        DataError: if the spread is above 2 k_B.
    """
    spread = float(np.std(entropy))
    if spread > 2:
        raise DataError(
            f"the entropy changes spread by {spread:.3g} k_B; above 2 k_B the average of "
            "exp(-entropy) does not converge: report mean and spread instead"
        )
    return Estimate.of(np.exp(-entropy))


def _log_gaussian(x: FloatArray, covariance: FloatArray) -> FloatArray:
    _, logdet = np.linalg.slogdet(2 * np.pi * covariance)
    return np.asarray(-0.5 * (np.sum(x * np.linalg.solve(covariance, x.T).T, axis=1) + logdet))


def _check_every_step(runs: Trajectories) -> None:
    dt = float(runs.attributes["dt"])
    widest = float(np.max(np.diff(runs.t)))
    if widest > dt * (1 + 1e-6):
        raise DataError(
            f"saved times are up to {widest:g} apart, but the steps are {dt:g}; the heat along a "
            "path needs every step: run with save_every=1"
        )
