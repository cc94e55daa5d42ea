"""The page of a storage study: quality, heat and loss against the bits of a coupling."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle
from typing import TYPE_CHECKING, Any

import numpy as np

from hwkit.report.answers import Number, error_bars
from hwkit.report.drawing import (
    IDEAL,
    INK,
    MUTED,
    SPICE,
    Drawing,
    canvas,
    panel,
    powers_of_ten,
    to_svg,
)
from hwkit.report.formats import count, measured, number
from hwkit.report.rendering import Section, metrics_section
from hwkit.study.finished import FinishedRun
from hwkit.study.kinds.storage.plan import StoragePlan
from hwkit.study.kinds.storage.results import CURVES, Curves, Point, Repeats
from hwkit.training.quality import RECOGNISABLE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_STYLES: tuple[dict[str, Any], ...] = tuple(
    {"color": colour, "marker": marker, "linestyle": line, "markersize": 3.5}
    for colour, marker, line in (
        (IDEAL, "o", "-"),
        (SPICE, "s", "-"),
        (IDEAL, "o", "--"),
        (INK, "^", ":"),
    )
)


@dataclass(frozen=True)
class _Content:
    """What the section's template shows."""

    facts: list[tuple[str, str]]
    drawings: list[Drawing]
    tables: list[tuple[str, list[tuple[str, ...]]]]
    samples: str
    repeats: int


def sections(plan: StoragePlan, run: FinishedRun) -> Iterator[Section]:
    """Yield the sections of a storage study's page."""
    yield Section("storage", "Bits", _content(plan, run.value(CURVES, Curves)))
    yield metrics_section(run.verdict())


def _content(plan: StoragePlan, results: Curves) -> _Content:
    facts, reference = results.facts, results.full_precision
    return _Content(
        facts=[
            ("couplings", f"{count(facts.couplings)} pairs of {facts.units} units"),
            ("size of a coupling", f"rms {number(facts.rms)}, largest {number(facts.largest)}"),
            ("full precision", _row(reference)),
            ("control: shuffled couplings", _row(results.shuffled)),
        ],
        drawings=[
            _heats(plan, results),
            _losses(plan, results),
        ],
        tables=[(name, _table(curve, reference.loss[0])) for name, curve in results.curves.items()],
        samples=count(plan.repeats.count * plan.repeats.samples),
        repeats=plan.repeats.count,
    )


def _row(repeats: Repeats) -> str:
    return f"share {_mean(repeats.share)}, heat {_mean(repeats.heat)} kT"


def _table(curve: dict[int, Point], loss: float) -> list[tuple[str, ...]]:
    return [
        (
            str(bits),
            number(point.full_scale),
            _mean(point.repeats.share),
            _mean(point.repeats.class_share),
            _mean(point.repeats.heat),
            number(float(np.mean(point.repeats.loss)) - loss, 2),
            number(float(np.mean(point.repeats.drift)), 2),
        )
        for bits, point in curve.items()
    ]


def _mean(values: list[float]) -> str:
    sample = np.asarray(values)
    if np.ptp(sample) == 0:
        return number(float(sample[0]), 5)
    return measured(float(sample.mean()), float(sample.std(ddof=1) / np.sqrt(sample.size)))


def shares(plan: StoragePlan, results: Curves) -> Drawing:
    """Draw the recognisable share of every curve against bits."""
    each = plan.repeats.samples
    curves = {
        name: {
            bits: Number.shares(name, point.repeats.share, each) for bits, point in curve.items()
        }
        for name, curve in results.curves.items()
    }
    reference = float(np.mean(results.full_precision.share))
    label, margin = "recognisable share", plan.limits.share_margin
    return _drawing(plan, "share", label, curves, reference, margin)


def _heats(plan: StoragePlan, results: Curves) -> Drawing:
    curves = {
        name: {bits: Number.over(name, point.repeats.heat) for bits, point in curve.items()}
        for name, curve in results.curves.items()
    }
    reference = float(np.mean(results.full_precision.heat))
    return _drawing(plan, "heat", "heat per sample, kT", curves, reference, None)


def _drawing(
    plan: StoragePlan,
    name: str,
    label: str,
    curves: dict[str, dict[int, Number]],
    reference: float,
    margin: float | None,
) -> Drawing:
    """Draw a quantity of every curve against bits, with full precision as a line."""
    with canvas(f"storage-{name}"):
        figure = panel(430, 290)
        axes = figure.add_subplot()
        axes.axhline(reference, color=MUTED, linewidth=1)
        if margin is not None:
            axes.axhspan(reference - margin, reference + margin, color=MUTED, alpha=0.15)
        for (title, curve), style in zip(curves.items(), cycle(_STYLES)):
            mean, bars = [found.value for found in curve.values()], error_bars([*curve.values()])
            axes.errorbar(list(curve), mean, bars, linewidth=1, label=title, **style)
        _finish(axes, plan)
        axes.set_ylabel(label)
        svg = to_svg(figure, f"{label} against the bits of a coupling")
    return Drawing(
        svg,
        f"{label[0].upper() + label[1:]} with 95 % intervals; the grey line is full precision"
        f"{_margin_said(margin)}.",
    )


def _margin_said(margin: float | None) -> str:
    if margin is None:
        return ""
    return (
        f", the band {100 * margin:g} points on both sides of it. A sample is recognisable if it "
        f"correlates with a pattern above {RECOGNISABLE:g}"
    )


def _losses(plan: StoragePlan, results: Curves) -> Drawing:
    """Draw what rounding adds to the exact loss, logarithmically."""
    reference = results.full_precision.loss[0]
    with canvas("storage-loss"):
        figure = panel(430, 290)
        axes = figure.add_subplot()
        for (title, curve), style in zip(results.curves.items(), cycle(_STYLES)):
            extra = [np.mean(point.repeats.loss) - reference for point in curve.values()]
            axes.semilogy(list(curve), extra, label=title, **style)
        _finish(axes, plan)
        axes.set_ylabel("loss above full precision, per step")
        axes.yaxis.set_major_formatter(powers_of_ten())
        svg = to_svg(figure, "Loss of the reversed path above full precision, against bits")
    return Drawing(
        svg,
        "What rounding adds to the loss that training minimises: a factor of four for each bit.",
    )


def _finish(axes: "Axes", plan: StoragePlan) -> None:
    axes.set_xlabel("bits of a coupling")
    axes.set_xticks(plan.bits)
    axes.grid(axis="y")
    axes.legend(frameon=False, fontsize=9)
