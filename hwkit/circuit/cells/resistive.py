"""Family "resistive": two rails per unit, resistors for couplings, antiparallel diodes onsite.

Each rail has a capacitor C to ground, and v_i = v_i+ - v_i- = V0 x_i. With G0 = C / tau:

    coupling    two resistors of |J_ij| G0: straight (+ to +, - to -) gives J_ij < 0, crossed > 0;
                either adds |J_ij| G0 to the differential conductance of both cells
    common mode a resistor of G_cm from each rail to ground: adds G_cm
    bias        b_i I0 / 2 from the + rail to the - rail, or resistors from the rails to supplies
    onsite      antiparallel diodes between the rails, I_s = J2 G0 n V_T / 2:
                U(x) = (2 J2 / r^2) (cosh(r x) - 1), r = V0 / (n V_T); none if the energy is 0
    converter   a negative conductance between the rails that cancels all added conductance
    noise       one source between the rails, one-sided PSD S_I / 4

An element between the rails counts twice: C dv/dt = -2 i, i the current from + to -.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from itertools import accumulate
from typing import Any, Literal

import numpy as np

from hwkit.circuit.cells.drawing import FONT, room
from hwkit.circuit.cells.family import Family
from hwkit.circuit.design import Design
from hwkit.circuit.nodes import safe_nodes
from hwkit.circuit.parts import GROUND, FloatArray, IndexArray, Parts
from hwkit.circuit.preferred import preferred, series_values
from hwkit.circuit.scale import Scale
from hwkit.circuit.separation import separate_resistors
from hwkit.errors import DesignError
from hwkit.model import Cosh, EnergyModel, Quartic
from hwkit.units import THERMAL_VOLT, engineering

NAME = "resistive"
_BETWEEN = {  # parts between the rails of a unit: label in the schematic
    "onsite-diode": "I_s, U′(x)",
    "bias": "bᵢ I₀/2",
    "noise": "noise, S_I/4",
    "converter": "−2/(G_cm + Σ|J| G₀)",
}
_OF_RAILS = {  # parts that each rail has of its own
    "capacitor": "C",
    "common-mode": "1/G_cm",
    "coupling": "1/(|Jᵢⱼ| G₀)",
}
_RAILS = 3.0  # distance of the rails in the schematic
_SUM_SIEMENS = 1e-3  # of the node where an amplifier's inputs meet; its size does not matter


@dataclass(frozen=True)
class ResistiveOptions:
    """How real the parts are; the defaults are ideal ones.

    Attributes:
        common_mode: G_cm in units of G0.
        series: preferred values ("E12" to "E192") that all resistors are snapped to; None: exact.
        converter_error: relative error of every converter's conductance.
        gain_bandwidth: of the converter's amplifiers, Hz.
        slew_rate: of the converter's amplifiers, V/s.
        amplifier_offset: input offset of the converter's amplifiers, V.
        bias: "current" sources, or "resistor" pairs to supplies of +-supply_volt.
        supply_volt: of the bias resistors.
    """

    common_mode: float = 1.0
    series: str | None = None
    converter_error: float = 0.0
    gain_bandwidth: float = np.inf
    slew_rate: float = np.inf
    amplifier_offset: float = 0.0
    bias: Literal["current", "resistor"] = "current"
    supply_volt: float = 5.0

    def __post_init__(self) -> None:
        for name in ("common_mode", "gain_bandwidth", "slew_rate", "supply_volt"):
            if not getattr(self, name) > 0:
                raise DesignError(
                    f"resistive option {name} is {getattr(self, name)!r}; it must be above 0"
                )
        if not self.converter_error > -1:
            raise DesignError(
                f"resistive option converter_error is {self.converter_error!r}; it must be above -1"
            )
        if self.bias not in ("current", "resistor"):
            raise DesignError(
                f"resistive option bias is {self.bias!r}; choose 'current' or 'resistor'"
            )
        if self.series is not None:
            series_values(self.series)  # refuses what is not a series

    @property
    def ideal_converter(self) -> bool:
        """Whether converters are negative resistors rather than amplifiers."""
        return bool(np.all(np.isinf((self.gain_bandwidth, self.slew_rate))))

    def describe(self) -> str:
        """Return the options that are not ideal as one line for people."""
        changed = [f.name for f in fields(self) if getattr(self, f.name) != f.default]
        return ", ".join(f"{name} = {getattr(self, name)}" for name in changed) or "ideal"

    def snapped(self, ohm: FloatArray) -> FloatArray:
        """Return resistances, ohm, of any shape as they are to be had."""
        return ohm if self.series is None else preferred(ohm, self.series)


IDEAL = ResistiveOptions()


@dataclass(frozen=True)
class _Board:
    """What all parts of a design have in common."""

    model: EnergyModel
    scale: Scale
    options: ResistiveOptions

    @property
    def rails(self) -> tuple[IndexArray, IndexArray]:
        """The + and the - rail of each unit."""
        n = self.model.n_units
        return np.arange(n), n + np.arange(n)

    @property
    def amplifiers(self) -> tuple[IndexArray, IndexArray]:
        """Half the output voltage of each unit's amplifiers, and the difference of their inputs."""
        n = self.model.n_units
        return 2 * n + np.arange(n), 3 * n + np.arange(n)

    @property
    def supplies(self) -> tuple[int, int]:
        """The positive and the negative supply of the bias resistors."""
        first = self.model.n_units * (2 if self.options.ideal_converter else 4)
        return first, first + 1

    @property
    def names(self) -> tuple[str, ...]:
        """Name of every node."""
        units, options = safe_nodes(self.model.unit_names), self.options
        kinds = ["p", "n"] if options.ideal_converter else ["p", "n", "amplifier", "error"]
        names = tuple(f"{unit}__{kind}" for kind in kinds for unit in units)
        return names + (("hwkit__vdd", "hwkit__vss") if options.bias == "resistor" else ())


