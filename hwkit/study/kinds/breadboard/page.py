"""The build sheet: the page of a breadboard study."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from hwkit.fidelity import shown_share
from hwkit.report.drawing import Drawing
from hwkit.report.formats import number, quantity, signed
from hwkit.report.pictures import Picture
from hwkit.report.rendering import Section, metrics_section
from hwkit.study.finished import FinishedRun
from hwkit.study.kinds.breadboard import pictures, tables
from hwkit.study.kinds.breadboard.plan import BreadboardPlan
from hwkit.study.kinds.breadboard.results import (
    SHEET,
    BoardYield,
    Candidate,
    ClassVolts,
    Condition,
    Sheet,
    costliest,
)


@dataclass(frozen=True)
class _What:
    chosen: Candidate
    digits: str
    units: int
    patterns: list[Picture]
    generated: list[Picture]
    time: str
    recognisable: str
    rarest: str
    chance: str


@dataclass(frozen=True)
class _PointRow:
    name: str
    mean: str
    rms: str
    spice: str
    corner: str
    rest: str
    output: str
    classes: list[str]


@dataclass(frozen=True)
class _Points:
    supply: str
    rows: list[_PointRow]
    labels: list[str]
    counts: str
    time: str
    runs: int


@dataclass(frozen=True)
class _Measurement:
    step: str
    point: str
    net: str
    expected: str
    low: str
    high: str


@dataclass(frozen=True)
class _Boards:
    facts: BoardYield
    varied: list[tuple[str, str, str]]
    rooms: list[tuple[str, str, str, str]]
    alone: list[tuple[str, str, str, str]]
    costliest: str
    drawing: Drawing


@dataclass(frozen=True)
class _CurveRow:
    digits: str
    pixels: str
    couplings: str
    resistors: str
    parts: str
    alike: str
    recognisable: str
    rarest: str
    chance: str
    chosen: str


@dataclass(frozen=True)
class _Curve:
    drawing: Drawing
    rows: list[_CurveRow]


def sections(plan: BreadboardPlan, run: FinishedRun) -> Iterator[Section]:
    """Yield the sections of the build sheet."""
    sheet = run.value(SHEET, Sheet)
    yield Section("breadboard-what", "What it is", _what(sheet, plan))
    yield Section("breadboard-cell", "One unit", tables.unit(sheet, plan))
    yield Section("breadboard-wiring", "Wiring", tables.wiring(sheet))
    yield Section("breadboard-parts", "Parts", tables.parts(sheet))
    yield Section("breadboard-needs", "What the parts must do", tables.needs(sheet, plan))
    yield Section("breadboard-power", "Power-up and measuring points", _points(sheet, plan))
    if sheet.bring_up:
        yield Section("breadboard-bring-up", "Bring-up plan", _bring_up(sheet))
    yield Section("breadboard-boards", "Tolerances", _boards(sheet, plan))
    yield Section("breadboard-curve", "Size against quality", _curve(sheet, plan))
    yield metrics_section(run.verdict())


def _what(sheet: Sheet, plan: BreadboardPlan) -> _What:
    chosen, samples, n = sheet.chosen, sheet.samples, plan.choice.samples
    shape = (chosen.rows, chosen.columns)
    return _What(
        chosen=chosen,
        digits=", ".join(map(str, chosen.classes)),
        units=shape[0] * shape[1],
        patterns=pictures.learned(sheet),
        generated=pictures.generated(sheet),
        time=quantity(samples.seconds, "s"),
        recognisable=shown_share(chosen.recognisable, n),
        rarest=shown_share(chosen.class_share, n),
        chance=shown_share(chosen.chance, n),
    )


def _points(sheet: Sheet, plan: BreadboardPlan) -> _Points:
    passive, rest, samples = sheet.passive, sheet.rest, sheet.samples
    labels = [str(label) for label in sheet.chosen.classes]
    rows = [
        _PointRow(
            name=unit.name,
            mean=signed(f"{1e3 * passive.mean[k]:+.1f}"),
            rms=f"{1e3 * passive.rms[k]:.1f}",
            spice=f"{1e3 * passive.spice_rms[k]:.1f}",
            corner=quantity(passive.corner[k], "Hz"),
            rest=signed(f"{1e3 * rest.volts[k]:+.0f}"),
            output=signed(f"{1e3 * rest.outputs[k]:+.0f}"),
            classes=[_class_volts(volts, k) for volts in samples.classes],
        )
        for k, unit in enumerate(sheet.units)
    ]
    counts = [
        f"{label}: {volts.count}" for label, volts in zip(labels, samples.classes, strict=True)
    ]
    supply = f"{plan.parts.noise_volt:g} V"
    time = quantity(samples.seconds, "s")
    return _Points(supply, rows, labels, ", ".join(counts), time, passive.runs)


def _bring_up(sheet: Sheet) -> list[_Measurement]:
    return [
        _Measurement(
            row.step,
            row.point,
            row.net,
            *(signed(f"{1e3 * volt:+.1f}") for volt in (row.expected, row.low, row.high)),
        )
        for row in sheet.bring_up
        if row.quantity != "at read-out"  # they are above, by digit
    ]


def _class_volts(volts: ClassVolts, unit: int) -> str:
    mean, rms = volts.mean[unit], volts.rms[unit]
    if mean is None or rms is None:
        return "–"
    return signed(f"{1e3 * mean:+.0f} ± {1e3 * rms:.0f}")


def _boards(sheet: Sheet, plan: BreadboardPlan) -> _Boards:
    boards = sheet.boards
    caption = f"{boards.boards} boards; diamond: the ideal machine; dotted: what is asked."
    facts = replace(boards, offset=tables.symbols(boards.offset))
    svg = pictures.boards(sheet, plan)
    rooms, alone = (
        [_condition(row) for row in sheet.conditions if row.alone is which]
        for which in (False, True)
    )
    worst = costliest(sheet.conditions).name
    return _Boards(facts, _varied(plan), rooms, alone, worst, Drawing(svg, caption))


def _condition(row: Condition) -> tuple[str, str, str, str]:
    shares = (f"{100 * value:.1f} %" for value in (row.recognisable, row.class_share))
    recognisable, rarest = shares
    return row.name, row.text, recognisable, rarest


def _varied(plan: BreadboardPlan) -> list[tuple[str, str, str]]:
    """Return each entry that varies: its name, its standard deviation, and what shares a draw."""
    shares = {"part": "each part", "pair": "each pair", "node": "each node", "lot": "each board"}
    return [
        (
            spread.name,
            f"{number(100 * spread.distribution.sigma)} %"
            if spread.relative
            else number(spread.distribution.sigma),
            shares[spread.share],
        )
        for spread in plan.boards.variation().spreads
    ]


def _curve(sheet: Sheet, plan: BreadboardPlan) -> _Curve:
    rows = sorted(sheet.search, key=lambda row: (row.parts, -row.recognisable))
    caption = "Dots: the machine; dashes: the same units without couplings; dotted: what is asked."
    table = [_curve_row(row, sheet.chosen, plan.choice.samples) for row in rows]
    svg = pictures.curve(rows, plan)
    return _Curve(Drawing(svg, caption), table)


def _curve_row(row: Candidate, chosen: Candidate, n: int) -> _CurveRow:
    return _CurveRow(
        digits=", ".join(map(str, row.classes)),
        pixels=f"{row.rows} × {row.columns}",
        couplings=str(row.couplings),
        resistors=str(row.resistors),
        parts=str(row.parts),
        alike=f"{row.alike:.2f}",
        recognisable=shown_share(row.recognisable, n),
        rarest=shown_share(row.class_share, n),
        chance=shown_share(row.chance, n),
        chosen="built" if row == chosen else "",
    )
