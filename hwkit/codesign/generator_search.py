"""Choose experts, tempers, segments, strength and duration of a generator's training.

The training pictures alone are given, and split: a machine of each candidate is trained on the
larger part, and the smaller one, for validation, gives

    its loss      mean square of y less the field: comparable for one noising and its segments
    its quality   Frechet distance, precision, recall, ... (`fidelity.generators`), by a judge that
                  is trained on the larger part too

Candidates whose loss is far above the least of their noising are not sampled. Of the others the one
with the least Frechet distance is chosen. Pictures for the final test are never asked for.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from hwkit.errors import ConfigError
from hwkit.fidelity import GeneratorQuality, Judge, generator_quality, judge_of
from hwkit.langevin import prepare_states, simulate_gated
from hwkit.ordering import smallest
from hwkit.patterns import LabelledPictures
from hwkit.training import GroupPlan, Protocol, gated_loss, prepared_states, train_gated
from hwkit.wiener import child_seed

Progress = Callable[[int, int], None]

_TOO_HIGH = 1.2  # times the least loss of the same noising


@dataclass(frozen=True)
class GeneratorSettings:
    """Settings of one training; see `train_gated`."""

    groups: tuple[GroupPlan, ...]
    protocol: Protocol
    segments: int = 1
    samples: int = 20


@dataclass(frozen=True)
class GeneratorTrial:
    """What came of one candidate.

    Attributes:
        settings: the candidate.
        loss: of validation pictures, mean over segments.
        quality: against validation pictures; None if the loss was too high to sample it.
        seconds: of training and sampling.
    """

    settings: GeneratorSettings
    loss: float
    quality: GeneratorQuality | None
    seconds: float


@dataclass(frozen=True)
class GeneratorSearch:
    """All trials in the order of the candidates, and the settings chosen."""

    trials: tuple[GeneratorTrial, ...]
    best: GeneratorSettings


def search_generators(
    training: LabelledPictures,
    candidates: Sequence[GeneratorSettings],
    *,
    validation: float = 0.2,
    n_generated: int = 500,
    judge_units: int = 64,
    seed: int = 0,
    progress: Progress | None = None,
) -> GeneratorSearch:
    """Train a machine of each candidate on a part of the training pictures and choose one.

    Args:
        training: the training pictures; those of the final test have no place here.
        candidates: settings to try; at least one.
        validation: share of the training pictures that judges.
        n_generated: samples of each machine.
        judge_units: hidden units of the judge.
        seed: of split, judge, training and samples.
        progress: called as progress(candidates done, candidates).

    Raises:
        ConfigError: if there are no candidates, or the share leaves no pictures.
        DataError: as `judge_of` and `train_gated` raise.
    """
    n_validation = round(validation * len(training))
    if not candidates or not 0 < n_validation < len(training):
        raise ConfigError(
            f"a search of {len(candidates)} candidates with {n_validation} of {len(training)} "
            "pictures for validation can't choose; give candidates, and a share between 0 and 1"
        )
    part, aside = training.split(
        len(training) - n_validation, n_validation, child_seed(seed, "validation")
    )
    judge = judge_of(
        part.pictures, part.labels, aside.pictures, aside.labels, judge_units,
        child_seed(seed, "judge"),
    )  # fmt: skip
    least: dict[tuple[Protocol, int], float] = {}
    trials = []
    for done, settings in enumerate(candidates, 1):
        trials.append(_trial(judge, settings, n_generated, seed, least))
        if progress is not None:
            progress(done, len(candidates))
    distances = [np.inf if t.quality is None else t.quality.fd.value for t in trials]
    return GeneratorSearch(tuple(trials), candidates[smallest(distances)])


def _trial(
    judge: Judge,
    settings: GeneratorSettings,
    n_generated: int,
    seed: int,
    least: dict[tuple[Protocol, int], float],
) -> GeneratorTrial:
    """Train and judge a candidate; `least` has the least loss of each noising so far."""
    start, protocol = time.perf_counter(), settings.protocol
    machine = train_gated(
        judge.training, settings.groups, labels=judge.labels, segments=settings.segments,
        samples=settings.samples, protocol=protocol, seed=child_seed(seed, "training"),
    ).machine  # fmt: skip
    losses = gated_loss(machine, judge.held_out, protocol, seed=child_seed(seed, "loss"))
    loss, noising = float(np.mean(losses)), (protocol, settings.segments)
    least[noising] = min(loss, least.get(noising, np.inf))
    quality = None
    if loss <= _TOO_HIGH * least[noising]:
        t, dt = protocol.t_final, protocol.dt
        x0 = prepare_states(machine, t, dt, n_generated, child_seed(seed, "starts"))
        noise = child_seed(seed, "samples")
        states = simulate_gated(machine, t, dt, n_generated, noise, x0).final
        prepared = prepared_states(
            protocol, judge.held_out, machine.onsite, machine.kT, machine.mobility, seed
        )
        quality = generator_quality(judge, states, prepared, seed)
    return GeneratorTrial(settings, loss, quality, time.perf_counter() - start)
