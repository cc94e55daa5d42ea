"""Units held at a value: what remains is a machine of the others."""

from collections.abc import Mapping

import numpy as np
import scipy.sparse as sp

from hwkit.errors import DataError
from hwkit.model.energy import EnergyModel
from hwkit.model.names import unit_index
from hwkit.numbers import doubles

_SHOWN = 12  # names listed in an error


def clamp_units(model: EnergyModel, values: Mapping[int | str, float]) -> EnergyModel:
    """Return the machine of the free units while others are held.

    A unit held at x_c adds J_ic x_c to the bias of each unit i it is coupled to; its own energy is
    a constant, which is dropped. The free units keep their order, and their names.

    Args:
        model: the machine.
        values: unit -> state it is held at. Text is a name, or else an index in digits.

    Raises:
        DataError: if there is no such unit, a value is not finite, or no unit is left.
    """
    position = {name: i for i, name in enumerate(model.unit_names)}
    held: dict[int, float] = {}
    for unit, value in values.items():
        index = unit_index(unit, position)
        if index is None:
            names = ", ".join(model.unit_names[:_SHOWN]) + ", ..." * (model.n_units > _SHOWN)
            raise DataError(
                f"unit {unit!r} can't be clamped: the model has no unit of that name or number; "
                f"its units are {names}"
            )
        if index in held:
            raise DataError(f"unit {unit!r} is clamped twice; give it one value")
        state = doubles(f"the value of unit {unit!r}", value)
        if state.shape != () or not np.isfinite(state):
            raise DataError(f"unit {unit!r} is clamped at {value}; give a finite number")
        held[index] = float(state)
    free = np.setdiff1d(np.arange(model.n_units), list(held))
    if not free.size:
        raise DataError("all units are clamped; leave one of them free")
    x = np.zeros(model.n_units)
    x[list(held)] = list(held.values())
    couplings = sp.csr_array(model.J)[free][:, free]
    with np.errstate(over="ignore"):  # a bias that is not a number is refused below
        biases = (model.b + model.coupling_field(x))[free]
    return EnergyModel(
        couplings if model.is_sparse else couplings.toarray(),
        biases,
        model.onsite.of_units(free),
        model.kT,
        model.mobility,
        int(np.count_nonzero(free < model.n_visible)),
        None if model.names is None else [model.names[i] for i in free],
    )
