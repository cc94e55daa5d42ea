"""Estimate what a board really is, from its paths or from its currents.

Paths: read the Euler-Maruyama step as a regression ("stochastic force inference", Frishman and
Ronceray, Phys. Rev. X 10, 021009), one for each unit, with the state at the START of the step:

    -dx_i / (mu dt) - U'(x_i) = b_i + sum_j J_ij f(x_j) + noise,   variance 2 kT / (mu dt)

Least squares is then unbiased for paths of that scheme, at any dt, and errors follow from the noise
that is known: covariance of row i = 2 kT / (mu dt) (sum_k z_k z_k^T)^-1 with z = (f(x), 1). They
fall as one over the root of the total time, whatever dt. Currents (clamped states, no noise) enter
the same regression; their errors come from the residuals.

A prior (a nominal machine and how far boards stray from it) adds its precision to the sum: short
records then correct the nominal values as far as they can instead of drowning them in noise. Such
estimates lean towards the nominal values; those without a prior don't.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import DataError
from hwkit.model import DriftMachine, Onsite, Transfer

FloatArray = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Inferred:
    """Couplings of each direction and biases, with standard errors; 0 where the mask excludes."""

    J: FloatArray
    b: FloatArray
    J_stderr: FloatArray
    b_stderr: FloatArray

    def machine(self, like: DriftMachine) -> DriftMachine:
        """Return the estimated board; all else as in `like`."""
        return DriftMachine(
            self.J, self.b, like.onsite, like.transfer, like.kT, like.mobility, like.n_visible
        )


def infer_from_paths(
    paths: FloatArray,
    dt: float,
    mask: Mask,
    onsite: Onsite,
    kT: float,
    mobility: float = 1.0,
    transfer: Transfer | None = None,
    prior: Inferred | None = None,
) -> Inferred:
    """Estimate couplings and biases from noisy paths.

    Args:
        paths: every step of every run, (runs, K + 1, N); runs with NaN are left out.
        dt: time step of the paths.
        mask: (N, N), which couplings the board has.
        onsite, kT, mobility, transfer: of the board, known.
        prior: nominal values and the standard deviation of boards around them; a coupling whose
            standard deviation is 0 is held at its value, an infinite one is left free.

    Raises:
        DataError: if shapes don't fit, or the paths are too few to tell the couplings apart.
    """
    if paths.ndim != 3 or paths.shape[1] < 2:
        raise DataError(f"paths have shape {paths.shape}; give (runs, steps + 1, units)")
    whole = paths[np.all(np.isfinite(paths), axis=(1, 2))]
    start = whole[:, :-1].reshape(-1, paths.shape[2])
    moves = np.diff(whole, axis=1).reshape(start.shape)
    target = -moves / (mobility * dt) - onsite.slope(start)
    return _regress(start, target, mask, transfer, 2 * kT / (mobility * dt), prior)


def infer_from_gradients(
    states: FloatArray,
    gradients: FloatArray,
    mask: Mask,
    onsite: Onsite,
    transfer: Transfer | None = None,
) -> Inferred:
    """Estimate couplings and biases from measured currents.

    Args:
        states: clamped states, (n, N).
        gradients: minus the force at them, in model units, (n, N), as `measure_gradient` returns.
        mask, onsite, transfer: as for `infer_from_paths`.
    """
    if states.shape != gradients.shape or states.ndim != 2:
        raise DataError(f"states {states.shape} and gradients {gradients.shape} must be (n, N)")
    return _regress(states, gradients - onsite.slope(states), mask, transfer, None)


def _regress(
    states: FloatArray,
    target: FloatArray,
    mask: Mask,
    transfer: Transfer | None,
    variance: float | None,
    prior: Inferred | None = None,
) -> Inferred:
    n = states.shape[1]
    if mask.shape != (n, n):
        raise DataError(f"mask has shape {mask.shape}; these states need {(n, n)}")
    signal = states if transfer is None else transfer(states)
    z = np.hstack([signal, np.ones((len(signal), 1))])
    held = np.zeros((n, n), dtype=bool)
    if prior is not None:
        held = mask & (prior.J_stderr == 0)
        target = target - signal @ np.where(held, prior.J, 0.0).T
    gram, moments = z.T @ z, target.T @ z
    J, J_error, b, b_error = np.zeros((n, n)), np.zeros((n, n)), np.zeros(n), np.zeros(n)
    for i in range(n):
        chosen = np.append(np.flatnonzero(mask[i] & ~held[i]), n)
        if prior is None and len(z) <= chosen.size:
            raise DataError(
                f"{len(z)} steps or states can't tell {chosen.size} numbers of unit {i} apart; "
                "record more"
            )
        known, expected = _prior_row(prior, i, chosen)
        precision = gram[np.ix_(chosen, chosen)] + np.diag(known * (variance or 0.0))
        try:
            inverse = np.linalg.inv(precision)
        except np.linalg.LinAlgError:
            raise DataError(
                f"the recorded states don't tell the couplings of unit {i} apart; vary them more"
            ) from None
        row = inverse @ (moments[i, chosen] + known * expected * (variance or 0.0))
        noise = variance
        if noise is None:
            left = target[:, i] - z[:, chosen] @ row
            noise = float(left @ left) / (len(z) - chosen.size)
        error = np.sqrt(noise * np.diagonal(inverse))
        if prior is not None:
            J[i, held[i]] = prior.J[i, held[i]]
        J[i, chosen[:-1]], b[i] = row[:-1], row[-1]
        J_error[i, chosen[:-1]], b_error[i] = error[:-1], error[-1]
    return Inferred(J, b, J_error, b_error)


def _prior_row(
    prior: Inferred | None, unit: int, chosen: NDArray[np.intp]
) -> tuple[FloatArray, FloatArray]:
    """Return the prior's precision and mean of one unit's free couplings and, last, its bias."""
    if prior is None:
        return np.zeros(chosen.size), np.zeros(chosen.size)
    width = np.append(prior.J_stderr[unit, chosen[:-1]], prior.b_stderr[unit])
    mean = np.append(prior.J[unit, chosen[:-1]], prior.b[unit])
    return 1 / width**2, mean
