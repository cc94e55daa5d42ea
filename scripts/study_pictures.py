"""Pictures of what studies found, from their committed results in sims/."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from vector_files import standalone

from hwkit.report.drawing import IDEAL, INK, MUTED, SPICE, canvas, panel, powers_of_ten, to_svg

SIMS = Path(__file__).parent.parent / "sims"
_LOOKS = ((IDEAL, "o", "-"), (SPICE, "s", "-"), (IDEAL, "^", "--"), (INK, "D", ":"))
_MOST = 10  # bits, from where nothing changes any more
_TEXT = {"font.size": 11, "axes.titlesize": 11}
_BARRIERS = ("followers of 10 ns", "noise held for 10 ns", "parasitic 5 % of C")
_PARTS = ("noise", "parasitic", "resistor", "readout", "capacitor", "inductor")


def _read(name: str) -> Any:
    return json.loads((SIMS / f"{name}.json").read_text(encoding="utf-8"))


def bits() -> str:
    """Return recognisable share and heat against the bits of a coupling."""
    found = _read("storage-curves")
    label = "Recognisable share and heat of a sample against the bits of a coupling"
    with canvas("bits"), rc_context(_TEXT):
        figure = panel(600, 270)
        for axes, name, title in zip(
            figure.subplots(1, 2),
            ("share", "heat"),
            ("recognisable share", "heat, kT"),
            strict=True,
        ):
            axes.axhline(found["full precision"][name][0], color=MUTED, lw=1)
            for (curve, points), (colour, mark, line) in zip(
                found["curves"].items(), _LOOKS, strict=True
            ):
                shown = {int(at): point[name] for at, point in points.items() if int(at) <= _MOST}
                values, errors = np.array(list(shown.values())).T
                axes.errorbar(list(shown), values, 2 * errors, color=colour,
                              marker=mark, ls=line, ms=3.5, lw=1, label=curve)  # fmt: skip
            axes.set_title(title)
            axes.set_xlabel("bits of a coupling")
        figure.axes[0].legend(frameon=False, loc="lower right")
        return standalone(to_svg(figure, label), label)


def ledger() -> str:
    """Return the lines of the energy of one sample, in both families and digitally."""
    found = _read("energy-ledger")
    label = "Energy of one sample, line by line, in two families and on a processor"
    with canvas("ledger"), rc_context(_TEXT):
        figure = panel(600, 300)
        for axes, (name, circuit) in zip(
            figure.subplots(1, 2, sharex=True), found["circuits"].items(), strict=True
        ):
            lines = [line for line in circuit["lines"] if line["counted"] and line["joule"] > 0]
            lines.sort(key=lambda line: line["joule"])
            bars = [(line["name"], line["joule"], IDEAL) for line in lines]
            bars += [("total", circuit["total"], SPICE)]
            bars += [("digital sample", found["digital"][name]["joule"], MUTED)]
            _bars(axes, bars)
            axes.set_xscale("log")
            axes.xaxis.set_major_formatter(powers_of_ten())
            axes.set_title(name)
            axes.set_xlabel("J")
        return standalone(to_svg(figure, label), label)


def barriers() -> str:
    """Return what does not get faster with a machine, against the factor."""
    metrics = {metric["name"]: metric for metric in _read("speedup")["metrics"]}
    label = "Change of the mean square by what does not get faster, against the factor"
    with canvas("barriers"), rc_context(_TEXT):
        figure = panel(420, 270)
        axes = figure.add_subplot()
        axes.axhline(5, color=INK, lw=1, ls=(0, (1, 1.5)))
        for name, (colour, mark, line) in zip(_BARRIERS, _LOOKS, strict=False):
            rows = [(k, abs(metrics[f"{name} at {k}x"]["value"])) for k in (1, 4, 16, 64)]
            at, change = np.array([row for row in rows if row[1] > 0]).T
            axes.loglog(at, 100 * change, color=colour, marker=mark, ls=line, ms=5, label=name)
        axes.set_xticks([1, 4, 16, 64], ["1", "4", "16", "64"])
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axes.minorticks_off()
        axes.set_xlabel("factor")
        axes.set_ylabel("|change of the mean square|, %")
        axes.legend(frameon=False)
        return standalone(to_svg(figure, label), label)


def causes() -> str:
    """Return the changes of the mean square by each cause, with two standard errors."""
    rows = [
        row for row in _read("error-budget-causes")["rows"] if row["statistic"] == "mean square"
    ]
    rows = [row for row in rows if row["cause"] != "sampling"][::-1]
    label = "Change of the mean square of the states by each cause alone and by all together"
    with canvas("causes"), rc_context(_TEXT):
        figure = panel(460, 260)
        axes = figure.add_subplot()
        place = np.arange(len(rows))
        values, errors = np.array([(row["difference"], row["stderr"]) for row in rows]).T
        axes.axvline(0, color=MUTED, lw=0.8)
        axes.barh(place, 100 * values, 0.6, color=IDEAL)
        axes.hlines(place, 100 * (values - 2 * errors), 100 * (values + 2 * errors), color=INK)
        axes.set_yticks(place, [row["cause"] for row in rows])
        axes.set_xlabel("change of the mean square of x, 1/100")
        return standalone(to_svg(figure, label), label)


def budget() -> str:
    """Return which parts make the error of a stochastic processing unit."""
    metrics = {metric["name"]: metric["value"] for metric in _read("spu")["metrics"]}
    label = "Relative error of the inverse by each kind of part, and by all together"
    with canvas("budget"), rc_context(_TEXT):
        figure = panel(460, 240)
        axes = figure.add_subplot()
        bars = [("sampling alone", metrics["budget: sampling"], MUTED)]
        bars += [(name, metrics[f"budget: {name}"], IDEAL) for name in reversed(_PARTS)]
        bars += [("all parts together", metrics["budget: all parts together"], SPICE)]
        axes.axvspan(25, 31, color=MUTED, alpha=0.25, lw=0)
        _bars(axes, [(name, 100 * value, colour) for name, value, colour in bars])
        axes.annotate("published board", (28, 3), rotation=90, ha="center", va="center", color=INK)
        axes.set_xlabel("relative error of the inverse, %")
        return standalone(to_svg(figure, label), label)


def _bars(axes: Axes, bars: list[tuple[str, float, str]]) -> None:
    names, values, colours = zip(*bars, strict=True)
    axes.barh(range(len(bars)), values, 0.6, color=colours)
    axes.set_yticks(range(len(bars)), names)
