"""The page of a silicon study: what was built, how far it is the machine, and how it varies."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from hwkit.fidelity import shown_share
from hwkit.report.answers import Number, error_bars
from hwkit.report.drawing import INK, MUTED, SPICE, Drawing, canvas, panel, to_svg
from hwkit.report.formats import count, number, quantity
from hwkit.report.rendering import Section, metrics_section
from hwkit.study.finished import FinishedRun
from hwkit.study.kinds.silicon.page_chips import chips_section
from hwkit.study.kinds.silicon.plan import SiliconPlan
from hwkit.study.kinds.silicon.results import Boards, Facts, Fault, Floor, Place
from hwkit.study.kinds.silicon.verdict import left_out

Row = tuple[str, ...]


@dataclass(frozen=True)
class _Built:
    """The first section: what was built, and figures."""

    facts: list[tuple[str, str]]
    drawings: list[Drawing]
    left_out: str


@dataclass(frozen=True)
class _Varied:
    """Boards and corners as tables: heads, and rows."""

    boards: list[Row]
    celsius: list[str]
    corners: list[Row]
    specification: str


def sections(plan: SiliconPlan, run: FinishedRun) -> Iterator[Section]:
    """Yield the sections of a silicon study's page."""
    yield Section("silicon", "What was built", _built(plan, run))
    yield metrics_section(run.verdict())
    names = range(len(plan.comparison.controls))
    faults = [run.value(f"control-{k}.json", Fault) for k in names]
    if faults:
        yield Section("silicon-faults", "Controls", [_fault(fault) for fault in faults])
    if plan.boards is not None or plan.corners is not None:
        yield Section("silicon-varied", "Boards and corners", _varied(plan, run))
    chips = chips_section(plan, run)
    if chips is not None:
        yield chips


def _built(plan: SiliconPlan, run: FinishedRun) -> _Built:
    facts = run.value("facts.json", Facts)
    floor = run.value("floor.json", Floor)
    boards = _boards(plan, run)
    drawings = [path(floor), *([_yields(boards)] if len(boards) > 1 else [])]
    return _Built(_facts(plan, facts, floor), drawings, left_out(plan))


def _facts(plan: SiliconPlan, facts: Facts, floor: Floor) -> list[tuple[str, str]]:
    level = "all in ngspice" if plan.comparison.level == "full" else "couplings beside ngspice"
    rows = [
        ("Units, directed couplings", f"{facts.units}, {count(facts.couplings)}; {level}"),
        ("V₀, I₀", f"{quantity(facts.volt, 'V')}, {quantity(facts.ampere, 'A')}"),
        ("Pair against the quartic", f"odd part within {facts.odd:.2%}, even {facts.even:.2%}"),
        ("Expansion of couplings", f"within {number(facts.residual, 2)} of the tail current"),
        ("Path error", f"floor {number(floor.floor, 2)} + {number(floor.slope, 2)} h"),
        ("Static power", quantity(facts.watt, "W")),
        ("Energy of a sample", f"{quantity(facts.joule, 'J')}, preparation included"),
        ("Gate area", f"{number(1e12 * facts.gate_area)} µm²"),
        ("Capacitors", f"{quantity(facts.capacitor_farad, 'F')}, {_square(facts.capacitor_area)}"),
    ]
    if floor.unexplained is not None:
        text = "what measured capacitances leave of the floor"
        rows.insert(5, ("Unexplained floor", f"{number(floor.unexplained, 2)}, {text}"))
    return rows


def _square(metres: float) -> str:
    return f"{number(1e12 * metres)} µm²"


def _boards(plan: SiliconPlan, run: FinishedRun) -> list[Boards]:
    factors = [] if plan.boards is None else plan.boards.factors
    return [run.value(f"boards-{k}.json", Boards) for k in range(len(factors))]


def _fault(fault: Fault) -> Row:
    seen = "rejected" if fault.error >= fault.limit else "not seen"
    return fault.name, fault.level, number(fault.error), number(fault.limit), seen


def _varied(plan: SiliconPlan, run: FinishedRun) -> _Varied:
    boards: list[Row] = [
        (
            f"{each.factor:g}",
            f"{number(1e12 * each.gate_area)} µm²",
            shown_share(each.good, len(each.share)),
            f"{np.mean(each.share):.3f}",
            f"{min(each.share):.3f}",
            f"{min(each.class_share):.3f}",
        )
        for each in _boards(plan, run)
    ]
    places = run.value("corners.json", list[Place])
    warm = sorted({place.celsius for place in places})
    corners = list(dict.fromkeys(place.corner for place in places))
    found = {(place.corner, place.celsius): place for place in places}
    rows = [(corner, *(_place(found[corner, celsius]) for celsius in warm)) for corner in corners]
    spec = plan.boards
    text = "" if spec is None else (
        f"at least {spec.share:.0%} recognisable and {spec.class_share:.0%} in every class, "
        f"{spec.count} boards of {spec.samples} samples"
    )  # fmt: skip
    return _Varied(boards, [f"{celsius:g} °C" for celsius in warm], rows, text)


def _place(place: Place) -> str:
    return f"{place.share:.3f} ({place.class_share:.2f})"


def path(floor: Floor) -> Drawing:
    """Draw the path error over the step, with its fit."""
    with canvas("silicon-path"):
        figure = panel(380, 260)
        axes = figure.add_subplot()
        axes.plot(floor.steps, floor.errors, "o", color=SPICE, markersize=4)
        axes.axhline(floor.floor, color=MUTED, linewidth=1)
        if floor.unexplained is not None:
            axes.axhline(floor.unexplained, color=INK, linewidth=1, linestyle=(0, (1, 1.5)))
        axes.set_xlim(left=0)
        axes.set_ylim(bottom=0)
        axes.set_xlabel("time step h (model units)")
        axes.set_ylabel("path error (model units)")
        axes.grid(axis="y")
        svg = to_svg(figure, "Path error over the time step")
    note = "Line: that of the differences extrapolated to h = 0, the floor."
    if floor.unexplained is not None:
        note += " Dotted: what is left of it beside the machine with measured capacitances."
    return Drawing(svg, f"Rms difference of paths on the same noise. {note}")


def _yields(boards: list[Boards]) -> Drawing:
    """Draw yield and shares over the area of all gates."""
    area = [1e12 * each.gate_area for each in boards]
    with canvas("silicon-yield"):
        figure = panel(380, 260)
        axes = figure.add_subplot()
        good = [Number.share("yield", each.good, len(each.share)) for each in boards]
        value, bars = [each.value for each in good], error_bars(good)
        axes.errorbar(area, value, bars, fmt="o-", color=SPICE, label="yield")
        worst = [min(each.share) for each in boards]
        axes.semilogx(area, worst, "s--", color=MUTED, label="worst board's share")
        axes.set_ylim(0, 1.05)
        axes.set_xlabel("gate area (µm²)")
        axes.set_ylabel("share")
        axes.set_xticks(area, [number(a) for a in area])
        axes.minorticks_off()
        axes.grid(axis="y")
        axes.legend(frameon=False)
        svg = to_svg(figure, "Yield over the area of all gates")
    return Drawing(
        svg,
        "Yield over the gates' area at the same currents: mismatch falls with the root of the "
        "area (Pelgrom). Bars are 95 % intervals. What a larger gate adds to C is left out.",
    )
