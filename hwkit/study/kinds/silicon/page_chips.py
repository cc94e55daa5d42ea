"""The section on chips: yield over the area of gates, a line for each power and number of bits."""

import itertools
from dataclasses import dataclass

from hwkit.fidelity import shown_share
from hwkit.plotting import part
from hwkit.report.answers import Number, error_bars
from hwkit.report.drawing import IDEAL, INK, MUTED, SPICE, Drawing, canvas, panel, to_svg
from hwkit.report.formats import number, quantity
from hwkit.report.rendering import Section
from hwkit.study.finished import FinishedRun
from hwkit.study.kinds.silicon.chips import variants
from hwkit.study.kinds.silicon.plan import ChipsPlan, SiliconPlan
from hwkit.study.kinds.silicon.results import Chip

_COLOURS = (SPICE, IDEAL, INK, MUTED)
_DASHES = ("-", "--", ":")


@dataclass(frozen=True)
class _Chips:
    """Picture and table; `coded` says whether there is a column of bits."""

    drawing: Drawing
    places: list[str]
    rows: list[tuple[str, ...]]
    coded: bool
    specification: str


def chips_section(plan: SiliconPlan, run: FinishedRun) -> Section | None:
    """Return the section, if the study asks for chips."""
    spec = plan.chips
    if spec is None:
        return None
    found = [run.value(f"chips-{k}.json", list[Chip]) for k in range(len(variants(plan)))]
    coded = any(chip.dac_bits is not None for each in found for chip in each)
    content = _Chips(
        chips_drawing(found, spec.count),
        found[0][0].places,
        [_row(chip, spec.count, coded) for each in found for chip in each],
        coded,
        _specification(spec),
    )
    return Section("silicon-chips", "Yield against area and power", content)


def _specification(spec: ChipsPlan) -> str:
    return (
        f"at least {spec.share:.0%} recognisable and {spec.class_share:.0%} in every class; "
        f"{spec.count} boards of {spec.samples} samples"
    )


def _row(chip: Chip, n: int, coded: bool) -> tuple[str, ...]:
    return (
        quantity(chip.watt, "W"),
        *([str(chip.dac_bits)] if coded else []),
        f"{number(chip.area)} ×",
        f"{number(1e12 * chip.gate_area)} µm²",
        f"{number(1e12 * (chip.gate_area + chip.capacitor_area))} µm²",
        *(f"{good:.0%}" for good in chip.place_good),
        shown_share(chip.good, n),
        f"{chip.worst:.2f}",
    )


def chips_drawing(found: list[list[Chip]], n: int) -> Drawing:
    """Draw the yield of n boards over the area of all gates, a line for each design."""
    styles = itertools.cycle(itertools.product(_DASHES, _COLOURS))
    with canvas("silicon-chips"):
        figure = panel(460, 300)
        axes = figure.add_subplot()
        for chips, (dash, colour) in zip(found, styles, strict=False):
            area = [1e12 * chip.gate_area for chip in chips]
            good = [Number.share("yield", chip.good, n) for chip in chips]
            value, bars = [each.value for each in good], error_bars(good)
            axes.errorbar(area, value, bars, marker="o", markersize=4, linestyle=dash,
                          color=colour, label=_label(chips[0]))  # fmt: skip
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(part("ticker").LogLocator(subs=(1, 2, 5)))
        axes.xaxis.set_major_formatter(lambda area, _: number(area, 1))
        axes.minorticks_off()
        axes.set_ylim(-0.02, 1.05)
        axes.set_xlabel("area of all gates (µm²)")
        axes.set_ylabel("yield")
        axes.grid(axis="y")
        axes.legend(frameon=False)
        svg = to_svg(figure, "Yield over the area of all gates, a line for each power")
    return Drawing(
        svg,
        "Share of boards that meet the specification at every corner and temperature, over the "
        "area of the gates at the same currents: mismatch falls with the root of the area "
        "(Pelgrom). Each line is a design of its own power; bars are 95 % intervals. That "
        "couplings with larger gates answer later is left out.",
    )


def _label(chip: Chip) -> str:
    bits = "" if chip.dac_bits is None else f", {chip.dac_bits} bits"
    return f"{quantity(chip.watt, 'W')}{bits}"
