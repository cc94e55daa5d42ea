import re

import numpy as np
import pytest
from scipy import stats

import hwkit
from benchmarks.rare import Region, coverage
from hwkit.circuit.variation import Fault, Spread, Variation
from hwkit.circuit.variation.distributions import Normal, Uniform
from hwkit.tolerance import RareFailure, scaled_sigma
from hwkit.tolerance.tail_form import fit_tail, log_upper_gamma

BOARDS = 5000


@pytest.mark.parametrize("a", [-2.0, -0.5, 0.0, 0.5, 1.5, 50.0])
@pytest.mark.parametrize("x", [0.05, 1.0, 4.9, 5.1, 60.0])
def test_the_incomplete_gamma_function_obeys_its_recurrence(a, x):
    """Gamma(a + 1, x) = a Gamma(a, x) + x^a e^-x."""
    last = a * np.log(x) - x
    right = last + np.log1p(a * np.exp(log_upper_gamma(a, x) - last))
    assert log_upper_gamma(a + 1, x) == pytest.approx(right, abs=1e-6)


def test_the_form_is_exact_for_a_half_space_and_a_ball():
    scales = np.array([1.6, 1.9, 2.3, 2.8])
    for share, known, shape in [
        (stats.norm.sf(5 / scales), stats.norm.sf(5), 0.5),
        (stats.chi2.sf(36 / scales**2, 3), stats.chi2.sf(36, 3), 1.5),
    ]:
        fit = fit_tail(scales, np.round(10**9 * share).astype(int), 10**9, 0.95)
        assert fit.log_probability == pytest.approx(np.log(known), abs=0.05)
        assert fit.shape == pytest.approx(shape, abs=0.1)


@pytest.mark.parametrize(("name", "p", "tells"), [
    ("half space", 1e-5, 0.9), ("half space", 1e-9, 0.9), ("two-sided", 1e-7, 0.9),
    ("ball, 10 dimensions", 3.6e-9, 0.9), ("ball, 100 dimensions", 1e-6, 0.9),
    ("corner of 2", 1e-7, 0.9), ("union of 10 half spaces", 1e-7, 0.9),
    ("half space behind a ball", 1e-7, 0.9), ("corner of 3", 1e-9, 0.0),
])  # fmt: skip
def test_the_interval_covers_known_regions(name, p, tells):
    found = coverage(Region.with_probability(name, p), BOARDS, 30, plain=False)
    assert found.told >= tells
    if tells:
        assert found.covers >= 0.9
    assert found.bounded >= 0.9


def test_the_plain_fit_does_not_cover_a_ball():
    """Control: what the interval was before it allowed for the form."""
    found = coverage(Region.with_probability("ball, 10 dimensions", 3.6e-9), 20_000, 20)
    assert found.plain_told > 0.5
    assert found.plain_covers < 0.2
    assert found.covers >= 0.9


def test_another_probability_is_not_in_the_interval():
    found = scaled_sigma(lambda s, n: round(n * stats.norm.sf(5 / s)), 100_000)
    assert found.low < stats.norm.sf(5) < found.high
    assert not found.low < 1e-4 < found.high
    assert found.outcome == "estimate"
    assert np.nanmax(np.abs(found.residuals)) < 4


def test_smaller_scales_are_added_where_too_many_boards_fail():
    region = Region.with_probability("ball, 100 dimensions", 1e-6)
    found = scaled_sigma(lambda s, n: round(n * region(s)), BOARDS)
    assert found.scales.min() < 1.6
    assert found.outcome == "estimate"


@pytest.mark.parametrize(("count", "words"), [
    (lambda s, n: 0, "needs 5 failures at 3 scales .* gave 0 at 1.6, .* take larger scales"),
    (lambda s, n: n, "more than 40% of 5000 boards fail at .* count failures of boards as drawn"),
    (lambda s, n: round(n * 0.3 / s**4) if s < 2 else 20, "don't follow the form"),
])  # fmt: skip
def test_what_the_counts_cannot_tell_is_said(count, words):
    found = scaled_sigma(count, BOARDS)
    assert found.outcome == "can't tell"
    assert np.isnan(found.probability)
    assert (found.low, found.high) == (0, found.at_most)
    assert found.describe().startswith("can't tell: ")
    assert re.search(words, found.why)


@pytest.mark.parametrize("scales", [(1.5, 2), (1.5, 1.5, 2, 3), (1, 2, 3, 4)])
def test_scales_that_no_fit_can_use_are_refused(scales):
    with pytest.raises(hwkit.ConfigError, match="at least 4 different ones above 1"):
        scaled_sigma(lambda scale, n: 5, 100, 0, scales=scales)


def test_what_is_not_gaussian_is_named():
    variation = Variation(
        (Spread("a", "coupling", Normal(0.1)), Spread("b", "coupling", Uniform(0.1))),
        faults=(Fault("c", "coupling", "open", 0.1), Fault("d", "coupling", "open", 0.0)),
    )
    assert variation.not_gaussian == ["b", "c"]
    unknown = RareFailure.cannot_tell("because", 0.95)
    assert unknown.describe() == "can't tell: because"
    assert unknown.high == 1
