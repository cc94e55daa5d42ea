from functools import cache

import numpy as np
import pytest

from hwkit import ConfigError
from hwkit.codesign import GeneratorSettings, generator_search, search_generators
from hwkit.patterns import LabelledPictures
from hwkit.training import GroupPlan, Protocol, normalized_patterns
from tests.fidelity.test_generators import pictures

PROTOCOL = Protocol(1.25, 1.25 / 16)
CANDIDATES = [
    GeneratorSettings((), PROTOCOL, samples=4),
    GeneratorSettings((GroupPlan(4, within_classes=True),), PROTOCOL, samples=4),
    GeneratorSettings((), PROTOCOL, segments=2, samples=4),
]


def whole():
    return LabelledPictures(*pictures(400, 1))


def search(training, **options):
    return search_generators(training, CANDIDATES, n_generated=120, judge_units=8, **options)


@cache
def found():
    return search(whole().split(300, 100)[0])


def test_experts_win_over_the_pairwise_machine():
    trials = found().trials
    assert found().best == CANDIDATES[1]
    assert trials[1].loss < trials[0].loss / 1.05
    assert trials[1].quality.precision.value > 0.8
    assert [trial.settings for trial in trials] == CANDIDATES


def test_a_candidate_of_too_high_a_loss_is_not_sampled(monkeypatch):
    monkeypatch.setattr(generator_search, "_TOO_HIGH", 1.05)
    other = search_generators(
        whole().split(300, 100)[0], CANDIDATES[1::-1], n_generated=120, judge_units=8
    )
    assert other.trials[1].quality is None
    assert other.trials[1].seconds > 0
    assert other.best == CANDIDATES[1]


def test_the_test_pictures_are_not_read(monkeypatch):
    training, test = whole().split(300, 100)
    judged, trained = [], []
    real_judge, real_training = generator_search.judge_of, generator_search.train_gated

    def judge_of(x, labels, held_out, *arguments):
        judged.append((x, held_out))
        return real_judge(x, labels, held_out, *arguments)

    def train_gated(x, *arguments, **options):
        trained.append(x)
        return real_training(x, *arguments, **options)

    monkeypatch.setattr(generator_search, "judge_of", judge_of)
    monkeypatch.setattr(generator_search, "train_gated", train_gated)
    search_generators(training, CANDIDATES[:1], n_generated=20, judge_units=4)
    [(x, held_out)] = judged
    rows = {row.tobytes() for row in training.pictures}
    assert {row.tobytes() for row in np.vstack([x, held_out])} == rows
    assert len(x) + len(held_out) == len(training)
    [pictures_trained] = trained
    np.testing.assert_array_equal(pictures_trained, normalized_patterns(x))
    # Control: pictures of the test are among none of these.
    assert not rows & {row.tobytes() for row in test.pictures}


def test_what_cannot_choose_is_refused():
    with pytest.raises(ConfigError, match="a search of 0 candidates"):
        search_generators(whole(), [])
    with pytest.raises(ConfigError, match="with 0 of 400 pictures for validation"):
        search(whole(), validation=0.0)
