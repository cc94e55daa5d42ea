"""A faster machine: the whole energy and the temperature, scaled together (arXiv 2410.12211).

    dx = -mu lambda dV/dx dt + sqrt(2 mu lambda kT) dW   is   dx = -mu dV/dx ds + sqrt(2 mu kT) dW'

with s = lambda t: the same distribution in 1/lambda of the time, at an energy and a temperature
lambda times as high. Scaling only one of the two changes V / kT, and with it the distribution.
"""

import numpy as np

from hwkit.errors import DataError
from hwkit.model.energy import EnergyModel
from hwkit.model.onsite import Cosh, Onsite, Quartic


def faster(
    model: EnergyModel, factor: float, energy: bool = True, noise: bool = True
) -> EnergyModel:
    """Return the machine with couplings, biases, onsite energy and kT times `factor`.

    Args:
        model: the machine; its onsite energy is quartic or that of diodes.
        factor: lambda, above 0.
        energy, noise: False leaves one of the two as it is, as a negative control.

    Raises:
        DataError: if the factor is not above 0, or the onsite energy is tabulated.
    """
    if not (np.isfinite(factor) and factor > 0):
        raise DataError(f"a machine can't be sped up {factor!r} times; give a number above 0")
    strength, warmth = factor if energy else 1.0, factor if noise else 1.0
    return EnergyModel(
        model.J * strength,
        model.b * strength,
        _scaled(model.onsite, strength),
        model.kT * warmth,
        model.mobility,
        model.n_visible,
        model.names,
    )


def _scaled(onsite: Onsite, factor: float) -> Onsite:
    if isinstance(onsite, Quartic):
        return Quartic(onsite.J2 * factor, onsite.J4 * factor)
    if isinstance(onsite, Cosh):
        return Cosh(onsite.J2 * factor, onsite.r)
    raise DataError(
        f"an onsite energy of kind {onsite.kind!r} can't be scaled; use a quartic or a cosh one"
    )
