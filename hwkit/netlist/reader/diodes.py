"""Diodes at their temperature, by the formula of `hwkit.circuit.junctions`."""

import math
from collections.abc import Mapping

from hwkit.circuit.junctions import (
    BOLTZMANN_OVER_CHARGE,
    EXPONENT,
    GAP_VOLT,
    saturation_exponent,
)
from hwkit.errors import NetlistError
from hwkit.netlist.reader.grammar import DIODE_PARAMETERS, MODEL_KINDS, ZERO_MEANS_NONE, rule
from hwkit.netlist.reader.typed import Diode, Model

__all__ = ["BOLTZMANN_OVER_CHARGE", "ZERO_CELSIUS", "check_model", "diode", "kelvin"]

ZERO_CELSIUS = 273.15
_COLDEST, _HOTTEST = -273.15, 2000.0


def check_model(model: Model) -> None:
    """Refuse a model whose kind or parameters the table does not know, or refuses."""
    found = rule(MODEL_KINDS, "the kind of model", model.kind)
    if found.use == "used":
        for name in model.values:
            rule(DIODE_PARAMETERS, "the diode parameter", name)
        for one, other in (("is", "js"), ("tnom", "tref"), ("cjo", "cj0")):
            if one in model.values and other in model.values:
                raise NetlistError(f"{one} and {other} are the same parameter; keep one")


def kelvin(celsius: float) -> float:
    """Return an absolute temperature.

    Raises:
        NetlistError: if no part has such a temperature.
    """
    if not _COLDEST < celsius < _HOTTEST:
        raise NetlistError(
            f"the temperature is {celsius:g} degrees Celsius; it must be above {_COLDEST:g} and "
            f"below {_HOTTEST:g}"
        )
    return celsius + ZERO_CELSIUS


def diode(
    line: int,
    name: str,
    ends: tuple[str, str],
    model: Model,
    area: float,
    celsius: float,
    nominal: float,
    own: float | None,
) -> Diode:
    """Return a diode, evaluated at `celsius`; its parameters hold at `nominal`.

    Args:
        line, name, ends: where it is.
        model: its model.
        area: with all its copies.
        celsius: its temperature.
        nominal: the netlist's `tnom`; the model may have its own.
        own: `celsius` if the diode has it from its own line, else None.
    """
    if model.kind != "d":
        raise NetlistError(f"the model {model.name!r} is of kind {model.kind!r}; a diode needs d")
    values = model.values
    emission = values.get("n", 1.0)
    if not emission > 0:
        raise NetlistError(f"the model {model.name!r} has n = {emission:g}; it must be above 0")
    saturation = values.get("is", values.get("js", 1e-14))
    if saturation < 0:
        raise NetlistError(f"the model {model.name!r} has is = {saturation:g}; it must be above 0")
    hot = kelvin(celsius)
    cold = kelvin(values.get("tnom", values.get("tref", nominal)))
    if hot != cold:
        gap, power = values.get("eg", GAP_VOLT), values.get("xti", EXPONENT)
        exponent = saturation_exponent(hot, cold, emission, gap, power)
        if exponent > 700:
            raise NetlistError(f"the saturation current at {celsius:g} degrees is too large")
        saturation *= math.exp(exponent)
    return Diode(
        line, name, *ends, saturation * area, emission, hot, model, area, own, _beyond(values)
    )


def _beyond(values: Mapping[str, float]) -> str:
    """Return the first parameter whose effect the formula leaves out."""
    for name, value in values.items():
        if DIODE_PARAMETERS[name].use != "measured":
            continue
        if (name in ZERO_MEANS_NONE and value == 0) or (name == "level" and value == 1):
            continue
        return name
    return ""
