"""The build sheet: the page of a breadboard study."""

import base64
import io
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from matplotlib.image import imsave
from numpy.typing import NDArray

from hwkit.fidelity import shown_share
from hwkit.report.drawing import IDEAL, INK, MUTED, SPICE, Drawing, canvas, panel, to_svg
from hwkit.report.formats import number, quantity, signed
from hwkit.report.pictures import Picture
from hwkit.report.rendering import Section, metrics_section
from hwkit.study.finished import FinishedRun
from hwkit.study.kinds.breadboard.plan import BreadboardPlan
from hwkit.study.kinds.breadboard.results import (
    SHEET,
    BillRow,
    BoardYield,
    Candidate,
    ClassVolts,
    Sheet,
)

FloatArray = NDArray[np.float64]


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
class _UnitRow:
    name: str
    bias: str
    plus: str
    R2: str
    Rx: str


@dataclass(frozen=True)
class _Unit:
    diode: str
    volt: str
    second: str
    farad: str
    ohm: str
    noise_ohm: str
    input: str
    bias: str
    rows: list[_UnitRow]


@dataclass(frozen=True)
class _Wire:
    a: str
    b: str
    how: str
    ohm: str
    wanted: str
    got: str


@dataclass(frozen=True)
class _Parts:
    rows: list[BillRow]
    resistors: int
    parts: int
    capacitors: int


@dataclass(frozen=True)
class _BandwidthRow:
    hertz: str
    rms: str
    recognisable: str


@dataclass(frozen=True)
class _Needs:
    rows: list[tuple[str, str, str]]
    bandwidths: list[_BandwidthRow]


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
class _Boards:
    facts: BoardYield
    varied: list[tuple[str, str, str]]
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
    yield Section("breadboard-cell", "One unit", _unit(sheet, plan))
    yield Section("breadboard-wiring", "Wiring", _wiring(sheet))
    yield Section("breadboard-parts", "Parts", _parts(sheet))
    yield Section("breadboard-needs", "What the parts must do", _needs(sheet, plan))
    yield Section("breadboard-power", "Power-up and measuring points", _points(sheet, plan))
    yield Section("breadboard-boards", "Tolerances", _boards(sheet, plan))
    yield Section("breadboard-curve", "Size against quality", _curve(sheet, plan))
    yield metrics_section(run.verdict())


def _what(sheet: Sheet, plan: BreadboardPlan) -> _What:
    chosen, samples, n = sheet.chosen, sheet.samples, plan.choice.samples
    shape = (chosen.rows, chosen.columns)
    patterns = np.array(sheet.patterns)
    top = float(np.max(np.abs(patterns)))
    labels = [str(label) for label in chosen.classes]
    learned = [
        Picture(_image(row.reshape(shape), top), f"the {label} it learned", label)
        for row, label in zip(patterns, labels, strict=True)
    ]
    generated = [
        Picture(
            _image(np.array(state).reshape(shape), 1.0),
            f"a sample like {labels[best]}",
            labels[best] + ("" if recognisable else " ✗"),
        )
        for state, best, recognisable in zip(
            samples.states, samples.best, samples.recognisable, strict=True
        )
    ]
    return _What(
        chosen=chosen,
        digits=", ".join(labels),
        units=shape[0] * shape[1],
        patterns=learned,
        generated=generated,
        time=quantity(samples.seconds, "s"),
        recognisable=shown_share(chosen.recognisable, n),
        rarest=shown_share(chosen.class_share, n),
        chance=shown_share(chosen.chance, n),
    )


def _image(values: FloatArray, top: float) -> str:
    stream = io.BytesIO()
    imsave(
        stream,
        values,
        vmin=-top,
        vmax=top,
        cmap="Greys",
        format="png",
        metadata={"Software": None},  # type: ignore[dict-item]  # None leaves the entry out
    )
    return "data:image/png;base64," + base64.b64encode(stream.getvalue()).decode("ascii")


def _unit(sheet: Sheet, plan: BreadboardPlan) -> _Unit:
    scale, noise = sheet.scale, sheet.noise
    return _Unit(
        diode=plan.parts.diode,
        volt=quantity(scale.volt, "V"),
        second=quantity(scale.second, "s"),
        farad=quantity(scale.farad, "F"),
        ohm=quantity(1 / scale.siemens, "Ω"),
        noise_ohm=quantity(noise.ohm, "Ω"),
        input=quantity(plan.parts.input_ohm, "Ω"),
        bias=quantity(plan.parts.bias_volt, "V"),
        rows=[
            _UnitRow(
                row.name,
                "none" if row.bias is None else quantity(row.bias, "Ω"),
                row.plus_to,
                quantity(row.R2, "Ω"),
                quantity(row.Rx, "Ω"),
            )
            for row in sheet.units
        ],
    )


def _wiring(sheet: Sheet) -> list[_Wire]:
    return [
        _Wire(
            wire.a,
            wire.b,
            "crossed: + to −, − to +" if wire.crossed else "straight: + to +, − to −",
            quantity(wire.ohm, "Ω"),
            number(wire.wanted),
            number(wire.got),
        )
        for wire in sheet.wiring
    ]


