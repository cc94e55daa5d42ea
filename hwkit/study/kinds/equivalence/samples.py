"""Generated samples as small pictures: ideal beside SPICE, with the pattern each one shows."""

from dataclasses import dataclass
from math import isqrt

import numpy as np
from numpy.typing import NDArray

from hwkit.plotting.style import grey_range
from hwkit.report.formats import share
from hwkit.report.pictures import Picture, data_uri
from hwkit.study.kinds.equivalence.results import Pair, Results
from hwkit.training import Recognition, recognise
from hwkit.training.quality import RECOGNISABLE
from hwkit.trajectories import Trajectories

FloatArray = NDArray[np.float64]

PAIRS = 24


@dataclass(frozen=True)
class Samples:
    """The training patterns and pairs of samples; `square` says whether they are pictures."""

    square: bool
    patterns: list[Picture]
    pairs: list[tuple[int, Picture, Picture]]
    counts: list[tuple[str, str]]
    threshold: float


def samples(results: Results) -> Samples | None:
    """Return the first pairs, not chosen by quality; None if there are no paired runs."""
    if results.pair is None:
        return None
    pair, classes = results.pair, results.plan.data.classes
    names = [str(label) for label in classes]
    n_visible = results.patterns.shape[1]
    sides = [(side, runs.final[:, :n_visible]) for side, runs in _sides(pair)]
    seen = [recognise(states, results.patterns) for _, states in sides]
    shown = range(min(PAIRS, pair.ideal.n_trajectories))
    grey = grey_range(np.concatenate([states[: len(shown)] for _, states in sides]))

    def picture(side: int, run: int) -> Picture:
        name, states = sides[side]
        return _sample(states[run], grey, seen[side], run, name, names)

    return Samples(
        isqrt(n_visible) ** 2 == n_visible,
        [
            Picture(
                data_uri(row, (float(row.min()), float(row.max()))),
                f"training pattern {name}",
                name,
            )
            for row, name in zip(results.patterns, names, strict=True)
        ],
        [(run, picture(0, run), picture(1, run)) for run in shown],
        [
            (name, share(int(found.recognisable.sum()), found.best.size))
            for (name, _), found in zip(sides, seen, strict=True)
        ],
        RECOGNISABLE,
    )


def _sides(pair: Pair) -> list[tuple[str, Trajectories]]:
    return [("ideal", pair.ideal), ("SPICE", pair.spice)]


def _sample(
    state: FloatArray,
    grey: tuple[float, float],
    seen: Recognition,
    run: int,
    side: str,
    names: list[str],
) -> Picture:
    if not np.all(np.isfinite(state)):
        return Picture("", f"run {run}, {side}: failed", "failed")
    name, correlation = names[seen.best[run]], seen.correlation[run]
    caption = f"{name} · {correlation:z.2f}".replace("-", "−")
    alt = f"run {run}, {side}: most like pattern {name}, correlation {correlation:.2f}"
    if not seen.recognisable[run]:
        alt += ", not recognisable"
        caption += " ✗"
    return Picture(data_uri(state, grey), alt, caption)
