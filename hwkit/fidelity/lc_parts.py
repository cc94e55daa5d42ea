"""What capacitively coupled LC cells sample with the parts they have, exactly.

In units of C0, R0 = tau/C0 and V0, with every part its own value (tolerances, parasitics):

    C dx/dt = -x/R - y + sqrt(2 kT s) dW/dt,   L dy/dt = x

C the Maxwell matrix of the fitted capacitors, s the density of each noise source over the nominal
one. Its stationary covariance solves a Lyapunov equation; kT C^-1 holds only if R s is the same in
every cell.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_continuous_lyapunov

from hwkit.circuit import Design

FloatArray = NDArray[np.float64]


def fitted_covariance(design: Design) -> FloatArray:
    """Return the stationary covariance of x of a design's parts as they are, (N, N)."""
    n, scale = design.model.n_units, design.scale
    maxwell = design.start_charges.toarray() / scale.farad
    siemens = 1 / (design.group("loss").values * scale.siemens)
    henry = design.group("inductor").values * scale.siemens**2 / scale.farad
    noise = design.group("noise").values / scale.noise_psd(1.0)  # kT is in it
    inverse, zero = np.linalg.inv(maxwell), np.zeros((n, n))
    generator = np.block([[-inverse * siemens, -inverse], [np.diag(1 / henry), zero]])
    push = np.zeros((2 * n, 2 * n))
    push[:n, :n] = 2 * inverse @ np.diag(noise) @ inverse.T
    return np.asarray(solve_continuous_lyapunov(generator, -push)[:n, :n])
