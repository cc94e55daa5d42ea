"""What a data set study's page says first: does the machine generate what it has not seen?"""

from collections.abc import Sequence

import numpy as np

from hwkit.model.files import read_arrays
from hwkit.report.answers import SHARE, Answer, Gallery, Number, Strip
from hwkit.report.formats import count, number
from hwkit.study.finished import FinishedRun
from hwkit.study.kinds.dataset.page import row_of
from hwkit.study.kinds.dataset.plan import DatasetPlan, GatesPlan
from hwkit.study.kinds.dataset.results import PICTURES, RESULTS, Dataset, Machine
from hwkit.study.kinds.dataset.verdict import over_seeds
from hwkit.trajectories import FloatArray

_SHOWN = 10


def answer(plan: DatasetPlan, run: FinishedRun) -> Answer:
    """Return the first screen: precision, recall and novelty, and generated pictures."""
    results = run.value(RESULTS, Dataset)
    machines, n = results.machines, len(results.machines)
    numbers = (
        _number(machines, "precision", "precision: samples among held-out pictures", SHARE, n),
        _number(machines, "recall", "recall: held-out pictures among samples", SHARE, n),
        _number(
            machines, "novelty", "novelty: distance to the nearest training picture", "", n,
            "; held-out pictures have 1, copies less",
        ),
    )  # fmt: skip
    pictures = read_arrays(run.result(PICTURES))
    return Answer(_sentence(plan, results), numbers, _gallery(plan, pictures))


def _sentence(plan: DatasetPlan, results: Dataset) -> str:
    facts, machines = results.facts, results.machines
    precision, recall = (np.mean(over_seeds(machines, name)) for name in ("precision", "recall"))
    pairwise = np.mean(over_seeds(results.pairwise, "precision"))
    novelty = float(np.mean(over_seeds(machines, "novelty")))
    copies = "does not copy" if novelty >= plan.limits.novelty else "copies training pictures"
    return (
        f"Of what a machine of {facts.pixels} units with {_experts(plan.machine)} generates, "
        f"{100 * precision:.1f} % lies among held-out pictures ({100 * pairwise:.1f} % without "
        f"experts) and covers {100 * recall:.1f} % of them; it {copies} (novelty "
        f"{number(novelty)}; held-out pictures 1), after training on {count(facts.training)} "
        f"pictures."
    )


def _experts(gates: GatesPlan) -> str:
    tiles = f", {gates.tiles.experts} a tile," if gates.tiles.experts else ""
    segments = f" and {gates.segments} segments" if gates.segments > 1 else ""
    return f"{gates.experts} experts{tiles}{segments}"


def _number(
    machines: Sequence[Machine], name: str, shown: str, unit: str, n: int, beside: str = ""
) -> Number:
    """Return the mean over seeds and its 95 % interval, by their spread and that of sampling."""
    values = over_seeds(machines, name)
    widths = [m.quality.measures[name].high - m.quality.measures[name].low for m in machines]
    sampling = float(np.mean(widths)) / 2 / n**0.5
    seeds = 1.96 * float(np.std(values, ddof=1)) / n**0.5 if n > 1 else 0.0
    mean, half = float(np.mean(values)), max(sampling, seeds)
    return Number(shown, mean, mean - half, mean + half, unit, f"mean of {n} seeds{beside}")


def _gallery(plan: DatasetPlan, pictures: dict[str, FloatArray]) -> Gallery:
    strips = [
        Strip(title, row_of(pictures[name][:_SHOWN], name.replace("_", " ")))
        for title, name in (
            ("Generated, class by class", "generated"),
            ("The nearest training picture of each", "nearest"),
            ("Held-out pictures with the same noise", "held_out"),
        )
    ]
    caption = (
        "The first pictures of each row, not hand-picked; in the first two rows pictures of one "
        "column belong together."
    )
    return Gallery(tuple(strips), caption, (PICTURES,))