def _parts(sheet: Sheet) -> _Parts:
    chosen = sheet.chosen
    rows = [replace(row, value=_symbols(row.value)) for row in sheet.bill]
    return _Parts(rows, chosen.resistors, chosen.parts, 2 * chosen.rows * chosen.columns)


def _symbols(text: str) -> str:
    """Return a value of the bill, which is plain text for spreadsheets, with symbols of units."""
    return text.replace("ohm", "Ω").replace(" u", " µ")


def _needs(sheet: Sheet, plan: BreadboardPlan) -> _Needs:
    noise, samples, chosen = sheet.noise, sheet.samples, sheet.chosen
    rows = [
        (
            "Amplifier: output swing",
            f"± {quantity(samples.output, 'V')}",
            "largest in the SPICE runs, with the largest gain R2/R1",
        ),
        (
            "Amplifier: slew rate",
            f"{number(samples.slew / 1e6, 2)} V/µs",
            "gain times the largest drift of a unit",
        ),
        (
            "Amplifier: input offset",
            f"{quantity(plan.boards.offset_volt, 'V')} rms",
            "assumed for the yield below; a zero-drift type has less",
        ),
        (
            "Noise: bit streams",
            f"{chosen.rows * chosen.columns}, each with its complement, ± {noise.volt:g} V",
            "independent; a shift register with feedback, or pins of a controller",
        ),
        ("Noise: clock", quantity(noise.hertz, "Hz"), "tune it: power goes as 1/clock"),
        (
            "Noise: density at a pin",
            f"{quantity(noise.density, 'V')}/√Hz",
            "one-sided, white up to a tenth of the clock",
        ),
        (
            "Noise: current into a rail",
            f"{quantity(noise.ampere_density, 'A')}/√Hz",
            "through the noise resistor",
        ),
        (
            "Read-out",
            f"{quantity(samples.seconds, 's')} after release, ± {quantity(samples.largest, 'V')}",
            "rail to rail; 8 bits are enough, or a comparator and a LED a pixel",
        ),
    ]
    return _Needs(rows, _bandwidths(sheet, plan))


def _bandwidths(sheet: Sheet, plan: BreadboardPlan) -> list[_BandwidthRow]:
    return [
        _BandwidthRow(
            quantity(row.hertz, "Hz"),
            number(row.rms, 2),
            shown_share(row.recognisable, plan.runs.bandwidth_paths),
        )
        for row in sheet.bandwidths
    ]


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


def _class_volts(volts: ClassVolts, unit: int) -> str:
    mean, rms = volts.mean[unit], volts.rms[unit]
    if mean is None or rms is None:
        return "–"
    return signed(f"{1e3 * mean:+.0f} ± {1e3 * rms:.0f}")


def _boards(sheet: Sheet, plan: BreadboardPlan) -> _Boards:
    boards, chosen = sheet.boards, sheet.chosen
    with canvas("breadboard-boards"):
        figure = panel(400, 250)
        axes = figure.add_subplot()
        axes.plot(boards.recognisable, boards.class_share, "o", color=SPICE, ms=4, alpha=0.7)
        axes.plot([chosen.recognisable], [chosen.class_share], "D", color=INK, ms=6)
        axes.axvline(plan.boards.recognisable, color=MUTED, lw=0.9, ls=(0, (1, 1.5)))
        axes.set_xlabel("recognisable share")
        axes.set_ylabel("share of the rarest digit")
        axes.grid(visible=True)
        svg = to_svg(figure, "Recognisable and rarest share of every board")
    caption = f"{boards.boards} boards; diamond: the ideal machine; dotted: what is asked."
    facts = replace(boards, offset=_symbols(boards.offset))
    return _Boards(facts, _varied(plan), Drawing(svg, caption))


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
    with canvas("breadboard-curve"):
        figure = panel(430, 270)
        axes = figure.add_subplot()
        for eligible, colour, label in ((True, SPICE, "as asked for"), (False, IDEAL, "others")):
            shown = [row for row in rows if row.eligible is eligible]
            parts = [row.parts for row in shown]
            axes.plot(
                parts, [row.recognisable for row in shown], "o", color=colour, ms=5, label=label
            )
            axes.plot(parts, [row.chance for row in shown], "_", color=colour, ms=8)
        axes.axhline(plan.choice.recognisable, color=INK, lw=1, ls=(0, (1, 1.5)))
        axes.set_ylim(0, 1.02)
        axes.set_xlabel("parts to solder")
        axes.set_ylabel("recognisable share")
        axes.legend(frameon=False, loc="center right")
        axes.grid(visible=True)
        svg = to_svg(figure, "Recognisable share against the number of parts")
    caption = "Dots: the machine; dashes: the same units without couplings; dotted: what is asked."
    table = [_curve_row(row, sheet.chosen, plan.choice.samples) for row in rows]
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
