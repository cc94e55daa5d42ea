"""The negative resistors of family "resistive", built from operational amplifiers and resistors.

Between the rails of a unit the machine needs a conductance that cancels what couplings, biases and
noise resistors add to each rail, G. Two inverting amplifiers do it, each driven by the other rail:

    y+ = -k v-,   k = R2 / R1,   and Rx from y+ to the + rail;   y- = -k v+,   Rx to the - rail

For v+ = -v- a rail then sees (1 - k)/Rx + 1/R1, which is -G if Rx = (k - 1) / (G + 1/R1). What both
rails have in common sees (1 + k)/Rx + 1/R1: the stage damps the common mode. R2 and Rx are chosen
together from preferred values, as near to -G as they come. An amplifier is an integrator of its
input, of a gain-bandwidth product and an input offset.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from hwkit.circuit.design import Design
from hwkit.circuit.parts import GROUND, FloatArray, IndexArray, Parts
from hwkit.circuit.preferred import preferred, series_values
from hwkit.errors import DesignError
from hwkit.ordering import smallest

AMPLIFIER_FARAD = 1e-6  # large: what an amplifier drives must not slow it
_NEIGHBOURS = 4  # preferred values on either side that are tried


@dataclass(frozen=True)
class ConverterParts:
    """What converters are made of.

    Attributes:
        input_ohm: R1, from the other rail to the inverting input.
        gain: k, about; R2 is chosen near k R1.
        gain_bandwidth: of the amplifiers, Hz.
        series: preferred values of R2 and Rx; None for exact ones.
    """

    input_ohm: float = 1e5
    gain: float = 5.0
    gain_bandwidth: float = 1e6
    series: str | None = "E96"

    def __post_init__(self) -> None:
        for name, least in (("input_ohm", 0.0), ("gain", 1.0), ("gain_bandwidth", 0.0)):
            value = getattr(self, name)
            if not least < value < np.inf:
                raise DesignError(f"converter {name} is {value!r}; it must be above {least:g}")
        if self.series is not None:
            series_values(self.series)  # refuses what is not a series

    @property
    def transconductance(self) -> float:
        """Current into the amplifier's integrating capacitor per volt at its input, S."""
        return 2 * np.pi * self.gain_bandwidth * AMPLIFIER_FARAD


def with_converters(design: Design, parts: ConverterParts) -> Design:
    """Return a design whose negative resistors are amplifiers and resistors, two of each stage.

    Raises:
        DesignError: if the design is of another family, or has converters with amplifiers already.
    """
    if not design.has("converter"):
        raise DesignError(f"this design of family {design.cell!r} has no converters to build")
    if design.has("amplifier-gain") or design.has("amplifier-offset"):
        raise DesignError("the converters have amplifiers already; compile with ideal ones")
    first, n = len(design.nodes), design.model.n_units
    rails = design.terminals.T.ravel()  # all + rails, then all - rails
    others = np.roll(rails, n)
    inputs, outputs = first + np.arange(2 * n), first + 2 * n + np.arange(2 * n)
    feedback, drive = fitted_pair(rail_loads(design), parts)
    ones, gm = np.ones(2 * n), parts.transconductance
    stage = (
        Parts("converter-input", "resistor", _pairs(others, inputs), parts.input_ohm * ones),
        Parts("converter-feedback", "resistor", _pairs(outputs, inputs), np.tile(feedback, 2)),
        Parts("converter", "resistor", _pairs(outputs, rails), np.tile(drive, 2)),
        Parts("amplifier-capacitor", "capacitor", _grounded(outputs), AMPLIFIER_FARAD * ones),
        Parts("amplifier-gain", "transconductor", _pairs(outputs, inputs), gm * ones),
        Parts("amplifier-offset", "current", _grounded(outputs), 0 * ones),
    )
    names = [f"{node}__{what}" for what in ("inverting", "output") for node in _units(design)]
    kept = tuple(group for group in design.parts if group.role != "converter")
    return replace(design, nodes=(*design.nodes, *names), parts=(*kept, *stage))


