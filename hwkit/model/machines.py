"""What a function that takes a machine says of anything else."""

from typing import Any

from hwkit.errors import DataError
from hwkit.model.energy import EnergyModel


def checked_machine(value: Any, caller: str) -> EnergyModel:
    """Return a machine with an energy as it is.

    Raises:
        DataError: naming what it is instead, and where its machine is, if it has one.
    """
    refuse_holder(value, caller)
    if isinstance(value, EnergyModel):
        return value
    kind = type(value).__name__
    made = "give its energy_model()" if hasattr(value, "energy_model") else "make one of J and b"
    raise DataError(f"{caller} takes an EnergyModel and got {kind}; {made}")


def refuse_holder(value: Any, caller: str) -> None:
    """Refuse a training result, a design, ...: what is no machine, but holds one.

    Raises:
        DataError: saying where the machine is.
    """
    if isinstance(getattr(value, "model", None), EnergyModel):
        kind = type(value).__name__
        raise DataError(f"{caller} takes a machine, not a {kind}; give its .model")
