from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from hwkit import ConfigError, DataError
from hwkit.fidelity import generator_quality, judge_of, permuted_pixels
from hwkit.training import normalized_patterns

TEMPLATES = np.kron(np.eye(4), np.ones(4))  # four classes of 16 pixels


def pictures(n, seed, classes=(0, 1, 2, 3), spread=0.25):
    rng = np.random.default_rng(seed)
    labels = np.array(classes)[rng.integers(len(classes), size=n)]
    return TEMPLATES[labels] + spread * rng.standard_normal((n, 16)), labels


@cache
def judge():
    return judge_of(*pictures(400, 1), *pictures(300, 2), hidden=16)


def quality(generated, **options):
    return generator_quality(judge(), generated, pictures(300, 3)[0], **options)


def test_the_judge_knows_the_classes_and_is_not_told_the_held_out_ones():
    assert judge().accuracy > 0.98
    training, (held_out, labels) = pictures(400, 1), pictures(300, 2)
    wrong = judge_of(*training, held_out, (labels + 1) % 4, hidden=16)
    assert wrong.accuracy < 0.02
    np.testing.assert_array_equal(wrong.W1, judge().W1)


def test_the_judges_probabilities_are_those_of_scikit_learn():
    from sklearn.neural_network import MLPClassifier

    for classes in ((0, 1, 2, 3), (0, 1)):
        x, labels = pictures(60, 1, classes)
        network = MLPClassifier((8,), random_state=0, max_iter=2000)
        network.fit(normalized_patterns(x), labels)
        mine = judge_of(x, labels, *pictures(50, 2, classes), hidden=8)
        expected = network.predict_proba(mine.held_out)
        np.testing.assert_allclose(mine.probabilities(mine.held_out), expected, atol=1e-12)


def test_fresh_pictures_of_the_same_kind_are_good():
    good = quality(pictures(800, 4)[0])
    assert good.fd.value < 0.5
    assert good.confident.value > 0.95
    assert good.smallest_class.value > 0.2
    assert good.precision.value > 0.9
    assert good.recall.value > 0.95
    assert good.novelty.value == pytest.approx(1, abs=0.05)
    for each in good.measures.values():
        assert 0 <= each.low <= each.value <= each.high


def test_a_missing_class_costs_recall_and_smallest_class_alone():
    three = quality(pictures(800, 4, classes=(0, 1, 2))[0])
    assert three.smallest_class.high < 0.01
    assert three.recall.value == pytest.approx(0.75, abs=0.06)
    assert three.precision.value > 0.9


def test_planted_noise_costs_precision():
    rng = np.random.default_rng(5)
    mixed = np.vstack([pictures(600, 4)[0], 5 * rng.standard_normal((400, 16))])
    assert quality(mixed).precision.value < quality(pictures(1000, 4)[0]).precision.value - 0.2


def test_control_permuted_pixels_fail():
    bad = quality(permuted_pixels(judge().training))
    assert bad.precision.high < 0.2
    assert bad.fd.low > 10 * quality(judge().training).fd.high


def test_control_copies_are_not_new():
    copies = judge().training + 1e-3 * np.random.default_rng(1).standard_normal((400, 16))
    assert quality(copies).novelty.high < 0.1


def test_intervals_cover_the_noise_of_sampling():
    values = [quality(pictures(200, seed)[0]).fd for seed in range(10, 20)]
    mean = np.mean([each.value for each in values])
    assert sum(each.low <= mean <= each.high for each in values) >= 7
    assert quality(pictures(200, 10)[0], seed=1).fd.value == values[0].value


def test_failed_samples_count_against_the_machine():
    x = pictures(400, 4)[0]
    x[:100] = np.nan
    x[100:200] = 1.0
    half = quality(x)
    assert half.failed == 200
    assert half.confident.value == pytest.approx(0.5, abs=0.02)
    assert half.precision.value == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"labels": np.zeros(400, int)}, DataError, "class 1 of 4 has no training pictures"),
        ({"labels": np.zeros(3, int)}, DataError, r"labels have shape \(3,\) for 400 pictures"),
        ({"held_out": np.eye(300)[:, :8] + 0.1}, DataError, "pattern 8 is constant"),
        ({"held_out": pictures(300, 2)[0][:, :8]}, DataError, "16 pixels, held-out ones 8"),
        ({"hidden": 0}, ConfigError, "the judge has 0 hidden units"),
    ],
)
def test_what_cannot_be_judged_is_refused(change, error, words):
    (x, labels), (held_out, others) = pictures(400, 1), pictures(300, 2)
    good = {"pictures": x, "labels": labels, "held_out": held_out, "held_out_labels": others}
    with pytest.raises(error, match=words):
        judge_of(**good | change)


def test_states_of_another_size_and_too_few_are_refused():
    with pytest.raises(DataError, match=r"shape \(5, 9\); give \(n, 16\)"):
        quality(np.ones((5, 9)))
    with pytest.raises(DataError, match="0 of 20 generated states are finite"):
        quality(np.full((20, 16), np.nan))


def test_an_estimate_shows_its_interval():
    assert str(replace(quality(pictures(50, 1)[0]).fd, value=1.0, low=0.5, high=2.0)) == (
        "1 (0.5 to 2)"
    )
