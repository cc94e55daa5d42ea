import numpy as np
import pytest
from scipy.stats import binom

from hwkit import DataError
from hwkit.fidelity import quality_metrics, shown_share, wilson
from hwkit.tolerance import estimate_yield
from tests.fidelity.test_quality import NOISE, PATTERNS, runs


def test_a_share_is_shown_with_what_its_count_says():
    assert shown_share(63 / 64, 64) == "98.4% (91.7 to 99.7%)"
    assert shown_share(1.0, 4) == "100.0% (51.0 to 100.0%)"
    assert shown_share(0.0, 1000) == "0.0% (0.0 to 0.4%)"


def test_the_interval_covers_as_often_as_it_says():
    n, chances = 64, np.linspace(0.05, 0.95, 91)
    ends = np.array([wilson(k, n) for k in range(n + 1)])
    cover = [
        sum(binom.pmf(k, n, p) for k in range(n + 1) if ends[k, 0] <= p <= ends[k, 1])
        for p in chances
    ]
    assert np.mean(cover) == pytest.approx(0.95, abs=0.01)
    narrow = np.array([wilson(k, n, 0.5) for k in range(n + 1)])  # control
    assert np.all(np.diff(narrow, axis=1)[1:-1] < np.diff(ends, axis=1)[1:-1])
    assert estimate_yield(63, 64).low == wilson(63, 64)[0]


def test_what_is_no_share_is_refused():
    for share, n in ((1.1, 3), (-0.1, 3), (0.5, 0), (float("nan"), 3)):
        with pytest.raises(DataError, match="not a share"):
            shown_share(share, n)


def test_rows_of_a_verdict_say_their_interval():
    share, smallest = quality_metrics(runs(*PATTERNS, NOISE), PATTERNS)
    assert share.note == "75.0% (30.1 to 95.4%)"
    assert smallest.note.startswith("25.0% (4.6 to 69.9%); pattern 1; all: 50.0% (15.0 to 85.0%), ")
