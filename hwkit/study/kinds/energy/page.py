"""The page of an energy study: a ledger for each circuit, beside the digital sample."""

from collections.abc import Iterator
from dataclasses import dataclass

from hwkit.energy.digital import DigitalCost
from hwkit.ordering import rising, smallest
from hwkit.report.drawing import IDEAL, MUTED, SPICE, Drawing, canvas, panel, powers_of_ten, to_svg
from hwkit.report.formats import count, number, quantity
from hwkit.report.rendering import Section, metrics_section
from hwkit.study.finished import FinishedRun
from hwkit.study.kinds.energy.plan import EnergyPlan
from hwkit.study.kinds.energy.results import LEDGER, Chip, CircuitLedger, Energies, Entry

_MEANING = {
    "model": "the dimensionless machine's heat, in this circuit's unit of energy",
    "circuit": "energy taken up by each class of elements in SPICE; these lines balance",
    "supply": "what active elements draw from the supply",
    "price": "what is paid beside the circuit",
}
_COLOURS = {"model": MUTED, "circuit": SPICE, "supply": SPICE, "price": IDEAL}


@dataclass(frozen=True)
class _Digital:
    joule: str
    second: str
    flops: str
    samples: str
    cores: str
    source: str


@dataclass(frozen=True)
class _Circuit:
    name: str
    groups: list[tuple[str, str, list[tuple[str, str, str, str]]]]
    total: str
    digital: _Digital
    ratio: str
    drawing: Drawing | None
    chip: str


@dataclass(frozen=True)
class _Content:
    """What the section's template shows."""

    circuits: list[_Circuit]
    omitted: list[str]
    stage: str


def sections(plan: EnergyPlan, run: FinishedRun) -> Iterator[Section]:
    """Yield the sections of an energy study's page."""
    energies = run.value(LEDGER, Energies)
    shown = cheapest(energies)  # at the top of the page
    circuits = [
        _circuit(name, ledger, energies.digital[name], name != shown)
        for name, ledger in energies.circuits.items()
    ]
    yield Section("ledger", "Ledger", _Content(circuits, energies.omitted, plan.stage))
    yield metrics_section(run.verdict())


def cheapest(energies: Energies) -> str:
    """Return the name of the circuit with the lowest total."""
    names = list(energies.circuits)
    return names[smallest([energies.circuits[name].total for name in names])]


def _circuit(name: str, ledger: CircuitLedger, digital: DigitalCost, drawn: bool) -> _Circuit:
    return _Circuit(
        name,
        list(_groups(ledger.lines)),
        quantity(ledger.total, "J"),
        _digital(digital),
        number(digital.joule / ledger.total),
        drawing(name, ledger, digital) if drawn else None,
        "" if ledger.chip is None else _chip(ledger.chip),
    )


def _chip(chip: Chip) -> str:
    return (
        f"{count(chip.transistors)} transistors draw {quantity(chip.watt, 'W')}. Their gates have "
        f"{number(1e6 * chip.gate_area)} mm², the capacitors {number(1e6 * chip.capacitor_area)} "
        "mm² at 2 fF/µm²; layout is left out."
    )


def _groups(lines: list[Entry]) -> Iterator[tuple[str, str, list[tuple[str, str, str, str]]]]:
    for basis, meaning in _MEANING.items():
        rows = [
            (
                line.name,
                quantity(line.joule, "J"),
                quantity(line.stderr, "J") if line.stderr else "",
                line.source,
            )
            for line in lines
            if line.basis == basis
        ]
        if rows:
            yield basis, meaning, rows


def _digital(cost: DigitalCost) -> _Digital:
    return _Digital(
        joule=quantity(cost.joule, "J"),
        second=quantity(cost.cpu_second, "s"),
        flops=count(cost.flops),
        samples=count(cost.samples),
        cores=str(cost.cores),
        source=cost.source,
    )


def drawing(name: str, ledger: CircuitLedger, cost: DigitalCost) -> Drawing:
    """Draw the counted lines, the total, the model's heat and the digital sample as bars."""
    counted = [line for line in ledger.lines if line.counted and line.joule > 0]
    counted = [counted[k] for k in rising([line.joule for line in counted])]
    heat = [line for line in ledger.lines if line.basis == "model"]
    bars = [(line.name, line.joule, _COLOURS[line.basis]) for line in [*heat, *counted]]
    bars += [("total", ledger.total, SPICE), ("digital sample", cost.joule, MUTED)]
    with canvas(f"ledger-{name}"):
        figure = panel(460, 40 + 24 * len(bars))
        axes = figure.add_subplot()
        labels, values, colours = zip(*bars, strict=True)
        axes.barh(range(len(bars)), values, color=colours, height=0.6)
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(powers_of_ten())
        axes.set_yticks(range(len(bars)), labels)
        axes.set_xlabel("energy of one sample, J")
        axes.grid(axis="x")
        svg = to_svg(figure, f"Energy of one sample in the circuit {name}, line by line")
    return Drawing(
        svg,
        f"One sample in the circuit {name}: orange is drawn from the supply, blue is priced. The "
        "model's heat is not part of the total. The axis is logarithmic.",
    )
