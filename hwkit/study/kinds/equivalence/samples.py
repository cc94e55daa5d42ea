"""Generated samples as small pictures: ideal beside SPICE, with the pattern each one shows."""

from dataclasses import dataclass
from math import isqrt

from hwkit.report.formats import share
from hwkit.report.pictures import Picture
from hwkit.study.kinds.equivalence.results import Results
from hwkit.study.sample_pictures import pattern_pictures, sample_pictures
from hwkit.training import recognise
from hwkit.training.quality import RECOGNISABLE

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
    pair, patterns = results.pair, results.patterns
    names = [str(label) for label in results.plan.data.classes]
    n_visible = patterns.shape[1]
    sides = {"ideal": pair.ideal.final[:, :n_visible], "SPICE": pair.spice.final[:, :n_visible]}
    shown = sample_pictures(sides, patterns, names, PAIRS)
    numbered = enumerate(zip(*shown.values(), strict=True))
    found = {side: recognise(states, patterns) for side, states in sides.items()}
    return Samples(
        isqrt(n_visible) ** 2 == n_visible,
        pattern_pictures(patterns, names),
        [(run, ideal, real) for run, (ideal, real) in numbered],
        [(side, share(int(f.recognisable.sum()), f.best.size)) for side, f in found.items()],
        RECOGNISABLE,
    )
