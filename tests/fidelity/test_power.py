import numpy as np
import pytest

from benchmarks.power import NAMES, power
from hwkit.fidelity.permutation import relabel
from hwkit.fidelity.power import detectable_changes
from hwkit.fidelity.statistics import Sample

REPEATS = 120
SLACK = 3 * np.sqrt(0.95 * 0.05 / REPEATS)


def test_the_stated_change_is_found_with_95_percent_power():
    same, fresh, old = power(60, 60, REPEATS, permutations=4000, seed=3)
    for name, *shares in zip(NAMES, same, fresh, strict=True):
        for share in shares:
            assert 0.93 - SLACK <= share <= 0.97 + SLACK, name
    # Control: normal quantiles times the standard error find their change less often.
    assert np.mean(old) < np.mean(same) - 0.03


@pytest.mark.study
@pytest.mark.parametrize("n", [60, 200, 1000])
def test_the_stated_change_is_found_in_93_to_97_percent_of_2000_repeats(n):
    same, _, _ = power(n, n, 2000, permutations=4000)
    assert np.all((same >= 0.93) & (same <= 0.97))


def changes(a, b, name, permutations=4000):
    sides = [Sample(x[:, None], np.ones((len(x), 1))) for x in (a, b)]
    found = relabel(*sides, [[0]], 1, permutations)
    return float(detectable_changes(*sides, [name], [[0]], found)[0])


def test_more_runs_find_less():
    rng = np.random.default_rng(0)
    x = rng.standard_normal(2000)
    few, many = changes(x[:50], x[50:100], "mean"), changes(x[:1000], x[1000:], "mean")
    assert few / many == pytest.approx(np.sqrt(20), rel=0.3)


def test_a_share_of_one_can_only_fall():
    """All 50 runs of each side count; of a share of 1 relabelling alone would say 0."""
    assert 0.1 < changes(np.ones(50), np.ones(50), "recognisable share") < 0.4
    assert changes(np.ones(50), np.ones(50), "heat") == 0  # control: no spread, no luck


def test_three_runs_a_side_find_no_change():
    x = np.random.default_rng(0).standard_normal(6)
    assert changes(x[:3], x[3:], "mean") == np.inf