def compile_resistive(
    model: EnergyModel, scale: Scale, options: ResistiveOptions = IDEAL
) -> Design:
    """Compile a machine whose onsite energy diodes make.

    Raises:
        DesignError: if the onsite energy is neither 0, linear in force, nor a cosh of one r.
    """
    board = _Board(model, scale, options)
    between, rails = np.stack(board.rails, axis=1), np.concatenate(board.rails)
    common_ohm = options.snapped(np.full(rails.size, 1 / (options.common_mode * scale.siemens)))
    loads = [
        Parts("common-mode", "resistor", _grounded(rails), common_ohm),
        *_biases(board),
        _couplings(board),
    ]
    density = np.full(model.n_units, noise_density(scale, model.kT))
    parts = (
        Parts("capacitor", "capacitor", _grounded(rails), np.full(rails.size, scale.farad)),
        *_onsite(board),
        *loads,
        *_converters(board, _surplus(board, loads)),
        Parts("noise", "noise", between, density),
    )
    amplified = np.zeros((0, 2), dtype=np.intp)
    if not options.ideal_converter:
        parts += _amplifiers(board)
        amplified = np.stack([board.amplifiers[0], board.rails[0]], axis=1)
    return Design(model, NAME, scale, board.names, between, parts, amplified)


def noise_density(scale: Scale, kT: float) -> float:
    """Return the one-sided density of the source between a unit's rails, A^2/Hz."""
    return scale.noise_psd(kT) / 4


def _grounded(nodes: IndexArray) -> IndexArray:
    return np.stack([nodes, np.full_like(nodes, GROUND)], axis=1)


def _onsite(board: _Board) -> list[Parts]:
    onsite, n, scale = board.model.onsite, board.model.n_units, board.scale
    plus, minus = board.rails
    if isinstance(onsite, Quartic) and np.all(onsite.J4 == 0):
        linear = np.broadcast_to(onsite.J2, n)
        some = linear != 0
        ohm = board.options.snapped(1 / (linear[some] * scale.siemens))
        return [Parts("onsite-linear", "resistor", np.stack([plus, minus], axis=1)[some], ohm)]
    if not isinstance(onsite, Cosh) or np.ptp(onsite.r) > 0:
        raise DesignError(
            "family resistive makes its onsite energy of identical diodes, but the machine's is "
            f"{onsite.kind!r}; train it with onsite=Cosh.from_quartic(J2, J4), one for all units"
        )
    slope_volt = scale.volt / float(np.max(onsite.r))  # n V_T
    ampere = np.broadcast_to(onsite.J2, n) * scale.siemens * slope_volt / 2
    parameters = {"emission": np.array(slope_volt / THERMAL_VOLT)}
    ends = np.stack([np.concatenate([plus, minus]), np.concatenate([minus, plus])], axis=1)
    return [Parts("onsite-diode", "diode", ends, np.tile(ampere, 2), parameters)]


