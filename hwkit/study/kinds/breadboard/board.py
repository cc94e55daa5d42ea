"""The chosen machine as parts: the design with what is bought, its wiring and its bill.

The noise of a unit comes from a bit stream q = +-1 that a shift register holds for T: q A through
R_n into the + rail, -q A through another R_n into the - rail. Between the rails its one-sided
density at low frequency is 2 T A^2 / R_n^2, which must be S_I / 4; R_n is a preferred value, T is
tuned at the clock. Both R_n load their rails: they are the family's common-mode resistors.
"""

from dataclasses import dataclass, replace

import numpy as np

from hwkit.circuit import Design
from hwkit.circuit.board import designator, part_of, with_designators
from hwkit.circuit.cells.resistive import noise_density
from hwkit.circuit.converters import rail_loads
from hwkit.circuit.preferred import preferred
from hwkit.errors import DesignError
from hwkit.model import Cosh, EnergyModel
from hwkit.netlist.bom import bill_of_materials
from hwkit.study.kinds.breadboard.plan import BreadboardPlan, PartsPlan
from hwkit.study.kinds.breadboard.results import BillRow, Noise, Unit, Wire
from hwkit.trajectories import FloatArray
from hwkit.units import engineering

_INSIDE_PACKAGES = ("amplifier-capacitor", "amplifier-gain", "amplifier-offset", "supply")
_NAMES = {
    "capacitor": "capacitor, rail to ground",
    "common-mode": "noise resistor",
    "bias": "bias resistor",
    "coupling": "coupling resistor",
    "converter-input": "converter R1",
    "converter-feedback": "converter R2",
    "converter": "converter Rx",
}
_BIAS_DIVIDER = 4


@dataclass(frozen=True)
class NoiseSource:
    """The bit streams: resistor, amplitude, bit time and density at the resistor, V/sqrt(Hz)."""

    ohm: float
    volt: float
    second: float

    @property
    def density(self) -> float:
        """One-sided density of each pin's voltage at low frequency, V/sqrt(Hz)."""
        return float(self.volt * np.sqrt(2 * self.second))

    def numbers(self) -> Noise:
        """Return the numbers of the sheet."""
        return Noise(
            self.ohm,
            self.volt,
            self.second,
            1 / self.second,
            self.density,
            self.density / self.ohm,
        )


def noise_source(parts: PartsPlan, model: EnergyModel) -> NoiseSource:
    """Return the noise resistor, a preferred value, and the bit time that goes with it."""
    scale = parts.scale(diodes_of(model))
    density = noise_density(scale, model.kT)
    wanted = parts.noise_volt * np.sqrt(2 * parts.noise_second / density)
    ohm = float(preferred(wanted, parts.series))
    return NoiseSource(ohm, parts.noise_volt, density * ohm**2 / (2 * parts.noise_volt**2))


def diodes_of(model: EnergyModel) -> Cosh:
    """Return a machine's onsite energy, which must be that of diodes.

    Raises:
        DesignError: if it is another.
    """
    if not isinstance(model.onsite, Cosh):
        raise DesignError(
            f"the machine's onsite energy is {model.onsite.kind!r}; a board has diodes: train with "
            "onsite=Cosh, as a breadboard study does"
        )
    return model.onsite


def soldered_board(
    parts: PartsPlan, model: EnergyModel, gain_bandwidth: float | None = None
) -> Design:
    """Return the machine as it is soldered: preferred values, converters, designators.

    Args:
        parts: what is bought.
        model: the machine.
        gain_bandwidth: of the amplifiers, Hz; that of the parts if None.
    """
    scale, noise = parts.scale(diodes_of(model)), noise_source(parts, model)
    load = 1 / (noise.ohm * scale.siemens)
    return with_designators(parts.soldered(model, scale, load, gain_bandwidth))


def board(plan: BreadboardPlan, model: EnergyModel, gain_bandwidth: float | None = None) -> Design:
    """Return the machine as a study solders it; see `soldered_board`."""
    return soldered_board(plan.parts, model, gain_bandwidth)


def without_converters(design: Design) -> Design:
    """Return the board before Rx is fitted: passive, every rail loaded."""
    kept = tuple(group for group in design.parts if group.role != "converter")
    return replace(design, parts=kept)


