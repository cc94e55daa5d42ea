import numpy as np
import pytest
from scipy.stats import norm

import hwkit
from hwkit.circuit.variation import Spread, Variation
from hwkit.circuit.variation.distributions import Normal
from hwkit.circuit.variation.drawing import Drawing
from hwkit.tolerance import (
    Limit,
    bits_curve,
    cheapest,
    drawn,
    enumerated,
    group_shares,
    indices,
    largest_sigma,
    monte_carlo,
    rank,
    sobol_indices,
    tolerance_curve,
    trimmed,
    worst_case,
)
from tests.machines import random_machine


@pytest.fixture(scope="module")
def design():
    return hwkit.compile_model(random_machine(6, 1))


VARIATION = Variation(
    (
        Spread("c", "capacitor", Normal(0.01), share="lot"),
        Spread("q", "onsite-cubic", Normal(0.02), share="lot"),
    )
)


def linear_metric(design):
    """Twice the capacitors' deviation plus the cubics': sigma 0.02 from each."""

    def metric(boards):
        c, q = (
            boards.values[n][:, 0] / design.group(n).values[0] - 1
            for n in ("capacitor", "onsite-cubic")
        )
        return {"y": 2 * c + q}

    return metric


def yield_at(design, limit, boards=4000):
    def found(variation):
        limits = [Limit("y", low=-limit, high=limit)]
        return monte_carlo(design, variation, linear_metric(design), boards, 3, limits).estimate

    return found


def test_sobol_indices_of_a_known_function(design):
    loose = VARIATION.scaled(2.0, ("c",))  # variances 16 to 4
    found = sobol_indices(design, loose, linear_metric(design), "y", 1500, seed=4)
    assert [index.group for index in found] == ["c", "q"]
    for index, known in zip(found, (0.8, 0.2), strict=True):
        first_error = (index.first_high - index.first_low) / 3.92
        total_error = (index.total_high - index.total_low) / 3.92
        assert abs(index.first - known) < 4 * first_error < 0.15
        assert abs(index.total - known) < 4 * total_error < 0.15


def test_interactions_are_in_the_total_alone():
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((2, 2, 8000))
    f = lambda x, y: x * y  # noqa: E731
    mixed = {"x": f(b[0], a[1]), "y": f(a[0], b[1])}
    for index in indices(f(*a), f(*b), mixed, 0):
        assert index.first == pytest.approx(0, abs=0.08)
        assert index.total == pytest.approx(1, abs=0.12)
    with pytest.raises(hwkit.ConfigError, match="same on every board"):
        indices(np.ones(20), np.ones(20), {"x": np.ones(20)}, 0)
    with pytest.raises(hwkit.ConfigError, match="need 8"):
        indices(np.ones(5), np.ones(5), {"x": np.ones(5)}, 0)


def test_largest_sigma_is_where_the_yield_crosses(design):
    # y has variance (2 s 0.01)^2 + 0.02^2; |y| <= 0.06 for 90 %
    found = largest_sigma(yield_at(design, 0.06), VARIATION, "c", 0.9, precision=0.02)
    known = np.sqrt((0.06 / norm.ppf(0.95)) ** 2 - 0.02**2) / 0.02
    assert found.factor == pytest.approx(known, rel=0.06)
    assert found.factor < found.fails_at
    assert found.at_factor.value >= 0.9
    assert largest_sigma(yield_at(design, 0.06, 200), VARIATION, "c", 0.9, 1.1).fails_at == np.inf
    assert largest_sigma(yield_at(design, 0.01, 200), VARIATION, "c", 0.9).factor == 0
    with pytest.raises(hwkit.ConfigError, match="did you mean"):
        largest_sigma(yield_at(design, 0.06), VARIATION, "cc", 0.9)


