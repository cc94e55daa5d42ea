"""The energy of one sample, line by line, and what the lines leave out.

Four kinds of line, never mixed up:

    model    heat of the dimensionless machine times C V0^2: Q C V0^2, Q = V(x0) - V(x_T)
    circuit  energy that a class of elements takes up in SPICE (`dissipation`); these sum to 0
    supply   what active elements draw at the supply voltage to do that
    price    readout, weight writing, noise: a number times a price with a source

Only supply and price lines are added up: passive elements dissipate what active ones and noise
sources have brought in, and the model's heat is no electrical energy (in the families rc and
resistive it is not even part of one). Active are transconductors of any law, cubics, current
sources and negative resistors. Class A draws the peak current of each element all the time; class
B, a lower bound, the current itself: V_supply times the integral of |i|.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hwkit.circuit import Design
from hwkit.energy.dissipation import Dissipation
from hwkit.energy.laws import CONTROLLED
from hwkit.energy.prices import Prices

FloatArray = NDArray[np.float64]
Stage = Literal["A", "B"]
Basis = Literal["model", "circuit", "supply", "price"]

OMITTED = (
    "buffers between cells and converters",
    "the reset of the nodes before a sample",
    "switching couplings and biases on, and the clock and control that time it",
    "references, regulators and the losses of the supply",
    "leakage, wiring, pads and whatever else the netlist has no element for",
    "training, and the computer that hands over weights and takes samples",
)


@dataclass(frozen=True)
class Line:
    """One line of a ledger: energy of one sample.

    Attributes:
        name: what it is for.
        basis: model, circuit, supply or price.
        joule: energy, J.
        stderr: standard error over runs, J; 0 where nothing was sampled.
        source: what it rests on.
    """

    name: str
    basis: Basis
    joule: float
    stderr: float
    source: str

    @property
    def counted(self) -> bool:
        """Whether the line is part of the total."""
        return self.basis in ("supply", "price")


@dataclass(frozen=True)
class Ledger:
    """All lines of one circuit."""

    lines: tuple[Line, ...]

    @property
    def total(self) -> float:
        """Energy of a sample, J: supply and price lines."""
        return sum(line.joule for line in self.lines if line.counted)

    def to_dict(self) -> dict[str, object]:
        """Return the content of `ledger.json` for this circuit."""
        rows = [asdict(line) | {"counted": line.counted} for line in self.lines]
        return {"lines": rows, "total": self.total}


def energy_ledger(
    design: Design,
    phases: Sequence[Dissipation],
    heat: FloatArray,
    prices: Prices,
    samples_per_program: int,
    stage: Stage = "A",
) -> Ledger:
    """Add up the energy of one sample.

    Args:
        design: the circuit.
        phases: the account of each part of a run, such as preparation and generation, over the
            same runs.
        heat: the model's heat of each run, (runs,), in model units.
        prices: readout, weight, noise and supply.
        samples_per_program: samples that are generated before weights are written again.
        stage: output stage of active elements, "A" or "B".

    Raises:
        ConfigError: if a price is missing.
    """
    supply = prices["supply"]
    lines = [mean_line("heat of the model", "model", heat * design.scale.joule, "Q C V0^2")]
    roles = dict.fromkeys(role for phase in phases for role in phase.roles)
    for role in roles:
        own = [phase.of(role) for phase in phases if role in phase.roles]
        lines.append(mean_line(role, "circuit", np.sum(own, axis=0), "SPICE, v i"))
    for role in roles:
        if _active(design, role):
            drawn = [supply.value * _drawn(p, role, stage) for p in phases if role in p.roles]
            source = f"SPICE currents, class {stage}, at {supply.label}"
            lines.append(mean_line(f"supply of {role}", "supply", np.sum(drawn, axis=0), source))
    second = sum(phase.second for phase in phases)
    return Ledger((*lines, *priced(design, prices, samples_per_program, second)))


def priced(design: Design, prices: Prices, samples: int, second: float) -> list[Line]:
    """Return the lines that are prices: readout, weights, and noise from outside the circuit.

    Args:
        design: the circuit.
        prices: of each.
        samples: that are generated before weights are written again.
        second: duration of a sample, s.
    """
    model = design.model
    weights = model.pairs()[2].size + np.count_nonzero(model.b)
    counts = {
        "readout": (model.n_visible, f"{model.n_visible} conversions"),
        "weight": (weights / samples, f"{weights} weights, written every {samples} samples"),
        "noise": (model.n_units * second, f"{model.n_units} sources for {second:.3g} s"),
    }
    if design.bit_hold is not None:
        del counts["noise"]  # its sources are transistors of the circuit
    return [
        Line(name, "price", count * prices[name].value, 0.0, f"{says} at {prices[name].label}")
        for name, (count, says) in counts.items()
    ]


def _active(design: Design, role: str) -> bool:
    parts = design.group(role)
    negative = parts.kind == "resistor" and bool(np.any(parts.values < 0))
    return parts.kind in (*CONTROLLED, "cubic", "current") or negative


def _drawn(phase: Dissipation, role: str, stage: Stage) -> FloatArray:
    """Return the charge that the class draws from the supply in each run, (runs,), C."""
    column = phase.roles.index(role)
    if stage == "B":
        return np.asarray(phase.coulomb[:, column])
    return np.asarray(phase.peak[:, column] * phase.second)


def mean_line(name: str, basis: Basis, values: FloatArray, source: str) -> Line:
    """Return a line of energies of runs, (runs,), J: their mean and its standard error."""
    error = values.std(ddof=1) / np.sqrt(values.size) if values.size > 1 else 0.0
    return Line(name, basis, float(values.mean()), float(error), source)
