"""Figures of a generative study: losses, heat, durations."""

from collections.abc import Callable, Iterable

import numpy as np

from hwkit.report.answers import Number, error_bars
from hwkit.report.drawing import IDEAL, INK, MUTED, SPICE, Drawing, canvas, panel, to_svg
from hwkit.report.formats import number
from hwkit.study.kinds.generative.plan import DURATION
from hwkit.study.kinds.generative.results import Account, Losses, MachineHeat, SweepRow

_DASHES = {"batch": "-", "online": (0, (4, 1.6)), "exact": (0, (1, 1.5))}
_COLOURS = {"repeat": IDEAL, "projection": SPICE}


def loss_curves(field: str, losses: Iterable[Losses]) -> Drawing:
    """Draw the losses of gradient descent above the exact one, logarithmic on both axes."""
    ways = {entry.task.way: entry.held_out for entry in losses if entry.task.field == field}
    exact, lowest = ways.pop("exact")[0], {}
    with canvas(f"loss-{field}"):
        figure = panel(400, 260)
        axes = figure.add_subplot()
        for way, held_out in ways.items():
            above = np.array(held_out) - exact
            cycles = np.arange(1, above.size + 1)
            colour = IDEAL if way == "batch" else SPICE
            axes.plot(cycles, np.maximum(above, 1e-6), color=colour, label=way, linewidth=1.3)
            lowest[way] = float(above.min())
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axes.minorticks_off()
        axes.set_title(f"Hidden field: {field}")
        axes.set_xlabel("cycle (a path of every pattern)")
        axes.set_ylabel("loss per step above exact")
        axes.grid(axis="y")
        axes.legend(frameon=False)
        svg = to_svg(figure, f"Loss of gradient descent above exact training, {field}")
    ends = ", ".join(f"{way} {number(value, 2)}" for way, value in lowest.items())
    return Drawing(svg, f"Exact: {exact:.4f} a step. Least distance to it: {ends or 'none'}.")


def heat_histogram(machines: dict[str, MachineHeat], quoted: float) -> Drawing:
    """Draw the distribution of heat over samples, and where the quoted heat lies."""
    every = np.concatenate([machine.heat for machine in machines.values()])
    edges = np.linspace(every.min(), every.max(), 41)
    with canvas("heat-machines"):
        figure = panel(420, 270)
        axes = figure.add_subplot()
        for name, machine in machines.items():
            density, _ = np.histogram(machine.heat, edges, density=True)
            axes.stairs(
                1e3 * density,
                edges,
                color=_COLOURS[machine.task.field],
                linestyle=_DASHES[machine.task.way],
                label=name,
            )
        axes.axvline(quoted, color=INK, linewidth=1)
        axes.annotate("quoted", (quoted, 0.92), (-4, 0), xycoords=("data", "axes fraction"),
                      textcoords="offset points", ha="right", color=INK)  # fmt: skip
        axes.set_xlabel("heat of a sample / kT, fixed potential")
        axes.set_ylabel("density × 1000")
        axes.grid(axis="y")
        axes.legend(frameon=False, fontsize=8)
        svg = to_svg(figure, "Histogram of heat per sample for each machine, quoted heat marked")
    return Drawing(svg, "Heat given to the bath by each sample, one outline for each machine.")


def heat_course(machines: dict[str, MachineHeat]) -> Drawing:
    """Draw how mean heat grows over a run."""
    with canvas("heat-course"):
        figure = panel(420, 270)
        axes = figure.add_subplot()
        for name, machine in machines.items():
            course, task = machine.course, machine.task
            axes.plot(course.t, course.heat, color=_COLOURS[task.field],
                      linestyle=_DASHES[task.way], label=name, linewidth=1.3)  # fmt: skip
        axes.set_xlabel("time (model units)")
        axes.set_ylabel("mean heat so far / kT")
        axes.grid(axis="y")
        axes.legend(frameon=False, fontsize=8)
        svg = to_svg(figure, "Mean heat over the time of generation for each machine")
    return Drawing(svg, "Mean heat so far: it is still growing at the paper's duration.")


def sweep(rows: list[SweepRow]) -> list[Drawing]:
    """Draw recognisable share and heat over the duration."""
    return [
        _over_duration("share", "recognisable share", rows, _share),
        _over_duration("heat", "mean heat / kT", rows, lambda row: _known(row.heat)),
    ]


def _share(row: SweepRow) -> Number:
    return Number.share(row.field, row.share, row.n)


def _known(account: Account) -> Number:
    return Number.mean("heat", account.mean, account.stderr, "kT")


def _over_duration(
    title: str,
    label: str,
    rows: list[SweepRow],
    quantity: Callable[[SweepRow], Number],
) -> Drawing:
    """Draw a quantity and its 95 % interval over the duration."""
    with canvas(f"sweep-{title}"):
        figure = panel(400, 260)
        axes = figure.add_subplot()
        for field in dict.fromkeys(row.field for row in rows):
            here = [row for row in rows if row.field == field]
            found = [quantity(row) for row in here]
            t, y = [row.t for row in here], [n.value for n in found]
            axes.errorbar(t, y, error_bars(found), color=_COLOURS[field], marker="o",
                          markersize=3.5, linewidth=1.3, label=field)  # fmt: skip
        axes.axvline(DURATION, color=MUTED, linewidth=0.8, linestyle=(0, (1, 1.5)))
        axes.set_xscale("log")
        axes.set_xticks(sorted({row.t for row in rows}))
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axes.minorticks_off()
        axes.set_ylim(bottom=0)
        axes.set_xlabel("duration of noising and of generation")
        axes.set_ylabel(label)
        axes.grid(axis="y")
        axes.legend(frameon=False)
        svg = to_svg(figure, f"{label} against duration")
    return Drawing(svg, "Bars: 95 % intervals. Dotted: the paper's duration.")
