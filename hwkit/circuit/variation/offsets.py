"""Input offsets of amplifiers, in V: the currents that they are.

    coupling    transconductor g, offset d: -g d leaves the driven node
    converter   negative resistor R between the rails, its amplifier's offset d: 2 d / R from + to
                -; with amplifiers as macromodels the current at their inputs that moves them by d

They are added to the biases, or to the sources that stand for offsets where a design has some.
"""

import numpy as np
from numpy.typing import NDArray

from hwkit.circuit.design import Design
from hwkit.circuit.parts import Parts
from hwkit.circuit.variation.entries import input_offsets
from hwkit.errors import ConfigError

FloatArray = NDArray[np.float64]

_SOURCES = "amplifier-offset"


def add_offsets(design: Design, values: dict[str, FloatArray]) -> None:
    """Turn the offsets of a board, name -> (parts,) in V, into currents, name -> (parts,) in A.

    Raises:
        ConfigError: if the design has no source that could carry them.
    """
    for parts in design.parts:
        for name in input_offsets(parts):
            if name in values:
                volts = values.pop(name)
                _add(design, values, parts, volts)


def _add(design: Design, values: dict[str, FloatArray], parts: Parts, volts: FloatArray) -> None:
    own = values.get(parts.role, parts.values)
    if parts.kind == "transconductor":
        _into(design.group("bias"), design, values, parts, -own * volts)
    elif design.has("amplifier-gain"):
        sources = design.group(_SOURCES)
        current = values.setdefault(_SOURCES, sources.values.copy())
        values[_SOURCES] = current + _siemens(design) * volts
    else:
        carrier = _SOURCES if design.has(_SOURCES) else "bias"
        if design.group(carrier).kind != "current":
            raise ConfigError(
                f"{parts.role}.offset needs a source of current at each unit; compile with "
                "bias = 'current', or with an amplifier_offset"
            )
        _into(design.group(carrier), design, values, parts, 2 * volts / own)


def _into(
    sources: Parts,
    design: Design,
    values: dict[str, FloatArray],
    parts: Parts,
    amperes: FloatArray,
) -> None:
    """Add currents that leave the first nodes of parts, (parts,), to the sources there."""
    own = values.setdefault(sources.role, sources.values.copy())
    total = np.bincount(parts.nodes[:, 0], amperes, minlength=len(design.nodes))
    values[sources.role] = own + total[sources.nodes[:, 0]]


def _siemens(design: Design) -> FloatArray | float:
    """Return what makes an amplifier's offset a current at its input."""
    if design.has("amplifier-sum"):
        return -1 / design.group("amplifier-sum").values
    return design.group("amplifier-gain").values
