"""The frozen baseline that ratios refer to: one path, plain numpy, float64. Never optimised."""

import numpy as np


def euler_maruyama_path(J, b, J2, J4, kT, x, increments, dt):
    """Return the end state of one path; increments (K, N) are Wiener increments."""
    for dW in increments:
        gradient = 2 * J2 * x + 4 * J4 * x**3 + b + J @ x
        x = x - gradient * dt + np.sqrt(2 * kT) * dW
    return x
