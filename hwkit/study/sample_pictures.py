"""Patterns and generated samples as small pictures, each with the pattern that it shows most."""

from collections.abc import Mapping, Sequence

import numpy as np

from hwkit.plotting.style import grey_range
from hwkit.report.pictures import Picture, data_uri, picture_uri
from hwkit.training import Recognition, recognise
from hwkit.training.quality import RECOGNISABLE
from hwkit.trajectories import FloatArray

Shape = tuple[int, int]
CROSSED = (
    "✗ marks what is not recognisable: a sample that correlates with no pattern above "
    f"{RECOGNISABLE:g}."
)


def pattern_pictures(
    patterns: FloatArray, names: Sequence[str], shape: Shape | None = None
) -> list[Picture]:
    """Return training patterns (P, pixels) as pictures, each in its own greys.

    Args:
        patterns: to be shown.
        names: of the patterns.
        shape: rows and columns of pixels; a square or one row if None.
    """
    return [
        Picture(_uri(row, (float(row.min()), float(row.max())), shape), f"training pattern {n}", n)
        for row, n in zip(patterns, names, strict=True)
    ]


def sample_pictures(
    sides: Mapping[str, FloatArray],
    patterns: FloatArray,
    names: Sequence[str],
    count: int,
    shape: Shape | None = None,
) -> dict[str, list[Picture]]:
    """Return the first samples of each side as pictures in the same greys, not chosen by quality.

    Args:
        sides: end states (samples, pixels) by the side's name; NaN where a run failed.
        patterns: training patterns (P, pixels).
        names: of the patterns.
        count: how many samples to show.
        shape: rows and columns of pixels; a square or one row if None.
    """
    first = {side: states[:count] for side, states in sides.items()}
    grey = grey_range(np.concatenate(list(first.values())))
    shown = {}
    for side, states in first.items():
        seen = recognise(states, patterns)
        shown[side] = [
            _sample(state, grey, seen, run, side, names, shape) for run, state in enumerate(states)
        ]
    return shown


def _sample(
    state: FloatArray,
    grey: tuple[float, float],
    seen: Recognition,
    run: int,
    side: str,
    names: Sequence[str],
    shape: Shape | None,
) -> Picture:
    if not np.all(np.isfinite(state)):
        return Picture("", f"run {run}, {side}: failed", "failed")
    name, correlation = names[seen.best[run]], seen.correlation[run]
    caption = f"{name} · {correlation:z.2f}".replace("-", "−")
    alt = f"run {run}, {side}: most like pattern {name}, correlation {correlation:.2f}"
    if not seen.recognisable[run]:
        alt += ", not recognisable"
        caption += " ✗"
    return Picture(_uri(state, grey, shape), alt, caption)


def _uri(values: FloatArray, grey: tuple[float, float], shape: Shape | None) -> str:
    return data_uri(values, grey) if shape is None else picture_uri(values.reshape(shape), grey)
