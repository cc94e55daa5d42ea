"""Boards of transistors in the page's engine: those of `simulate_drift_machines`."""

import numpy as np
import pytest
from scipy.interpolate import CubicSpline

import hwkit
from hwkit.explore.curves import describe_curves
from hwkit.explore.description import describe
from hwkit.explore.silicon import board_of, board_states, powered
from hwkit.training import recognise
from tests.explore.measured import COUNT, measured_bench
from tests.explore.node import called, needs_node, outcomes

pytestmark = needs_node

SEED = str(2**63 + 5)


def run_of(bench, values, number, steps=200, noise="0"):
    return ["run", describe(bench), values, SEED, number, steps, bench.samples, noise]


@pytest.mark.parametrize(("power", "mismatch"), [(0.0, 1.0), (4.0, 1.0), (1.0, 2.0), (4.0, 2.0)])
def test_states_are_those_of_the_machines_of_curves(power, mismatch):
    bench, values = measured_bench(), {"noise power": power, "mismatch": mismatch}
    found = called(run_of(bench, values, None), *(run_of(bench, values, k) for k in range(COUNT)))
    machines = [powered(bench, bench.machines[0], values)]
    machines += [board_of(bench, values, number) for number in range(COUNT)]
    starts, expected = board_states(bench, machines, bench.samples)
    for run, final in zip(found, expected, strict=True):
        np.testing.assert_allclose(run["starts"], starts.ravel(), rtol=0, atol=1e-12)
        np.testing.assert_allclose(run["states"], final.ravel(), rtol=0, atol=1e-9)
    assert np.ptp(expected, axis=0).max() > 1e-2  # boards differ


def test_a_thousand_steps_and_the_wall_beyond_the_table():
    bench = measured_bench(t_final=2.5)
    hot = {"noise power": 4.0}
    [run] = called(run_of(bench, hot, 2, 1000))
    _, [expected] = board_states(bench, [board_of(bench, hot, 2)], bench.samples)
    np.testing.assert_allclose(run["states"], expected.ravel(), rtol=0, atol=1e-9)
    x = np.array([-9.0, -2.3, -2.2999, -0.4, 0.0, 1.1, 2.3, 2.4, 8.0])
    [slopes] = called(["slopes", describe(bench), x.tolist()])
    np.testing.assert_allclose(slopes, bench.machines[0].onsite.slope(x), rtol=1e-13, atol=1e-13)


def test_the_yield_is_of_the_boards_that_were_measured():
    bench = measured_bench()
    [found] = called(["yield", describe(bench), {}, SEED, bench.paths, None])
    _, states = board_states(bench, list(bench.machines[1 : COUNT + 1]), bench.paths)
    assert found["report"]["boards"] == COUNT
    assert found["report"]["done"] is True
    for board, final in zip(found["boards"], states, strict=True):
        recognised = recognise(final, bench.patterns)
        metrics = board["metrics"]
        assert metrics["recognisable share"] == recognised.share
        assert metrics["smallest class share"] == recognised.class_shares.min()
        passed = recognised.share >= 0.4 and recognised.class_shares.min() >= 0.1
        assert board["passed"] == passed


@pytest.mark.parametrize(("seed", "number"), [(SEED, COUNT), ("5", 0)])
def test_a_board_that_was_not_measured_is_refused(seed, number):
    call = run_of(measured_bench(), {}, number)
    call[3] = seed
    [found] = outcomes(call)
    assert f"board {number} of seed {seed} was not measured; choose one of 0 to 3" in found["error"]


def test_a_session_shows_the_cell_and_exports_nothing():
    bench = measured_bench()
    messages = [
        {"type": "open", "description": describe(bench)},
        {"type": "board", "which": "seed", "seed": SEED, "number": 1},
        {"type": "cell", "unit": 2},
        {"type": "export"},
        {"type": "board", "which": "seed", "seed": SEED, "number": COUNT},
        {"type": "settings", "values": {"mismatch": 1.5}},
        {"type": "step", "steps": 20},
    ]
    [found] = called(["session", messages])
    [cell] = [each for each in found["posted"] if each["type"] == "cell"]
    scale, machine = bench.design.scale, bench.machines[2]
    groups = {group["role"]: group["value"][0] for group in cell["groups"]}
    own = machine.onsite.curvature(np.zeros(1))[0]
    own += machine.weights[:, 2, 2] @ CubicSpline(machine.x, machine.functions)(0.0, 1)
    assert groups["conductance at 0 V"] == pytest.approx(own * scale.siemens, rel=1e-12)
    still = -machine.force(np.zeros((1, 6)))[0, 2] * scale.ampere
    assert groups["current at 0 V"] == pytest.approx(still, rel=1e-9)
    assert len(cell["couplings"]["strongest"]) == 5
    errors = [each["message"] for each in found["posted"] if each["type"] == "error"]
    assert "mismatch_board makes it" in errors[0]
    assert "was not measured" in errors[1]
    assert "choose one of 1, 2" in errors[2]
    assert found["posted"][-1]["step"] == 20


def test_a_mismatch_that_was_not_measured_is_refused():
    with pytest.raises(hwkit.ConfigError, match=r"'mismatch' is 1\.5; choose one of 1, 2"):
        board_of(measured_bench(), {"mismatch": 1.5}, 0)


def test_machines_that_are_not_alike_are_refused():
    bench = measured_bench()
    other = hwkit.model.CurveMachine(
        bench.machines[0].weights, bench.machines[0].x, 2 * bench.machines[0].functions,
        bench.machines[0].b, bench.machines[0].onsite,
    )  # fmt: skip
    with pytest.raises(hwkit.DesignError, match="functions and the onsite table of the first"):
        describe_curves([bench.machines[0], other])
