"""How good a generator of a whole data set is: does it make new pictures of the same kind?

States and pictures are normalised to zero mean and unit variance. With a judge (`judge`) trained on
the training pictures, and its features:

    fd              Frechet distance of the features of generated and of held-out pictures
    confident       share of samples whose largest class probability exceeds 0.9
    smallest_class  smallest share by predicted class
    precision       share of samples in the manifold of held-out pictures (`manifolds`)
    recall          share of held-out pictures in the manifold of samples
    novelty         median distance of samples to the nearest training picture, divided by that of
                    held-out pictures at the start of noising: below 1 it copies

fd falls with the number of samples, precision and recall depend on it: compare figures of equal
counts only. Precision and recall take at most 1,000 of each side.

Intervals are from the bootstrap (Efron 1979): resamples of the samples that a measure averages
over, generated ones for all but recall, with the held-out pictures (for recall the manifold of
samples) as they are. Resamples are centred on the value, since a resample's distance is biased.
They cover the noise of sampling a machine, not that of training another one.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hwkit.errors import DataError
from hwkit.fidelity.judge import Judge
from hwkit.fidelity.manifolds import (
    NEIGHBOURS,
    gaussian_distance,
    inside,
    mean_and_covariance,
    nearest_distance,
)
from hwkit.training import normalized_patterns
from hwkit.wiener import child_seed

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.intp]

CONFIDENT = 0.9  # probability that a sample's class needs to count as confident
_MOST = 1000  # of each side in precision and recall
_RESAMPLES = 200


@dataclass(frozen=True)
class Estimate:
    """A measured value and its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3g} ({self.low:.3g} to {self.high:.3g})"


@dataclass(frozen=True)
class GeneratorQuality:
    """The measures of a generator, as the module defines them.

    Attributes:
        fd, confident, smallest_class, precision, recall, novelty: each with its interval.
        n_generated, n_held_out: counts behind fd.
        failed: samples that are not finite or constant; they count as not confident, of no class
            and outside every manifold, and take no part in fd and novelty.
    """

    fd: Estimate
    confident: Estimate
    smallest_class: Estimate
    precision: Estimate
    recall: Estimate
    novelty: Estimate
    n_generated: int
    n_held_out: int
    failed: int = 0

    @property
    def measures(self) -> dict[str, Estimate]:
        """The six measures by name."""
        values = ((each.name, getattr(self, each.name)) for each in fields(self))
        return {name: value for name, value in values if isinstance(value, Estimate)}


def generator_quality(
    judge: Judge, generated: ArrayLike, prepared: ArrayLike, seed: int = 0
) -> GeneratorQuality:
    """Measure generated pictures.

    Args:
        judge: classifier, training and held-out pictures.
        generated: states or pictures, (n, N), any scale.
        prepared: held-out pictures at the start of noising (`training.prepared_states`), (m, N):
            what a perfect reversal would generate.
        seed: of resamples, and of the choice where there are over 1,000 samples.

    Raises:
        DataError: if pictures differ in size, or fewer than six samples are usable.
    """
    states = np.asarray(generated, dtype=np.float64)
    if states.ndim != 2 or states.shape[1] != judge.training.shape[1]:
        raise DataError(
            f"generated states have shape {states.shape}; give (n, {judge.training.shape[1]})"
        )
    usable = np.asarray(np.isfinite(states).all(axis=1))
    usable[usable] = states[usable].std(axis=1) > 0
    if np.count_nonzero(usable) <= NEIGHBOURS:
        raise DataError(
            f"{np.count_nonzero(usable)} of {len(states)} generated states are finite and not "
            f"constant; give at least {NEIGHBOURS + 1}"
        )
    pictures = normalized_patterns(states[usable])
    reference = float(np.median(nearest_distance(normalized_patterns(prepared), judge.training)))
    draw = np.random.Generator(np.random.Philox(child_seed(seed, "generator quality")))
    n = len(states)
    probabilities = judge.probabilities(pictures)
    counts = np.zeros((n, judge.n_classes))
    counts[np.flatnonzero(usable), judge.classes(pictures)] = 1.0
    sure = np.zeros(n)
    sure[usable] = probabilities.max(axis=1) > CONFIDENT
    distances = nearest_distance(pictures, judge.training)
    precise, recalled = _in_manifolds(judge, pictures, n, draw)
    return GeneratorQuality(
        fd=_distance(judge, pictures, draw),
        confident=_estimate(sure, _mean, draw, 1.0),
        smallest_class=_estimate(counts, lambda part: float(part.mean(axis=0).min()), draw, 1.0),
        precision=_estimate(precise, _mean, draw, 1.0),
        recall=_estimate(recalled, _mean, draw, 1.0),
        novelty=_estimate(distances, lambda part: float(np.median(part)) / reference, draw),
        n_generated=n,
        n_held_out=len(judge.held_out),
        failed=int(n - np.count_nonzero(usable)),
    )


def permuted_pixels(pictures: FloatArray, seed: int = 0) -> FloatArray:
    """Return pictures (P, N) with their pixels permuted, all alike: the control that must fail."""
    draw = np.random.Generator(np.random.Philox(child_seed(seed, "permuted pixels")))
    return pictures[:, draw.permutation(pictures.shape[1])]


def _in_manifolds(
    judge: Judge, pictures: FloatArray, n: int, draw: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Return which samples and which held-out pictures lie in the other's manifold, as 0 or 1."""
    used = _some(len(pictures), draw)
    samples = judge.features(pictures[used])
    real = judge.features(judge.held_out[_some(len(judge.held_out), draw)])
    precise = np.zeros(round(len(used) * n / len(pictures)))  # failed samples are outside
    precise[: len(used)] = inside(samples, real)
    return precise, inside(real, samples).astype(np.float64)


def _some(count: int, draw: np.random.Generator) -> IndexArray:
    return np.sort(draw.permutation(count)[:_MOST])


def _distance(judge: Judge, pictures: FloatArray, draw: np.random.Generator) -> Estimate:
    held_out = mean_and_covariance(judge.features(judge.held_out))
    return _estimate(
        judge.features(pictures),
        lambda part: gaussian_distance(*held_out, *mean_and_covariance(part)),
        draw,
    )


def _mean(part: FloatArray) -> float:
    return float(part.mean())


def _estimate(
    samples: FloatArray,
    measure: Callable[[FloatArray], float],
    draw: np.random.Generator,
    most: float = np.inf,
) -> Estimate:
    """Return a measure of samples, 0 to `most`, with its interval, centred on the value."""
    value, n = measure(samples), len(samples)
    resamples = [measure(samples[draw.integers(n, size=n)]) for _ in range(_RESAMPLES)]
    low, high = np.quantile(np.array(resamples) - np.mean(resamples), [0.025, 0.975])
    return Estimate(value, max(value + float(low), 0.0), min(value + float(high), most))
