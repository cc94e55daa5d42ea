"""The controls of a bench page, and what they mean: a design and a variation for their values.

Page and Python make the same boards of the same values: `affected_design` and `variation` are the
definition, the page's engine follows them. A control that is off has the value None.

    spread        deviations `value` times those of its entry; 0 is none
    factor        values of some roles times `value`
    saturation    s of the couplings' g s tanh(v / s), in V (family rc)
    supply        voltage beyond which a node is clamped (family rc)
    temperature   degrees Celsius: parts by their classes, diodes by their physics
    bits          bits of the couplings
    mismatch      of transistors, times the foundry's; the boards were measured at some choices
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from scipy.constants import zero_Celsius

from hwkit.circuit import Design, RcOptions, Scale, compile_model
from hwkit.circuit.variation import (
    Environment,
    Quantised,
    Spread,
    Thermal,
    Variation,
    matching,
    value_names,
)
from hwkit.circuit.variation.distributions import Normal
from hwkit.circuit.variation.grades import usual_thermals
from hwkit.errors import ConfigError
from hwkit.units import ROOM_CELSIUS

Kind = Literal["spread", "factor", "saturation", "supply", "temperature", "bits", "mismatch"]
Values = Mapping[str, float | None]

_ROUNDING = 1e-9  # of a range: positions of a slider are sums


@dataclass(frozen=True)
class Control:
    """One thing that can be turned.

    Attributes:
        name: by which values name it; of a spread its entry's.
        title: for people.
        kind: what it does.
        unit: of its value; "" for a ratio.
        low, high, step: its range and the distance of its positions.
        value: where it is at first; None for off.
        off: whether it can be off.
        entry: of a spread, with deviations that `value` multiplies.
        roles: of a factor or of bits, the parts.
        thermals: of the temperature, what parts do with it.
        siemens: of a supply, the conductance of the clamps.
        choices: of a mismatch, the values that it can have.
    """

    name: str
    title: str
    kind: Kind
    unit: str
    low: float
    high: float
    step: float
    value: float | None
    off: bool = False
    entry: Spread | None = None
    roles: tuple[str, ...] = ()
    thermals: tuple[Thermal, ...] = ()
    siemens: float = 0.0
    choices: tuple[float, ...] = ()


def spread_control(
    entry: Spread, title: str, high: float, unit: str = "", value: float = 0.0
) -> Control:
    """Return the control of a spread, from 0 to `high` times its entry's deviations.

    Args:
        entry: the spread.
        title: for people.
        high: end of the range.
        unit: of the value; "" for a ratio.
        value: where it is at first.
    """
    return Control(entry.name, title, "spread", unit, 0.0, high, high / 200, value, entry=entry)


def default_controls(design: Design, options: object = None) -> tuple[Control, ...]:
    """Return the controls of a design: what its family has an equation for.

    `options`: those the design was compiled with; None for ideal parts.
    """
    if design.cell == "silicon":  # what mismatch does is measured, board by board
        return (_noise_power(),)
    controls = [*_spreads(design), _noise_power()]
    if design.cell == "rc":
        controls += _limits(design, options if isinstance(options, RcOptions) else RcOptions())
    thermals = usual_thermals(design)
    controls += [
        Control("temperature", "Temperature", "temperature", "°C", -20.0, 85.0, 1.0, ROOM_CELSIUS,
                thermals=thermals),
        Control("bits", "Bits of the couplings", "bits", "bits", 2.0, 12.0, 1.0, None, True,
                roles=("coupling",)),
    ]  # fmt: skip
    return tuple(controls)


def _spreads(design: Design) -> list[Control]:
    names = value_names(design)

    def unit(name: str, parts: str, relative: bool = True) -> Spread:
        return Spread(name, parts, Normal(1.0), relative)

    found = [spread_control(unit("couplings", "coupling"), "Couplings, mismatch", 0.2)]
    offsets = [name for name in ("coupling.offset", "converter.offset") if name in names]
    found += [
        spread_control(unit("offsets", name, False), "Offsets", 0.02, "V") for name in offsets
    ]
    found += [
        spread_control(unit("capacitors", "capacitor"), "Capacitors", 0.2),
        spread_control(unit("onsite", "onsite-*"), "Onsite parts", 0.2),
        spread_control(unit("noise", "noise"), "Noise sources, mismatch", 0.4),
    ]
    if "converter" in names:
        found.append(spread_control(unit("converters", "converter"), "Converters", 0.02))
    return found


def _noise_power() -> Control:
    return Control(
        "noise power", "Noise power", "factor", "", 0.0, 4.0, 0.05, 1.0, roles=("noise",)
    )


def _limits(design: Design, options: RcOptions) -> list[Control]:
    """Return saturation and supply: from where they decide to where they hardly matter."""
    if options.offset_volt:  # a current of its own, or the tanh's offset: not a slider's to choose
        return []
    volt = design.scale.volt
    s, supply = options.saturation_volt, options.supply_volt
    return [
        Control("saturation", "Saturation of couplings", "saturation", "V", volt / 5, 10 * volt,
                volt / 10, None if np.isinf(s) else s, True),
        Control("supply", "Supply", "supply", "V", volt / 5, 10 * volt, volt / 10,
                None if np.isinf(supply) else supply, True,
                siemens=options.clamp_siemens),
    ]  # fmt: skip


def checked_values(controls: Sequence[Control], values: Values) -> dict[str, float | None]:
    """Return a value for every control; those that are not named are where they are at first.

    Raises:
        ConfigError: if a name is unknown or a value is out of range.
    """
    known = {control.name: control for control in controls}
    for name, value in values.items():
        if name not in known:
            raise ConfigError(f"control {name!r} is unknown; choose one of {', '.join(known)}")
        control = known[name]
        if value is None and control.off:
            continue
        if control.choices and value not in control.choices:
            known_values = ", ".join(f"{each:g}" for each in control.choices)
            raise ConfigError(f"control {name!r} is {value!r}; choose one of {known_values}")
        slack = _ROUNDING * (control.high - control.low)
        if value is None or not control.low - slack <= value <= control.high + slack:
            raise ConfigError(
                f"control {name!r} is {value!r}; give {control.low:g} to {control.high:g}"
            )
        if control.kind == "bits" and value != round(value):
            raise ConfigError(f"control {name!r} is {value!r}; give a whole number")
    return {name: values.get(name, control.value) for name, control in known.items()}


def affected_design(
    design: Design, options: object, controls: Sequence[Control], values: Values
) -> Design:
    """Return the design with saturation, supply and noise power at their values.

    Args:
        design: as described.
        options: those it was compiled with; None for ideal parts.
        controls: of the page.
        values: name -> value of controls; the others are where they are at first.
    """
    complete = checked_values(controls, values)
    changed: dict[str, Any] = {}
    factors: dict[str, float] = {}
    for control in controls:
        value = complete[control.name]
        if control.kind in ("saturation", "supply"):
            changed[f"{control.kind}_volt"] = np.inf if value is None else value
        if control.kind == "factor":
            factors |= dict.fromkeys(control.roles, 1.0 if value is None else value)
    if changed:
        own = options if isinstance(options, RcOptions) else RcOptions()
        scale = Scale(design.scale.volt, design.scale.second, design.scale.farad)
        design = compile_model(design.model, "rc", scale, replace(own, **changed))
    parts = tuple(
        replace(group, values=group.values * factors.get(group.role, 1.0)) for group in design.parts
    )
    return replace(design, parts=parts)


def variation(controls: Sequence[Control], values: Values) -> Variation:
    """Return what varies between boards at some values of the controls."""
    complete = checked_values(controls, values)
    spreads: list[Spread] = []
    bits: list[Quantised] = []
    environment, thermals = Environment(), tuple[Thermal, ...]()
    for control in controls:
        value = complete[control.name]
        if value is None:
            continue
        if control.entry is not None and value != 0:
            distribution = control.entry.distribution.scaled(value)
            spreads.append(replace(control.entry, distribution=distribution))
        elif control.kind == "bits":
            bits += [Quantised(role, int(value)) for role in control.roles]
        elif control.kind == "temperature":
            environment, thermals = Environment(value + zero_Celsius), control.thermals
    return Variation(
        tuple(spreads), quantised=tuple(bits), environment=environment, thermals=thermals
    )


def targets(design: Design, control: Control) -> list[str]:
    """Return the names of the values that a control's spread means."""
    return [] if control.entry is None else matching(design, control.entry.parts)
