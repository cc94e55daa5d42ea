"""The page of a co-design study: what each training is worth on the same boards."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from hwkit.fidelity import shown_share
from hwkit.report.answers import Number
from hwkit.report.drawing import IDEAL, MUTED, SPICE, Drawing, canvas, panel, to_svg
from hwkit.report.formats import count, number
from hwkit.report.rendering import Section, metrics_section
from hwkit.study.finished import FinishedRun
from hwkit.study.kinds.codesign.plan import CodesignPlan
from hwkit.study.kinds.codesign.results import RESULTS, CodesignResults
from hwkit.trajectories import FloatArray

_TRAINED = {
    "ideal": "Ideal: on the hardware of the paper, without errors of parts",
    "plain": "Plain: the same values on the boards",
    "aware": "Aware: trained with the boards' forces",
    "robust": "Robust: aware, and trained against the spread of parts",
    "calibrated": "Calibrated: corrected on each board by what is measured of it",
}


@dataclass(frozen=True)
class _Content:
    """What the section's template shows."""

    facts: list[tuple[str, str]]
    pilot: list[tuple[str, str]]
    drawings: list[Drawing]


def sections(plan: CodesignPlan, run: FinishedRun) -> Iterator[Section]:
    """Yield the sections of a co-design study's page."""
    yield Section("codesign", "Boards", _boards(plan, run.value(RESULTS, CodesignResults)))
    yield metrics_section(run.verdict())


def _boards(plan: CodesignPlan, results: CodesignResults) -> _Content:
    shares = {name: np.array(boards.share) for name, boards in results.boards.items()}
    size, n = results.units, plan.boards.pilot  # boards; samples of one board depend on each other
    return _Content(
        facts=[
            ("units", f"{count(size.units)}, {count(size.visible)} of them visible"),
            ("couplings", f"{count(size.couplings)} pairs, at most {size.degree} to a unit"),
            ("largest sum of |J| at a unit (plain)", number(size.node_sum)),
            ("boards", f"{plan.boards.fresh}, {plan.boards.samples} samples on each"),
        ],
        pilot=[(name, shown_share(value, n)) for name, value in results.pilot.items()],
        drawings=[_paired(shares, name) for name in shares if name in plan.variants],
    )


def strip(shares: Mapping[str, FloatArray], samples: int) -> Drawing:
    """Draw the recognisable share of every board, one column for each training, and the means.

    `shares`: training -> (boards,), each of so many samples.
    """
    with canvas("codesign-shares"):
        figure = panel(420, 260)
        axes = figure.add_subplot()
        for column, (name, values) in enumerate(shares.items()):
            spread = np.linspace(-0.22, 0.22, values.size)
            colour = IDEAL if name == "ideal" else SPICE
            axes.plot(column + spread, values, ".", color=colour, markersize=5, alpha=0.6)
            axes.plot([column - 0.32, column + 0.32], [values.mean()] * 2, color=colour)
        axes.set_xticks(range(len(shares)), list(shares))
        axes.set_ylim(-0.03, 1.03)
        axes.set_ylabel("recognisable share")
        axes.grid(axis="y")
        svg = to_svg(figure, "Recognisable share of every board, by training")
    means = [Number.shares(name, values.tolist(), samples) for name, values in shares.items()]
    listed = ", ".join(f"{n.name} {n.shown} ({n.interval})" for n in means)
    trained = ". ".join(_TRAINED[name] for name in shares if name in _TRAINED)
    return Drawing(
        svg, f"A dot for every board, a line for the mean (95 % intervals): {listed}. {trained}."
    )


def _paired(shares: Mapping[str, FloatArray], name: str) -> Drawing:
    """Draw one training against the plain one, board by board."""
    with canvas(f"codesign-paired-{name}"):
        figure = panel(420, 320)
        axes = figure.add_subplot()
        axes.plot([0, 1], [0, 1], color=MUTED, linewidth=0.8)
        axes.plot(shares["plain"], shares[name], "o", color=SPICE, markersize=4, alpha=0.7)
        axes.set_xlabel("plain: recognisable share")
        axes.set_ylabel(f"{name}: recognisable share")
        axes.set_xlim(-0.03, 1.03)
        axes.set_ylim(-0.03, 1.03)
        axes.set_aspect("equal")
        svg = to_svg(figure, f"{name} against plain training, board by board")
    better = int(np.sum(shares[name] > shares["plain"]))
    worse = int(np.sum(shares[name] < shares["plain"]))
    return Drawing(
        svg,
        f"Same board, same noise: {name} generates more recognisable samples than plain on "
        f"{better} of {shares[name].size} boards, fewer on {worse}.",
    )