def test_cheapest_allocation_is_that_of_an_exhaustive_search(design):
    costs = {"c": {0.5: 9.0, 1.0: 5.0, 2.0: 1.0}, "q": {0.5: 6.0, 1.0: 3.0, 2.0: 1.0}}
    evaluate = yield_at(design, 0.05, 1000)
    found = cheapest(evaluate, VARIATION, costs, 0.9)
    best = min(
        (costs["c"][c] + costs["q"][q], c, q)
        for c in costs["c"]
        for q in costs["q"]
        if evaluate(VARIATION.scaled(c, ("c",)).scaled(q, ("q",))).value >= 0.9
    )
    assert (found.cost, found.factors) == (best[0], {"c": best[1], "q": best[2]})
    assert found.tried < 9
    assert cheapest(yield_at(design, 0.01, 200), VARIATION, costs, 0.9).found is None


def test_curves_fall(design):
    points = tolerance_curve(yield_at(design, 0.05, 500), VARIATION, [0.5, 1, 2, 4])
    values = [p.found.value for p in points]
    assert values == sorted(values, reverse=True)
    assert values[0] > 0.95 > 0.6 > values[-1]


def test_bits_curve(design):
    nominal = design.group("coupling").values

    def evaluate(variation):
        def metric(boards):
            return {"e": np.abs(boards.values["coupling"] - nominal).max(axis=1) / nominal.max()}

        return monte_carlo(design, variation, metric, 3, 0, [Limit("e", high=0.01)]).estimate

    points = bits_curve(evaluate, Variation(), "coupling", [3, 12])
    assert [p.found.value for p in points] == [0.0, 1.0]


def test_trimming_sets_the_first_parts_to_nominal(design):
    variation = Variation((Spread("m", "coupling", Normal(0.1)),))
    boards = drawn(Drawing(design, variation, 1), range(4))
    nominal = {"coupling": design.group("coupling").values}
    ranked = [("coupling", 5), ("coupling", 2), ("coupling", 0)]
    some = trimmed(boards, nominal, ranked, 2).values["coupling"]
    assert np.all(some[:, [5, 2]] == nominal["coupling"][[5, 2]])
    np.testing.assert_array_equal(some[:, 0], boards.values["coupling"][:, 0])


@pytest.mark.parametrize("smallest", [True, False])
def test_the_gradients_corner_is_the_worst_of_all_corners(smallest):
    slope = np.array([0.5, -2.0, 0.1, 1.0, -0.7, 0.3, 0.2])

    def metric(corners):
        return np.tanh(corners @ slope / 3)

    led = worst_case(metric, slope, smallest)
    known = enumerated(metric, 7, smallest)
    assert led.monotonic
    assert led.value == known.value
    np.testing.assert_array_equal(led.signs, known.signs)


def test_a_metric_that_is_not_monotonic_is_said_to_be_so():
    def metric(corners):
        return corners[:, 0] * corners[:, 1] + 0.1 * corners[:, 0]

    found = worst_case(metric, np.array([0.1, 0.05]))
    assert not found.monotonic
    assert found.value == enumerated(metric, 2).value
    with pytest.raises(hwkit.ConfigError, match="at most 12"):
        enumerated(metric, 13)


def test_ranking_by_effect(design):
    variation = Variation(
        (Spread("m", "coupling", Normal(0.1)), Spread("b", "bias", Normal(1e-9), relative=False))
    )
    coupling = design.group("coupling").values
    derivatives = {"coupling": 1 / np.abs(coupling), "bias": np.full(6, 1e9)}
    derivatives["coupling"][3] *= 5
    rows = rank(design, variation, derivatives)
    assert (rows[0].name, rows[0].part) == ("bias", 0)
    assert rows[6].name == "coupling"
    assert rows[6].part == 3
    assert sum(r.share for r in rows) == pytest.approx(1)
    shares = {s.group: s.effect for s in group_shares(design, variation, derivatives)}
    assert shares["b"] == pytest.approx(np.sqrt(6))
    assert shares["m"] == pytest.approx(0.1 * np.sqrt(len(coupling) - 1 + 25))
