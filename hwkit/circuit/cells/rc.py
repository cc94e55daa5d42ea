"""Family "rc": a capacitor per unit, transconductors for everything linear.

Node i, with v = V0 x and t in seconds:

    C dv/dt = -2 J2 G0 v - (4 J4 G0 / V0^2) v^3 - b_i I0 - sum_j J_ij G0 v_j + i_noise

which is tau dx/dt = -dV/dx + noise. Both signs of every coefficient are realisable, nothing loads
anything, and each direction of a coupling is an element of its own. `RcOptions` lays over that what
real transconductors do; without options every part is ideal.
"""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from hwkit.circuit.cells.drawing import draw_branches
from hwkit.circuit.cells.family import Family
from hwkit.circuit.design import Design
from hwkit.circuit.nodes import safe_nodes
from hwkit.circuit.parts import GROUND, FloatArray, IndexArray, Parts
from hwkit.circuit.preferred import preferred, series_values
from hwkit.circuit.scale import Scale
from hwkit.errors import DesignError
from hwkit.model import EnergyModel, Quartic
from hwkit.units import engineering

NAME = "rc"
_SYMBOLS = {
    "capacitor": "C",
    "onsite-linear": "2 J₂ G₀ v",
    "onsite-cubic": "(4 J₄ G₀/V₀²) v³",
    "bias": "bᵢ I₀",
    "coupling": "Jᵢⱼ G₀ vⱼ",
    "noise": "noise",
}


@dataclass(frozen=True)
class RcOptions:
    """What real transconductors and nodes do; the defaults switch all of it off.

    Attributes:
        output_ohm: output resistance of each coupling's transconductor; it loads the driven node.
        saturation_volt: s of a coupling's output current g s tanh(v / s).
        offset_volt: input offset of every coupling's transconductor.
        driver_second: time constant of the follower through which a unit drives its couplings.
        parasitic_farad: capacitance that each node has beside C.
        supply_volt: beyond it a node is clamped to the supply.
        clamp_siemens: conductance of that clamp.
        series: preferred values ("E12" to "E192") that the couplings are snapped to; None: exact.
    """

    output_ohm: float = np.inf
    saturation_volt: float = np.inf
    offset_volt: float = 0.0
    driver_second: float = 0.0
    parasitic_farad: float = 0.0
    supply_volt: float = np.inf
    clamp_siemens: float = 1e-3
    series: str | None = None

    def __post_init__(self) -> None:
        for name in ("output_ohm", "saturation_volt", "supply_volt", "clamp_siemens"):
            if not getattr(self, name) > 0:
                raise DesignError(
                    f"rc option {name} is {getattr(self, name)!r}; it must be above 0"
                )
        for name in ("driver_second", "parasitic_farad"):
            if not 0 <= getattr(self, name) < np.inf:
                raise DesignError(
                    f"rc option {name} is {getattr(self, name)!r}; give a number >= 0"
                )
        if not np.isfinite(self.offset_volt):
            raise DesignError(f"rc option offset_volt is {self.offset_volt!r}; it must be finite")
        if self.series is not None:
            series_values(self.series)  # refuses what is not a series

    def describe(self) -> str:
        """Return the options that are not ideal as one line for people."""
        changed = [f.name for f in fields(self) if getattr(self, f.name) != f.default]
        return ", ".join(f"{name} = {getattr(self, name)}" for name in changed) or "ideal"


IDEAL = RcOptions()


def compile_rc(model: EnergyModel, scale: Scale, options: RcOptions = IDEAL) -> Design:
    """Compile a quartic machine; exact, whatever its couplings, if no options are set.

    Raises:
        DesignError: if the onsite energy is not quartic.
    """
    if not isinstance(model.onsite, Quartic):
        raise DesignError(
            f"family rc needs a quartic onsite energy, not {model.onsite.kind!r}; family resistive "
            "makes a cosh of diodes"
        )
    n = model.n_units
    unit = np.arange(n)[:, None]
    own, grounded = np.hstack([unit, unit]), np.hstack([unit, np.full_like(unit, GROUND)])
    J2, J4 = np.broadcast_to(model.onsite.J2, n), np.broadcast_to(model.onsite.J4, n)
    parts = [
        Parts("capacitor", "capacitor", grounded, np.full(n, scale.farad)),
        Parts("onsite-linear", "transconductor", own, 2 * J2 * scale.siemens),
        Parts("onsite-cubic", "cubic", grounded, 4 * J4 * scale.siemens / scale.volt**2),
        Parts("bias", "current", grounded, model.b * scale.ampere),
        _couplings(model, scale, options),
        *_imperfections(model, scale, options),
        Parts("noise", "noise", grounded, np.full(n, scale.noise_psd(model.kT))),
    ]
    nodes, followers = safe_nodes(model.unit_names), np.zeros((0, 2), dtype=np.intp)
    if options.driver_second:
        nodes += tuple(f"{node}__driver" for node in nodes)
        followers = np.hstack([n + unit, unit])
    return Design(model, NAME, scale, nodes, grounded, tuple(parts), followers)


