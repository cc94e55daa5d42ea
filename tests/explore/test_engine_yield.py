"""The page's yield: the boards that pass and fail are those of `monte_carlo`."""

from dataclasses import replace

import numpy as np
import pytest

from hwkit.explore.controls import variation
from hwkit.explore.description import METRICS, describe
from hwkit.study.kinds.tolerance.nominal import BoardMetrics, Nominal
from hwkit.tolerance import Limit, estimate_yield, monte_carlo
from hwkit.twin import simulate_boards
from tests.explore.benches import design_of, small_bench, starts_of
from tests.explore.node import called, needs_node, outcomes

pytestmark = needs_node

BOARDS, PATHS, SEED = 12, 8, 21
CASES = {
    "rc": ({"couplings": 0.1, "offsets": 5e-3, "temperature": 60.0}, "path rms", 0.012),
    "resistive": ({"couplings": 0.03, "capacitors": 0.1}, "path rms", 0.0111),
}
NEAR = 1e-6  # of a limit
ROUNDING = {"fast": 2e-5, "double": 1e-9}  # of metrics, by the twin's precision


def table_of(bench, values, mode="fast"):
    """The boards of monte_carlo, measured as a tolerance study measures them."""
    design, (starts, seed) = design_of(bench, values), starts_of(bench, PATHS, bench.noise_seed)
    run = (design, bench.t_final, bench.dt, PATHS, seed, starts)
    final = simulate_boards(*run, mode=mode).x[0, :, -1]
    varied = variation(bench.controls, values)
    nominal = Nominal(design, bench.patterns, starts, seed, bench.t_final, bench.dt, mode,
                      final, METRICS, varied)  # fmt: skip
    metrics = BoardMetrics(nominal)
    return monte_carlo(design, varied, metrics, BOARDS, SEED, bench.specification)


def distance(limit, table):
    """How far boards are inside a limit that is one-sided, over its size."""
    values, edge = table.metrics[limit.metric], limit.high if limit.low is None else limit.low
    return (edge - values if limit.low is None else values - edge) / abs(edge)


def bench_of(cell):
    values, metric, most = CASES[cell]
    limits = (Limit(metric, None, most), Limit("recognisable share", 0.1, None))
    bench = small_bench(cell, specification=limits, noise_seed=6, t_final=0.25)
    x = simulate_boards(bench.design, 0.25, 2.5e-3, 3, 1).x[0, :, -1, :5]
    patterns = (x - x.mean(axis=1, keepdims=True)) / x.std(axis=1, keepdims=True)
    return replace(bench, patterns=patterns), values


@pytest.mark.parametrize("mode", ROUNDING)
@pytest.mark.parametrize("cell", CASES)
def test_the_same_boards_pass_and_fail(cell, mode):
    bench, values = bench_of(cell)
    table = table_of(bench, values, mode)
    [found] = called(["yield", describe(bench), values, str(SEED), PATHS, BOARDS])
    passed = np.array([board["passed"] for board in found["boards"]])
    near = np.zeros(BOARDS, dtype=bool)
    for limit in bench.specification:
        edge = limit.high if limit.low is None else limit.low
        near |= np.abs(table.metrics[limit.metric] - edge) < NEAR
    assert 0 < np.count_nonzero(table.passed) < BOARDS  # else nothing is compared
    assert np.count_nonzero(near) <= 1
    np.testing.assert_array_equal(passed[~near], table.passed[~near])
    for name in METRICS:
        rows = [board["metrics"][name] for board in found["boards"]]
        np.testing.assert_allclose(rows, table.metrics[name], rtol=0, atol=ROUNDING[mode])
    report = found["report"]
    interval = estimate_yield(int(passed.sum()), BOARDS, 0.95, "clopper-pearson")
    np.testing.assert_allclose([report["low"], report["high"]], [interval.low, interval.high],
                               rtol=1e-9, atol=1e-12)  # fmt: skip
    assert (report["boards"], report["pathsDone"]) == (BOARDS, BOARDS * PATHS)
    assert report["done"]
    assert sum(report["perLimit"].values()) >= BOARDS - passed.sum()
    worst = [board["number"] for board in report["worst"]]
    largest = np.argsort(-table.metrics["path rms"])[0]
    assert largest in worst[:2]
    inside = np.min([distance(limit, table) for limit in bench.specification], axis=0)
    assert worst == sorted(range(BOARDS), key=lambda number: (inside[number], number))


def test_limits_of_the_circuit_count_too():
    bench, values = bench_of("rc")
    values = values | {"saturation": 0.05, "supply": 0.05, "noise power": 1.5}
    [found] = called(["yield", describe(bench), values, str(SEED), PATHS, BOARDS])
    table = table_of(bench, values, mode="double")
    for name in METRICS:
        rows = [board["metrics"][name] for board in found["boards"]]
        np.testing.assert_allclose(rows, table.metrics[name], rtol=0, atol=1e-9)


@pytest.mark.parametrize("method", ["wilson", "clopper-pearson"])
def test_intervals(method):
    counts = [(0, 1), (1, 1), (3, 10), (0, 50), (50, 50), (731, 1000), (4999, 5000)]
    calls = [["interval", method, k, n, level] for k, n in counts for level in (0.9, 0.95)]
    for (_, _, k, n, level), found in zip(calls, called(*calls), strict=True):
        expected = estimate_yield(k, n, level, method)
        np.testing.assert_allclose(found, [expected.low, expected.high], rtol=1e-9, atol=1e-12)


def test_a_runaway_board_is_a_failed_board():
    bench, _ = bench_of("rc")
    description = describe(bench)
    cubic = description["controls"].index(
        next(c for c in description["controls"] if c["name"] == "onsite")
    )
    entry = description["controls"][cubic]["entry"]
    entry |= {"relative": False, "targets": ["onsite-cubic"], "distribution": {
        "kind": "table", "deviations": [-1.0, 1.0]}}  # fmt: skip
    [found] = called(["yield", description, {"onsite": 0.2}, "1", 2, 6])
    assert found["report"]["failed"] == 6  # a negative cubic conductance somewhere
    assert all(board["metrics"] is None for board in found["boards"])
    assert found["report"]["passed"] == 0


def test_a_nominal_board_that_runs_away_is_said():
    bench, _ = bench_of("rc")
    description = describe(replace(bench, t_final=2000.0, dt=1000.0 / 500))
    description["scale"] = description["scale"] | {"second": 1.0}
    [result] = outcomes(["yield", description, {}, "1", 2, 3])
    assert "the nominal board runs away" in result["error"]