def passive_statistics(plan: BreadboardPlan, design: Design) -> tuple[FloatArray, FloatArray]:
    """Return mean and standard deviation of each unit, (N,), V, before Rx is fitted.

    By linear noise theory: the diodes enter with their slope at 0 V.
    """
    model, scale = design.model, design.scale
    siemens = rail_loads(design) + 1 / plan.parts.input_ohm
    A = model.hessian(np.zeros(model.n_units)) + np.diag(siemens / scale.siemens)
    inverse = np.linalg.inv(A)
    return -scale.volt * inverse @ model.b, scale.volt * np.sqrt(model.kT * np.diag(inverse))


def wiring(design: Design) -> list[Wire]:
    """Return every coupling: its units, whether its resistors cross, their value."""
    model = design.model
    i, j, J = model.pairs()
    present = J != 0
    ohm = design.group("coupling").values[: int(present.sum())]
    names, names_of = model.unit_names, design.group("coupling").references
    return [
        Wire(
            a=names[a],
            b=names[b],
            crossed=bool(strength > 0),
            ohm=float(value),
            wanted=float(abs(strength)),
            got=float(1 / (value * design.scale.siemens)),
            resistors=" ".join(pair),
        )
        for a, b, strength, value, pair in zip(
            i[present].tolist(),
            j[present].tolist(),
            J[present].tolist(),
            ohm.tolist(),
            zip(names_of[: len(ohm)], names_of[len(ohm) :], strict=True),
            strict=True,
        )
    ]


def units(design: Design) -> list[Unit]:
    """Return the resistors of every unit: bias and to which supply, R2 and Rx."""
    model, n = design.model, design.model.n_units
    biases = dict.fromkeys(range(n), 0.0)
    if design.has("bias"):
        group = design.group("bias")
        for node, ohm in zip(group.nodes[:, 0].tolist(), group.values.tolist(), strict=True):
            biases[node % n] = ohm
    return [
        Unit(
            name=name,
            number=k + 1,
            bias=biases[k] or None,
            plus_to="" if not biases[k] else "VB−" if model.b[k] > 0 else "VB+",
            R2=float(design.group("converter-feedback").values[k]),
            Rx=float(design.group("converter").values[k]),
        )
        for k, name in enumerate(model.unit_names)
    ]


def bill(plan: BreadboardPlan, design: Design) -> list[BillRow]:
    """Return what to buy, without prices: part, value, tolerance, how many."""
    n = design.model.n_units
    rows = []
    for row in bill_of_materials(design, 4, references=design.n_elements):
        if row.role in _INSIDE_PACKAGES or row.kind == "diode" or not row.fitted:
            continue
        kind = "5 %" if row.kind == "capacitor" else "1 %"
        value = engineering(row.value, row.unit, 4)
        places = " ".join(part_of(name)[0] for name in row.references)
        rows.append(BillRow(_NAMES[row.role], value, kind, row.quantity, places))
    rows += [
        BillRow(
            f"dual Schottky diode {plan.parts.diode}, wired antiparallel",
            f"I_s {engineering(plan.parts.diode_ampere, 'A')}, n {plan.parts.diode_emission:g}",
            "–",
            n,
            _of_units("D", n),
        ),
        BillRow("dual operational amplifier", "see requirements", "–", n, _of_units("U", n)),
        BillRow(
            "quad analog switch, reset of four units",
            "on < 1 kohm",
            "–",
            -(-n // 4),
            " ".join(f"U{2 + k}" for k in range(-(-n // 4))),
        ),
        BillRow(
            "bias divider, two for VB+ and two for VB−",
            f"{plan.parts.bias_volt:g} V, below 1 kohm",
            "1 %",
            _BIAS_DIVIDER,
            " ".join(f"R{k + 1}" for k in range(_BIAS_DIVIDER)),
        ),
        BillRow("trimmer between the two resistors", "100 ohm", "–", 2, "RV1 RV2"),
    ]
    return rows


def _of_units(letter: str, n: int) -> str:
    return " ".join(designator(letter, k, 1) for k in range(n))
