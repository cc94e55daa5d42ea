"""Planted errors of known size, recovered by the budget."""

import numpy as np
import pytest

import hwkit
from hwkit.fidelity.budget import INTERACTION, SAMPLING, TOGETHER, ErrorBudget
from hwkit.validation.imperfections import BANDWIDTH, Imperfection, design_budget

H, T, K = 0.05, 4.0, 2.0
COPIES = 30


@pytest.fixture(scope="module")
def springs():
    """Independent springs: every effect on their variance is known exactly."""
    n = COPIES
    model = hwkit.EnergyModel(np.zeros((n, n)), np.zeros(n), hwkit.Quartic(K / 2, 0.0), kT=0.2)
    return hwkit.compile_model(model)


def mean_square(runs):
    return np.mean(runs.final**2, axis=1)


def stationary(k, h, kT=0.2):
    """Variance of backward Euler after many steps."""
    return kT / k / (1 + k * h / 2)


@pytest.fixture(scope="module")
def budget(springs):
    return design_budget(
        springs,
        [Imperfection("extra capacitance", {"parasitic_farad": 5e-14})],
        {"mean square": mean_square},
        T,
        H,
        n_trajectories=200,
        seed=3,
        level="twin",
    )


def agrees(row, expected, sigmas=2):
    return abs(row.difference - expected) < sigmas * row.stderr


def test_the_time_step_is_recovered(budget):
    """Backward Euler at h against Euler-Maruyama at h/8."""
    row = budget.of("mean square", "time step")
    fine = 0.2 / K / (1 - K * H / 8 / 2)
    assert agrees(row, stationary(K, H) - fine)
    assert not agrees(row, 0.0, 5)
    assert row.stderr < 0.2 * abs(row.difference)


def test_the_noise_bandwidth_is_recovered(budget):
    """Averaged increments: x_{k+1} = a (x_k + (w_k + w_{k-1}) / 2), a = 1 / (1 + k h)."""
    a = 1 / (1 + K * H)
    white = 2 * 0.2 * H * a**2 / (1 - a**2)
    slow = white * (1 + a) / 2
    row = budget.of("mean square", BANDWIDTH)
    assert agrees(row, slow - white)
    assert not agrees(row, 0.0, 5)


def test_extra_capacitance_is_recovered(budget):
    """C larger by a share: a weaker spring in its own time, noise weaker by that share twice."""
    slow, kT = K / 1.05, 0.2 / 1.05**2
    expected = stationary(slow, H, kT) - stationary(K, H)
    row = budget.of("mean square", "extra capacitance")
    assert agrees(row, expected)
    assert not agrees(row, 1.5 * expected)


def test_everything_together_is_the_sum_and_its_interaction(budget):
    rows = {row.cause: row.difference for row in budget.rows}
    together, sampling = rows.pop(TOGETHER), rows.pop(SAMPLING)
    assert sampling == pytest.approx(0.0, abs=1e-15)
    assert together == pytest.approx(sum(rows.values()), rel=1e-9)
    assert abs(rows[INTERACTION]) < 0.1 * abs(together)


def test_sampling_is_the_standard_error_of_the_statistic(budget):
    row = budget.of("mean square", SAMPLING)
    expected = 0.1 * np.sqrt(2 / COPIES / 200)
    assert row.stderr == pytest.approx(expected, rel=0.2)


def test_a_budget_is_read_back(budget, tmp_path):
    budget.save(tmp_path / "budget.json")
    assert ErrorBudget.load(tmp_path / "budget.json") == budget
    assert budget.leading("mean square").cause in ("time step", BANDWIDTH)
    with pytest.raises(hwkit.DataError, match="no row for 'gremlins' in 'mean square'"):
        budget.of("mean square", "gremlins")
    (tmp_path / "budget.json").write_text("[]")
    with pytest.raises(hwkit.DataError, match="holds list, expected an object"):
        ErrorBudget.load(tmp_path / "budget.json")


@pytest.mark.parametrize(
    ("imperfections", "message"),
    [
        ([Imperfection("a")], "cause 'a' changes nothing"),
        ([Imperfection("a", tolerance={"bias": 0.1})] * 2, "two causes of the budget are called"),
        ([Imperfection("a", tolerance={"bias": -1.0})], "tolerance of bias is -1.0; it must be"),
        ([Imperfection("a", tolerance={"gears": 1.0})], "no parts with the role 'gears'"),
        ([Imperfection("a", {"saturation": 1.0})], "did you mean 'saturation_volt'"),
    ],
)
def test_what_can_t_be_is_refused(springs, imperfections, message):
    with pytest.raises(hwkit.HwkitError, match=message):
        design_budget(springs, imperfections, {}, T, H, 2, level="twin")


@pytest.mark.spice
def test_the_lag_of_the_crossbar_and_a_saturation_in_spice():
    """Two coupled springs: the mixed level's distribution is known, and the twin meets ngspice."""
    J = np.array([[0.0, 1.2], [1.2, 0.0]])
    design = hwkit.compile_model(hwkit.EnergyModel(J, [0.0, 0.0], hwkit.Quartic(1.0, 0.0), kT=0.2))
    cause = [Imperfection("saturation", {"saturation_volt": 0.05})]
    chosen = {"mean square": mean_square}
    mixed, twin = (
        design_budget(design, cause, chosen, 2.0, 0.05, 80, seed=5, level=level)
        for level in ("mixed", "twin")
    )
    lag = mixed.of("mean square", "crossbar's lag")
    assert abs(lag.difference) > 3 * lag.stderr
    for name in ("time step", "saturation"):
        one, other = (b.of("mean square", name).difference for b in (mixed, twin))
        assert one == pytest.approx(other, rel=0.25)