def _directions(model: EnergyModel) -> tuple[IndexArray, FloatArray]:
    """Return (driven, driving) units and J of each direction of each coupling."""
    rows, columns, couplings = model.pairs()
    ends = [np.concatenate([rows, columns]), np.concatenate([columns, rows])]
    return np.stack(ends, axis=1), np.tile(couplings, 2)


def _couplings(model: EnergyModel, scale: Scale, options: RcOptions) -> Parts:
    directions, couplings = _directions(model)
    if options.driver_second:
        directions[:, 1] += model.n_units
    siemens = couplings * scale.siemens
    if options.series is not None:
        siemens = preferred(siemens, options.series)
    if np.isinf(options.saturation_volt):
        return Parts("coupling", "transconductor", directions, siemens)
    shape = {"volt": options.saturation_volt, "offset": options.offset_volt}
    parameters = {name: np.array(value) for name, value in shape.items()}
    return Parts("coupling", "saturating", directions, siemens, parameters)


def _imperfections(model: EnergyModel, scale: Scale, options: RcOptions) -> list[Parts]:
    n, unit = model.n_units, np.arange(model.n_units)
    grounded = np.stack([unit, np.full(n, GROUND)], axis=1)
    directions, couplings = _directions(model)
    parts = []
    if np.isfinite(options.output_ohm):
        inputs = np.bincount(directions[:, 0], minlength=n)
        loaded = inputs > 0
        ohm = options.output_ohm / inputs[loaded].astype(np.float64)
        parts.append(Parts("output-resistance", "resistor", grounded[loaded], ohm))
    if options.offset_volt and np.isinf(options.saturation_volt):
        total = np.bincount(directions[:, 0], couplings, minlength=n)
        amperes = -options.offset_volt * scale.siemens * total.astype(np.float64)
        parts.append(Parts("offset", "current", grounded, amperes))
    if options.parasitic_farad:
        extra = np.full(n, options.parasitic_farad)
        parts.append(Parts("parasitic", "capacitor", grounded, extra))
    if np.isfinite(options.supply_volt):
        limit = {"volt": np.array(options.supply_volt)}
        siemens = np.full(n, options.clamp_siemens)
        parts.append(Parts("supply-clamp", "limiter", grounded, siemens, limit))
    if options.driver_second:
        parts += _drivers(n, scale, options)
    return parts


def _drivers(n: int, scale: Scale, options: RcOptions) -> list[Parts]:
    """Return the followers: C dv_d/dt = -(v_d - v) C / time constant."""
    driver, unit = n + np.arange(n), np.arange(n)
    grounded = np.stack([driver, np.full(n, GROUND)], axis=1)
    siemens = np.full(n, scale.farad / options.driver_second)
    return [
        Parts("driver-capacitor", "capacitor", grounded, np.full(n, scale.farad)),
        Parts("driver-load", "resistor", grounded, 1 / siemens),
        Parts("driver-input", "transconductor", np.stack([driver, unit], axis=1), -siemens),
    ]


def _draw_rc(drawing: Any, elements: Any, scale: Scale | None) -> None:
    """Draw node x_i with its branches to ground: currents that leave it point down."""
    values = list(_SYMBOLS.values())
    if scale is not None:
        units = [
            engineering(scale.farad, "F"),
            engineering(scale.siemens, "S"),
            engineering(scale.siemens / scale.volt**2, "A/V³"),
            engineering(scale.ampere, "A"),
            engineering(scale.siemens, "S"),
            f"{scale.noise_psd(1.0):.3g} A²/Hz",
        ]
        factors = ["", "2 J₂ v × ", "4 J₄ v³ × ", "bᵢ × ", "Jᵢⱼ vⱼ × ", "kT × "]
        values = [factor + unit for factor, unit in zip(factors, units, strict=True)]
    branches = (
        elements.Capacitor,
        elements.SourceControlledI,
        elements.SourceControlledI,
        elements.SourceI,
        elements.SourceControlledI,
        elements.SourceI,
    )
    draw_branches(drawing, elements, "xᵢ", branches, values)


FAMILY = Family(
    NAME,
    RcOptions,
    compile_rc,
    _draw_rc,
    _SYMBOLS,
    starts_up=True,
    gates=True,
)
