import numpy as np
import pytest
from scipy.stats import binomtest, norm

import hwkit
from hwkit.circuit.variation import Spread, Variation
from hwkit.circuit.variation.distributions import Normal
from hwkit.tolerance import Limit, StopRule, estimate_yield, judge, monte_carlo
from hwkit.twin import bind, system
from tests.machines import random_machine


@pytest.mark.parametrize(("passed", "n"), [(0, 20), (7, 20), (20, 20), (993, 1000)])
def test_intervals_are_scipys(passed, n):
    for method, theirs in (("wilson", "wilson"), ("clopper-pearson", "exact")):
        found = estimate_yield(passed, n, 0.9, method)
        known = binomtest(passed, n).proportion_ci(0.9, theirs)
        assert (found.low, found.high) == pytest.approx((known.low, known.high), abs=1e-12)


def pair():
    """Two springs of 2 coupled by 1: a Gaussian machine."""
    J = np.array([[0.0, 1.0], [1.0, 0.0]])
    return hwkit.compile_model(hwkit.EnergyModel(J, [0.0, 0.0], hwkit.Quartic(1.0, 0.0), 0.1))


def gaussian_variance(design):
    """The stationary variance of unit 0 on each board, from its netlist's elements."""
    bound = bind(design)
    build, scale = system(bound.circuit), design.scale

    def metric(boards):
        equations = build(bound.numbers(boards))
        curvature = equations.conductance / scale.siemens
        return {"variance": 0.1 * np.linalg.inv(curvature)[:, 0, 0]}

    return metric


SIGMA, HIGH = 0.1, 0.07  # var = 0.1 * 2 / (4 - (1 + e)^2) <= 0.07
EDGE = np.sqrt(4 - 0.2 / HIGH) - 1
KNOWN = norm.cdf(EDGE / SIGMA) - norm.cdf((-2 - EDGE) / SIGMA)


def covered(repeats, boards, specification=HIGH):
    design = pair()
    spread = Spread("J", "coupling", Normal(SIGMA), share="pair")
    hits = 0
    for seed in range(repeats):
        table = monte_carlo(
            design, Variation((spread,)), METRIC, boards, seed,
            specification=[Limit("variance", high=specification)],
        )  # fmt: skip
        hits += table.estimate.low <= KNOWN <= table.estimate.high
    return hits / repeats


METRIC = gaussian_variance(pair())


def test_the_interval_covers_a_known_yield():
    share, repeats = covered(200, 40), 200
    assert abs(share - 0.95) < 3 * np.sqrt(0.95 * 0.05 / repeats) + 0.01
    assert covered(30, 200, specification=0.063) < 0.5  # of another yield it covers little


@pytest.mark.study
def test_the_interval_covers_a_known_yield_in_93_to_97_percent_of_2000_repeats():
    assert 0.93 <= covered(2000, 100) <= 0.97


def test_failed_simulations_are_failed_boards():
    design = pair()

    def metric(boards):
        return {"x": np.where(np.arange(boards.count) % 4 == 0, np.nan, 1.0)}

    variation = Variation((Spread("J", "coupling", Normal(0.1)),))
    table = monte_carlo(design, variation, metric, 100, 0, specification=[Limit("x", low=0)])
    assert table.estimate.passed == 74  # two batches of 50, 13 failures in each
    assert table.causes == {"0 <= x": 26, "simulation failed": 26}


def test_the_stop_rule_ends_early_and_not_too_early():
    spread = Variation((Spread("J", "coupling", Normal(SIGMA)),))
    limits = [Limit("variance", high=HIGH)]
    wide = StopRule(half_width=0.07, least=50)
    table = monte_carlo(pair(), spread, METRIC, 5000, 1, specification=limits, stop=wide)
    assert 50 <= len(table.boards) < 5000
    assert (table.estimate.high - table.estimate.low) / 2 <= 0.07
    against = StopRule(target=0.2, least=50)
    table = monte_carlo(pair(), spread, METRIC, 5000, 1, specification=limits, stop=against)
    assert len(table.boards) == 50
    with pytest.raises(hwkit.ConfigError, match="plain"):
        monte_carlo(pair(), spread, METRIC, 64, 1, limits, sampling="lhs", stop=wide)


def test_stratified_boards_know_the_yield_better():
    spread = Variation((Spread("J", "coupling", Normal(SIGMA), share="lot"),))
    limits = [Limit("variance", high=HIGH)]

    def errors(sampling):
        tables = [
            monte_carlo(pair(), spread, METRIC, 64, seed, limits, sampling) for seed in range(20)
        ]
        return np.sqrt(np.mean([(t.estimate.value - KNOWN) ** 2 for t in tables]))

    plain = errors("plain")
    assert errors("lhs") < plain / 2
    assert errors("sobol") < plain / 2


def test_limits():
    values = {"a": np.array([0.1, 0.5, np.nan, 0.9]), "b": np.array([1.0, 2.0, 3.0, 4.0])}
    passed, missed = judge([Limit("a", 0.2, 0.8), Limit("b", high=3)], values)
    assert passed.tolist() == [False, True, False, False]
    assert missed == {"0.2 <= a <= 0.8": 3, "b <= 3": 1}
    with pytest.raises(hwkit.ConfigError, match=r"'heet', not a metric; did you mean 'heat'"):
        judge([Limit("heet", high=1)], {"heat": np.zeros(2), "power": np.zeros(2)})
    with pytest.raises(hwkit.ConfigError, match="names no metric"):
        judge([], values)
    for wrong in ({}, {"low": 2.0, "high": 1.0}):
        with pytest.raises(hwkit.ConfigError):
            Limit("a", **wrong)


@pytest.mark.parametrize("wrong", [
    lambda: estimate_yield(3, 2), lambda: estimate_yield(0, 0), lambda: estimate_yield(1, 2, 1.5),
    lambda: estimate_yield(1, 2, method="guess"), lambda: StopRule(half_width=2),
    lambda: monte_carlo(hwkit.compile_model(random_machine(2, 0)), Variation(), METRIC, 0, 0),
])  # fmt: skip
def test_nonsense_is_refused(wrong):
    with pytest.raises(hwkit.ConfigError):
        wrong()
