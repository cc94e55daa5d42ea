import numpy as np
import pytest

from hwkit import Trajectories
from hwkit.fidelity import compare, paired_quality_metric, quality_metrics

PATTERNS = np.array([[1, 1, -1, -1], [1, -1, 1, -1], [1, -1, -1, 1]], dtype=float)
NOISE = [1.0, 1.0, 1.0, 1.0]  # correlates with no pattern


def runs(*ends, failures=None):
    x = np.zeros((len(ends), 2, 5))  # four visible units and a hidden one
    x[:, 1, :4] = ends
    x[:, 1, 4] = 9.0
    for run in failures or {}:
        x[run] = np.nan
    return Trajectories(np.array([0.0, 1.0]), x, failures or {}, {"seed": 1})


def test_shares_are_of_all_samples():
    some = runs(PATTERNS[0], 5 * PATTERNS[0] + 2, PATTERNS[1], PATTERNS[2], NOISE)
    share, rarest = quality_metrics(some, PATTERNS, share_limit=0.8, class_limit=0.2)
    assert share.value == pytest.approx(0.8)
    assert rarest.value == pytest.approx(0.2)
    assert share.passed
    assert rarest.passed
    assert share.n == 5
    assert not quality_metrics(some, PATTERNS, share_limit=0.81)[0].passed
    assert not quality_metrics(some, PATTERNS, class_limit=0.21)[1].passed


def test_failed_samples_count_as_not_recognised():
    share, _ = quality_metrics(runs(PATTERNS[0], PATTERNS[1], failures={1: "lost"}), PATTERNS)
    assert share.value == 0.5


def test_a_sign_flip_is_not_recognised():
    assert quality_metrics(runs(-PATTERNS[0]), PATTERNS)[0].value == 0.0


def test_the_paired_difference_is_run_by_run():
    ideal = runs(PATTERNS[0], PATTERNS[1], PATTERNS[2], NOISE)
    metric = paired_quality_metric(ideal, runs(PATTERNS[0], NOISE, NOISE, NOISE), PATTERNS, 0.03)
    assert metric.value == 0.5
    assert not metric.passed
    assert "2 of 4 samples differ" in metric.note
    balanced = paired_quality_metric(ideal, runs(NOISE, *PATTERNS[1:], PATTERNS[0]), PATTERNS)
    assert balanced.value == 0.0
    assert balanced.stderr > 0
    assert "2 of 4 samples differ" in balanced.note


def test_compare_judges_quality_if_it_is_given_patterns():
    some = runs(*PATTERNS)
    names = [metric.name for metric in compare(some, some, PATTERNS, 1.0).metrics]
    assert names[-1] == "recognisable share, circuit against ideal"
    assert len(compare(some, some, path_limit=1.0).metrics) == len(names) - 1