def _couplings(board: _Board) -> Parts:
    i, j, J = board.model.pairs()
    n, present = board.model.n_units, J != 0
    i, j, J = i[present], j[present], J[present]
    far = np.where(J < 0, 0, n)  # straight or crossed
    ends = [np.stack([i, j + far], axis=1), np.stack([i + n, j + n - far], axis=1)]
    ohm = board.options.snapped(1 / (np.abs(J) * board.scale.siemens))
    return Parts("coupling", "resistor", np.concatenate(ends), np.tile(ohm, 2))


def _biases(board: _Board) -> list[Parts]:
    b, options = board.model.b, board.options
    plus, minus = board.rails
    ampere = b * board.scale.ampere / 2
    if options.bias == "current":
        return [Parts("bias", "current", np.stack([plus, minus], axis=1), ampere)]
    some = b != 0
    ohm = options.snapped(options.supply_volt / np.abs(ampere[some]))
    # A positive bias pulls the + rail down and the - rail up.
    low, high = np.where(b > 0, [plus, minus], [minus, plus])[:, some]
    vdd, vss = board.supplies
    ends = [
        np.stack([rail, np.full_like(rail, to)], axis=1) for rail, to in ((high, vdd), (low, vss))
    ]
    volts = options.supply_volt * np.array([1.0, -1.0])
    return [
        Parts("supply", "voltage", _grounded(np.array(board.supplies)), volts),
        Parts("bias", "resistor", np.concatenate(ends), np.tile(ohm, 2)),
    ]


def _surplus(board: _Board, loads: list[Parts]) -> FloatArray:
    """Return the differential conductance that resistors add to each unit, (N,), S."""
    total = np.zeros(len(board.names) + 1)  # the last is ground's
    for parts in loads:
        if parts.kind == "resistor":
            for end in parts.nodes.T:
                np.add.at(total, end, 1 / parts.values)
    plus, minus = board.rails
    return np.asarray((total[plus] + total[minus]) / 2)


def _converters(board: _Board, surplus: FloatArray) -> list[Parts]:
    """Return what draws -(1 + error) surplus / 2 times the voltage from rail to rail."""
    between = np.stack(board.rails, axis=1)
    ohm = board.options.snapped(2 / (surplus * (1 + board.options.converter_error)))
    if board.options.ideal_converter:
        ampere = -2 * board.options.amplifier_offset / ohm  # the output is at twice the input
        offset = Parts("amplifier-offset", "current", between, ampere)
        converter = Parts("converter", "resistor", between, -ohm)
        return [converter, offset] if board.options.amplifier_offset else [converter]
    # A resistor from each rail to an amplifier whose output is at twice the difference.
    plus, minus = board.rails
    output, _ = board.amplifiers
    into_plus, into_minus = np.stack([plus, output], axis=1), np.stack([minus, output], axis=1)
    return [
        Parts("converter", "resistor", between, ohm),
        Parts("converter-plus", "transconductor", into_plus, -2 / ohm),
        Parts("converter-minus", "transconductor", into_minus, 2 / ohm),
    ]


