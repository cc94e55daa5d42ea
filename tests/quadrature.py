"""Stationary averages of one unit by quadrature, exact and with an integrator's first-order bias.

A scheme of step h has the stationary density exp(-V/kT) (1 + h g). Expanding one Euler-Maruyama
step to second order in h gives g = V'^2 / (4 kT) - V'' / 2, and backward Euler has the opposite
sign; for a spring these are the factors 1 / (1 -+ k h / 2) of the variance.
"""

import numpy as np

EULER_MARUYAMA, BACKWARD_EULER = 1.0, -1.0


def averages(functions, onsite, kT, force=0.0, h=0.0, scheme=EULER_MARUYAMA):
    """Return <f> for each function of x under the onsite energy minus force * x."""
    x = np.linspace(-6, 6, 60_001)
    energy = onsite.energy(x) - force * x
    weight = np.exp(-(energy - energy.min()) / kT)
    weight /= weight.sum()
    g = (onsite.slope(x) - force) ** 2 / (4 * kT) - onsite.curvature(x) / 2
    values = [np.broadcast_to(f(x), x.shape) for f in functions]
    return [v @ weight + scheme * h * (v * g @ weight - v @ weight * (g @ weight)) for v in values]


def even_moments(onsite, kT, h=0.0, scheme=EULER_MARUYAMA):
    """Return <x^2> and <x^4>."""
    return averages([lambda x: x**2, lambda x: x**4], onsite, kT, h=h, scheme=scheme)