def rail_loads(design: Design) -> FloatArray:
    """Return the conductance that resistors add to each unit's rails, mean of the two, (N,), S."""
    total = np.zeros(len(design.nodes) + 1)  # the last is ground's
    for group in design.parts:
        if group.kind == "resistor" and group.role in ("common-mode", "bias", "coupling"):
            for end in group.nodes.T:
                np.add.at(total, end, 1 / group.values)
    plus, minus = design.terminals.T
    return np.asarray((total[plus] + total[minus]) / 2)


def fitted_pair(loads: FloatArray, parts: ConverterParts) -> tuple[FloatArray, FloatArray]:
    """Return R2 and Rx of each unit, (N,) each, whose stage comes nearest to -loads."""
    wanted = loads + 1 / parts.input_ohm
    if parts.series is None:
        return np.full(loads.size, parts.gain * parts.input_ohm), (parts.gain - 1) / wanted
    step = 10 ** (1 / len(series_values(parts.series)))
    around = step ** np.arange(-_NEIGHBOURS, _NEIGHBOURS + 1.0)
    feedback = preferred(parts.gain * parts.input_ohm * around, parts.series)
    gains = feedback / parts.input_ohm
    found = np.empty((2, loads.size))
    for unit, siemens in enumerate(wanted.tolist()):
        drive = preferred((gains - 1)[:, None] / siemens * around[None, :], parts.series)
        errors = np.abs((gains - 1)[:, None] / drive - siemens)
        row, column = np.unravel_index(smallest(errors), errors.shape)
        found[:, unit] = feedback[row], drive[row, column]
    return found[0], found[1]


def _units(design: Design) -> list[str]:
    return [design.nodes[k] for k in design.terminals.T.ravel()]


def _pairs(a: IndexArray, b: IndexArray) -> IndexArray:
    return np.stack([a, b], axis=1)


def _grounded(nodes: IndexArray) -> IndexArray:
    return np.stack([nodes, np.full_like(nodes, GROUND)], axis=1)


def settled(design: Design) -> Design:
    """Return a board with amplifiers that settle at once: no nodes of their own, the same currents.

    What leaves a rail is then v/Rx + k v'/Rx, v' the other rail, and v/R1 for the other's stage;
    an input offset is a constant current. For many boards of amplifiers that are fast enough.
    """
    rails = design.terminals.T.ravel()
    values = settled_values(design, {g.role: g.values[None] for g in design.parts})
    stage = (
        Parts("converter", "resistor", _grounded(rails), values["converter"][0]),
        Parts(
            "converter-input",
            "resistor",
            _grounded(np.roll(rails, rails.size // 2)),
            values["converter-input"][0],
        ),
        Parts(
            "converter-cross",
            "transconductor",
            _pairs(rails, np.roll(rails, rails.size // 2)),
            values["converter-cross"][0],
        ),
        Parts("converter-offset", "current", _grounded(rails), values["converter-offset"][0]),
    )
    dropped = ("converter", "amplifier")
    kept = tuple(g for g in design.parts if not g.role.startswith(dropped))
    n = len(design.nodes) - 2 * rails.size
    return replace(design, nodes=design.nodes[:n], parts=(*kept, *stage))


def settled_values(design: Design, values: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    """Return values of boards (boards, parts) of `with_converters` as those of `settled`."""

    def of(role: str) -> FloatArray:
        return values[role] if role in values else design.group(role).values[None]

    source, feedback, drive = (of(f"converter{end}") for end in ("-input", "-feedback", ""))
    volt = of("amplifier-offset") / design.group("amplifier-gain").values
    gain, half = feedback / source, drive.shape[1] // 2
    offset = (1 + gain) * volt / drive + np.roll(volt / source, half, axis=1)
    kept = {k: v for k, v in values.items() if not k.startswith(("converter", "amplifier"))}
    return {
        **kept,
        "converter": drive,
        "converter-input": source,
        "converter-cross": gain / drive,
        "converter-offset": offset,
    }