def _amplifiers(board: _Board) -> tuple[Parts, ...]:
    """Return macromodels of the amplifiers: gain-bandwidth, slew rate, input offset.

    With y the output, u its half and v the voltage between the rails:

        e = v - u + offset,   du/dt = slew/2 tanh(2 pi GBW e / slew)

    so that y settles at 2 (v + offset).
    """
    options, n = board.options, board.model.n_units
    if np.isinf(options.gain_bandwidth):
        raise DesignError(
            "resistive option slew_rate needs a finite gain_bandwidth, in Hz; give both"
        )
    (plus, minus), (half, inputs) = board.rails, board.amplifiers
    rate = 2 * np.pi * options.gain_bandwidth
    gain = np.full(n, -board.scale.farad * rate / 2)
    shape = {"volt": np.array(options.slew_rate / rate), "offset": np.array(0.0)}
    drive = np.stack([half, inputs], axis=1)
    ones = np.full(n, _SUM_SIEMENS)
    ends = np.concatenate([np.stack([inputs, c], axis=1) for c in (plus, minus, half)])
    return (
        Parts("amplifier-capacitor", "capacitor", _grounded(half), np.full(n, board.scale.farad)),
        Parts("amplifier-gain", "transconductor", drive, gain)
        if np.isinf(options.slew_rate)
        else Parts("amplifier-gain", "saturating", drive, gain, shape),
        Parts("amplifier-input", "transconductor", ends, np.concatenate([-ones, ones, ones])),
        Parts("amplifier-sum", "resistor", _grounded(inputs), 1 / ones),
        Parts("amplifier-offset", "current", _grounded(inputs), -options.amplifier_offset * ones),
    )


def _draw_resistive(drawing: Any, elements: Any, scale: Scale | None) -> None:
    """Draw the two rails: what lies between them, and what each of them has of its own."""
    between, own = list(_BETWEEN.values()), list(_OF_RAILS.values())
    if scale is not None:
        ohm = engineering(1 / scale.siemens, "Ω")
        between = [
            _BETWEEN["onsite-diode"],
            f"bᵢ × {engineering(scale.ampere / 2, 'A')}",
            f"kT × {noise_density(scale, 1.0):.3g} A²/Hz",
            f"−2 × {ohm}/(G_cm/G₀ + Σ|J|)",
        ]
        own = [engineering(scale.farad, "F"), _OF_RAILS["common-mode"], f"{ohm}/|Jᵢⱼ|"]
    parts = (elements.Diode, elements.SourceI, elements.SourceI, elements.Resistor)
    places = list(accumulate(between, lambda x, label: x + room(label), initial=1.7))
    for rail, y in (("+", 0.0), ("−", -_RAILS)):
        drawing += elements.Dot(open=True).at((0.0, y)).label(f"xᵢ {rail}", "left")
        drawing += elements.Line().at((0.0, y)).right().length(places[-2])
    for part, value, x in zip(parts, between, places, strict=False):
        branch = part().at((x, 0.0)).down().length(_RAILS)
        drawing += branch.label(value, "bottom", fontsize=FONT)
    last = room(between[-1]) - 0.3  # for the last label
    drawing += elements.Gap().at((places[-2], 0.0)).right().length(last)
    x = places[0] - 0.8  # the antiparallel twin of the diode
    drawing += elements.Diode().at((x, -_RAILS)).up().length(_RAILS)
    _draw_own(drawing, elements, own)


def _draw_own(drawing: Any, elements: Any, values: Sequence[str]) -> None:
    """Draw what each rail has of its own: upwards from the upper one, downwards from the other."""
    x = 2.7
    for part, value in zip(
        (elements.Capacitor, elements.Resistor, elements.Resistor), values, strict=True
    ):
        coupling = value == values[-1]
        up = part().at((x, 0.0)).up().length(2.0).label(value, "bottom", fontsize=FONT)
        drawing += up
        if coupling:
            drawing += elements.Dot(open=True).label("xⱼ + or −", "top", fontsize=FONT)
        else:
            drawing += elements.Ground().at((x, 2.0)).flip()
        down = part().at((x, -_RAILS)).down().length(2.0).label(value, "bottom", fontsize=FONT)
        drawing += down
        if coupling:
            drawing += elements.Dot(open=True).label("xⱼ − or +", "bottom", fontsize=FONT)
        else:
            drawing += elements.Ground()
        x += room(value)


def _advise(design: Design) -> tuple[str, ...]:
    needs = design.realisability
    if needs.passive:
        return ()
    return (
        f"converters must cancel up to {needs.coupling_sum_max:.3g} G0 of loading: a sparser graph "
        "or weaker couplings load less",
    )


FAMILY = Family(
    NAME,
    ResistiveOptions,
    compile_resistive,
    _draw_resistive,
    _BETWEEN | _OF_RAILS,
    advise=_advise,
    separate=separate_resistors,
)
