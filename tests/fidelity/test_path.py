import numpy as np
import pytest

from hwkit import (
    ConfigError,
    DataError,
    EnergyModel,
    Quartic,
    Trajectories,
    compare,
    simulate_langevin,
)
from hwkit.fidelity import final_differences, order_metrics, path_metrics
from tests.machines import random_machine


def runs(x, t=None, failures=None):
    x = np.asarray(x, dtype=float)
    t = np.linspace(0, 1, x.shape[1]) if t is None else np.asarray(t)
    return Trajectories(t, x, failures or {}, {"seed": 7})


@pytest.fixture
def ideal():
    return runs(np.random.default_rng(0).standard_normal((50, 2, 4)))


def shifted(ideal, shift):
    x = ideal.x.copy()
    x[:, 1:] += np.broadcast_to(shift, x.shape)[:, 1:]
    return runs(x)


def test_the_error_is_the_rms_over_units_and_runs_at_the_end(ideal):
    shift = np.zeros(ideal.x.shape)
    shift[:, 1, 0] = 0.02
    error, correlation = path_metrics(ideal, shifted(ideal, shift), limit=0.011)
    assert error.value == pytest.approx(0.01)
    assert (error.n, error.seeds, error.passed) == (50, (7,), True)
    assert correlation.value == pytest.approx(1, abs=1e-3)


def test_the_limit_decides(ideal):
    real = shifted(ideal, 0.01)
    assert not path_metrics(ideal, real, limit=0.0099)[0].passed
    assert path_metrics(ideal, real, limit=0.0101)[0].passed
    assert not path_metrics(ideal, real, 1.0, correlation_limit=1.1)[1].passed


def test_the_standard_error_is_that_of_the_runs():
    generator = np.random.default_rng(3)

    def one():
        ideal = runs(np.zeros((40, 2, 4)))
        x = np.zeros((40, 2, 4))
        x[:, 1] = generator.standard_normal((40, 4))
        return path_metrics(ideal, runs(x), limit=1.0)[0]

    metrics = [one() for _ in range(400)]
    scatter = np.std([metric.value for metric in metrics])
    assert np.mean([metric.stderr for metric in metrics]) == pytest.approx(scatter, rel=0.15)


def test_failed_runs_are_left_out_and_counted(ideal):
    x = shifted(ideal, 0.01).x
    x[3] = np.nan
    error, _ = path_metrics(ideal, runs(x, failures={3: "lost"}), 0.1)
    assert error.value == pytest.approx(0.01)
    assert error.n == 49
    assert "1 runs failed" in error.note
    difference = final_differences(ideal, runs(x, failures={3: "lost"}))
    assert difference.shape == (50, 4)
    assert np.isnan(difference[3]).all()
    assert np.isfinite(np.delete(difference, 3, axis=0)).all()


def test_no_completed_run_fails():
    nothing = runs(np.full((1, 2, 3), np.nan), failures={0: "lost"})
    [error] = path_metrics(runs(np.zeros((1, 2, 3))), nothing, 1.0)
    assert not error.passed


def test_equal_runs_of_one_unit_pass_without_a_correlation():
    one = runs([[[0.0], [1.0]]])
    error, correlation = path_metrics(one, one, 1.0)
    assert error.value == 0.0
    assert np.isnan(correlation.value)


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (np.zeros((49, 2, 4)), "50 runs.*49"),
        (np.zeros((50, 2, 3)), "4 units.*3"),
        (np.zeros((50, 3, 4)), "2 saved times.*3"),
    ],
)
def test_unlike_is_not_compared(ideal, other, words):
    with pytest.raises(DataError, match=words):
        compare(ideal, runs(other))


def test_other_times_are_named(ideal):
    with pytest.raises(DataError, match=r"saved time 1 is 1 .* 1\.5"):
        compare(ideal, runs(ideal.x, t=[0, 1.5]))


def test_the_ratio_on_halving_is_2_for_first_order_and_judged_from_both_sides():
    coarse = np.random.default_rng(1).standard_normal((20, 5))
    for order, passed in ((1.0, True), (0.5, False), (2.0, False)):
        upper, lower = order_metrics(coarse, coarse / 2**order)
        assert upper.value == lower.value == pytest.approx(2**order)
        assert (upper.passed and lower.passed) is passed


def test_the_ratio_leaves_failed_runs_out_on_both_sides():
    coarse = np.random.default_rng(1).standard_normal((20, 5))
    fine = coarse / 2
    fine[3], coarse[8] = np.nan, np.nan
    upper, lower = order_metrics(coarse, fine)
    assert upper.value == pytest.approx(2)
    assert upper.n == lower.n == 18
    assert not order_metrics(np.full((2, 3), np.nan), fine[:2, :3])[0].passed


def test_another_machine_on_the_same_noise_is_rejected():
    machine = random_machine(6, seed=2)
    swap = [1, 0, *range(2, 6)]
    dead = machine.J.copy()
    dead[0, :] = dead[:, 0] = 0
    others = {
        "flipped": EnergyModel(-machine.J, machine.b),
        "swapped": EnergyModel(machine.J[np.ix_(swap, swap)], machine.b[swap]),
        "dead": EnergyModel(dead, machine.b, Quartic(np.array([1e3, 1, 1, 1, 1, 1]) / 10 + 0.9)),
        "hot": EnergyModel(machine.J, machine.b, kT=1.1 * machine.kT),
    }

    def simulate(model):
        return simulate_langevin(model, 1.0, 2.5e-3, 5, seed=3)

    ideal = simulate(machine)
    assert compare(ideal, simulate(machine)).passed
    for other in others.values():
        with pytest.raises(DataError, match=r"machine .*: paths differ for that alone"):
            compare(ideal, simulate(other))
        assert not compare(ideal, simulate(other), same_noise=True)["path error"].passed


@pytest.mark.parametrize(
    "limits",
    [{"share_limit": 2}, {"share_limit": -1}, {"correlation_limit": 2}, {"correlation_limit": -3}],
)
def test_limits_that_always_or_never_hold_are_refused(limits):
    runs = simulate_langevin(random_machine(2, seed=1), 0.1, 1e-2, 3, seed=1)
    with pytest.raises(ConfigError, match="or None"):
        compare(runs, runs, **limits)


@pytest.mark.parametrize("patterns", [[[0, 0]], [[1, -1], [1, 1]], np.ones((0, 2)), [1, -1]])
def test_patterns_that_nothing_is_like_are_refused(patterns):
    runs = simulate_langevin(random_machine(2, seed=1), 0.1, 1e-2, 3, seed=1)
    with pytest.raises(DataError, match="rows of pixels that differ"):
        compare(runs, runs, patterns=patterns)
    assert compare(runs, runs, patterns=[[1, -1]]).passed
