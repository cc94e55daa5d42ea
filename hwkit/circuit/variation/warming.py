"""Boards at a temperature: parts of a class, diodes, and the noise of resistors."""

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from hwkit.circuit.design import Design
from hwkit.circuit.junctions import at_temperature
from hwkit.circuit.parts import Parts
from hwkit.circuit.variation.entries import ROOM_KELVIN
from hwkit.circuit.variation.temperature import TemperatureClass

FloatArray = NDArray[np.float64]
Uniforms = Callable[[str, int, int], FloatArray]


def warm_parts(
    values: dict[str, FloatArray],
    classes: Iterable[tuple[str, TemperatureClass]],
    uniforms: Uniforms,
    board: int,
    kelvin: float,
) -> None:
    """Change values (parts,) of a board to those at a temperature, by their classes.

    Args:
        values: name -> (parts,); has every name that `classes` names.
        classes: (name, class) of what has one.
        uniforms: gives (block of draws, board, size) -> (size,). The places of parts within the
            bounds of their class don't depend on the class, so that boards of two can be compared.
        board: its number.
        kelvin: the temperature.
    """
    for name, found in classes:
        common, drop = uniforms(f"temperature of all {name}", board, 2)
        own = uniforms(f"temperature of each {name}", board, values[name].size)
        values[name] = values[name] * found.factor(kelvin, common + own - 1, float(drop))


def warm_junctions(
    values: dict[str, FloatArray], design: Design, fixed: Iterable[str], kelvin: float
) -> None:
    """Give diodes the saturation current and k T/e of a temperature, and resistors their noise.

    Args:
        values: of a board, name -> (parts,).
        design: as designed.
        fixed: roles that do not follow.
        kelvin: the temperature.
    """
    for parts in design.parts:
        if parts.kind == "diode" and parts.role not in fixed:
            _warm_diodes(parts, kelvin, values)
        if parts.kind == "noise" and design.kelvin is not None:  # 4 k T G of the design's resistors
            values[parts.role] = values.get(parts.role, parts.values) * kelvin / ROOM_KELVIN


def _warm_diodes(parts: Parts, kelvin: float, values: dict[str, FloatArray]) -> None:
    name = f"{parts.role}.emission"
    own = (values.get(parts.role, parts.values), values.get(name, parts.parameter("emission")))
    values[parts.role], values[name] = at_temperature(*own, kelvin)
