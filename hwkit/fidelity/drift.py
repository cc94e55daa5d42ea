"""Drift level: is the circuit's current field the gradient of the machine's energy?

    error = max over units and states of |dV/dx measured - dV/dx of the model| / max |dV/dx|

The sharpest test of a design: no noise, no time integration. Beside it, extraction: the machine
parsed back from the netlist's text, element by element.
"""

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from hwkit.errors import DataError
from hwkit.fidelity.verdict import Metric
from hwkit.model import Couplings, EnergyModel, GatedMachine
from hwkit.ordering import largest

FloatArray = NDArray[np.float64]


def drift_residual(
    model: EnergyModel | GatedMachine,
    states: FloatArray,
    gradient: FloatArray,
    onsite: FloatArray | None = None,
) -> FloatArray:
    """Return (measured - model's) dV/dx over the largest of the model's, (n_states, N).

    `onsite`, of the same shape, stands for the model's own U'(x): the law of a simulator's devices.
    """
    if gradient.shape != states.shape:
        raise DataError(f"gradient of shape {gradient.shape} for states of shape {states.shape}")
    ideal = -model.force(states)
    if onsite is not None:
        ideal = ideal + onsite - model.onsite.slope(states)
    return np.asarray((gradient - ideal) / np.max(np.abs(ideal)))


def drift_metric(residual: FloatArray, limit: float | None = 1e-6) -> Metric:
    """Return the drift error of a residual (n_states, N)."""
    size = np.abs(residual)
    state, unit = np.unravel_index(largest(size), size.shape)
    note = f"largest at unit {unit}, state {state}"
    return Metric("drift error", "drift", float(size.max()), limit, n=len(size), note=note)


def onsite_metric(model: EnergyModel, states: FloatArray, onsite: FloatArray) -> Metric:
    """Return how far a device's measured U'(x) lies from the model's, over the largest dV/dx.

    States, and U'(x) at them, are (n_states, N), in model units.
    """
    apart = np.abs(onsite - model.onsite.slope(states)) / np.max(np.abs(model.force(states)))
    note = "the simulator's devices against the model's onsite energy"
    return Metric("onsite law", "drift", float(apart.max()), None, n=len(states), note=note)


def extraction_metric(
    model: EnergyModel, extracted: EnergyModel, limit: float | None = 1e-9
) -> Metric:
    """Return an extracted machine's largest error, relative to each array's largest entry."""
    pairs: dict[str, tuple[Couplings, Couplings]] = {
        "J": (model.J, extracted.J),
        "b": (model.b, extracted.b),
    }
    for name, value in model.onsite.parameters().items():
        pairs[name] = (value, extracted.onsite.parameters().get(name, np.array(np.inf)))
    for name in ("kT", "mobility"):
        pairs[name] = (np.array(getattr(model, name)), np.array(getattr(extracted, name)))
    errors = {name: _relative(*pair) for name, pair in pairs.items()}
    worst = list(errors)[largest(list(errors.values()))]
    return Metric("extraction error", "drift", errors[worst], limit, note=f"largest in {worst}")


def reordered(model: EnergyModel, order: list[int]) -> EnergyModel:
    """Return a machine with its units in another order; unit i of the new one was order[i]."""
    return EnergyModel(
        model.J[order][:, order],
        model.b[order],
        model.onsite.of_units(order),
        model.kT,
        model.mobility,
        model.n_visible,
    )


def _relative(expected: Couplings, found: Couplings) -> float:
    a, b = (_dense(array) for array in (expected, found))
    if a.ndim and b.ndim and a.shape != b.shape:
        return float("inf")
    largest = float(np.max(np.abs(a), initial=0.0))
    difference = float(np.max(np.abs(a - b), initial=0.0))
    return difference / largest if largest else difference


def _dense(array: Couplings) -> FloatArray:
    return array.toarray() if sp.issparse(array) else np.asarray(array)
