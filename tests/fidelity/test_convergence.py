"""Convergence in the step, on runs whose order and limit are known beforehand."""

import numpy as np
import pytest

from hwkit import DataError, Trajectories
from hwkit.fidelity import convergence_metrics
from hwkit.fidelity.verdict import merge
from tests.machines import springs

H = 0.01
N = 200


def runs(order, size, h, rng_seed, offset=0.0, floor=0.0):
    """End states whose error is size * (random number of the run and unit) * h^order."""
    rng = np.random.default_rng(rng_seed)
    truth = 0.3 * np.random.default_rng(0).standard_normal((N, 3))
    errors = rng.standard_normal((N, 3))
    x = np.zeros((N, 2, 3))
    x[:, 1] = truth + size * h**order * errors + floor + offset * h
    return Trajectories(np.array([0.0, 1.0]), x, attributes={"dt": h, "seed": 1})


def sides(order=1.0, floor=0.0):
    steps = [H, H / 2, H / 4]
    ideal = [runs(order, 0.3, h, 1) for h in steps]
    return ideal, [runs(order, 0.4, h, 2, floor=floor) for h in steps]


def verdict(*both, error=1e-3):
    names = ("ideal", "circuit")  # made by hand: nothing is stored of a path
    return merge(convergence_metrics(springs(), *both, error, names, same_noise=True))


@pytest.mark.parametrize("order", [0.5, 1.0, 2.0])
def test_the_order_and_the_step_that_meets_an_error_are_found(order):
    found = verdict(*sides(order))
    assert found["order of the path error"].value == pytest.approx(order, abs=1e-9)
    assert found["order of the step error of ideal"].value == pytest.approx(order, abs=1e-9)
    assert found.passed is (order == 1.0)  # controls: another order fails
    # independent errors of 0.3 and 0.4 are 0.5 apart; three standard errors
    path = found["path error at h = 0.01"]
    assert path.value == pytest.approx(0.5 * H**order, rel=3 / np.sqrt(6 * N))
    step = found["step for this path error"]
    assert 0.5 * step.value**order == pytest.approx(1e-3, rel=3 / np.sqrt(6 * N))
    own = found["step error of circuit at h = 0.01"]
    assert own.value == pytest.approx(0.4 * H**order, rel=3 / np.sqrt(6 * N))
    if order == 1:
        assert found["path error at h = 0"].value < 1e-12


def test_another_machine_keeps_a_path_error():
    found = verdict(*sides(floor=0.05))
    assert found["path error at h = 0"].value == pytest.approx(0.05, rel=1e-6)
    assert not found["path error at h = 0"].passed
    assert not found["order of the path error, lower limit"].passed
    assert found["order of the step error of circuit"].value == pytest.approx(1, abs=1e-6)


def test_statistics_are_extrapolated_run_by_run():
    found = verdict(*sides())
    truth = 0.3 * np.random.default_rng(0).standard_normal((N, 3))
    for name in ("ideal", "circuit"):
        energy = found[f"mean energy at h = 0, {name}"]
        values = springs().energy(truth)
        assert energy.value == pytest.approx(values.mean(), rel=1e-10)  # a quadratic energy
        assert energy.stderr == pytest.approx(values.std(ddof=1) / np.sqrt(N), rel=1e-10)
        assert found[f"mean x^2 at h = 0, {name}"].value == pytest.approx(np.mean(truth**2))
        heat = found[f"mean heat at h = 0, {name}"]
        assert heat.value == pytest.approx(-values.mean(), rel=1e-10)  # from 0, where V = 0


def test_the_standard_error_is_that_of_new_runs():
    """Jackknife against the spread over independent sets of runs."""
    values, errors = [], []
    for seed in range(60):
        steps = [H, H / 2, H / 4]
        rng = np.random.default_rng(seed)
        noise = rng.standard_normal((3, 40, 3))
        ideal = [Trajectories(np.array([0.0, 1.0]), np.zeros((40, 2, 3)), attributes={"dt": h})
                 for h in steps]  # fmt: skip
        real = []
        for h, one in zip(steps, noise, strict=True):
            x = np.zeros((40, 2, 3))
            x[:, 1] = h * one
            real.append(Trajectories(np.array([0.0, 1.0]), x, attributes={"dt": h}))
        found = merge(convergence_metrics(springs(), ideal, real, same_noise=True))
        metric = found["order of the path error"]
        values.append(metric.value)
        errors.append(metric.stderr)
    assert np.mean(values) == pytest.approx(1, abs=4 * np.std(values) / np.sqrt(60))
    assert np.mean(errors) == pytest.approx(np.std(values), rel=0.35)


def test_runs_that_failed_on_any_side_are_left_out():
    ideal, real = sides()
    lost = real[1].x.copy()
    lost[7] = np.nan
    real[1] = Trajectories(real[1].t, lost, {7: "lost"}, real[1].attributes)
    assert verdict(ideal, real)["order of the path error"].n == N - 1


def test_runs_that_do_not_belong_together_are_refused():
    ideal, real = sides()
    with pytest.raises(DataError, match=r"the circuit's side has runs at 2 steps; give 3"):
        verdict(ideal, real[:2])
    with pytest.raises(DataError, match=r"ideal side's steps are 0\.005, 0\.01, 0\.0025; .* half"):
        verdict([ideal[1], ideal[0], ideal[2]], real)
    with pytest.raises(DataError, match="requested error is 0"):
        verdict(ideal, real, error=0)
    with pytest.raises(DataError, match="standard error needs 2"):
        verdict([r.first(1) for r in ideal], [r.first(1) for r in real])
    shifted = [Trajectories(r.t, r.x + 0.1, r.failures, r.attributes) for r in real]
    with pytest.raises(DataError, match="start elsewhere"):
        verdict(ideal, shifted)
