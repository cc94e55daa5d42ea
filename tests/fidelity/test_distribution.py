import dataclasses
import re

import numpy as np
import pytest
from scipy import stats

from hwkit import DataError, EnergyModel, Quartic, Trajectories, simulate_langevin
from hwkit.fidelity import Verdict, distribution, distribution_metrics, neighbouring_steps
from hwkit.fidelity.permutation import holm, permutation_p
from hwkit.fidelity.statistics import Frame, Sample
from hwkit.langevin import simulate_semi_implicit
from hwkit.training import normalized_patterns
from hwkit.wiener import increments
from tests.machines import random_couplings

T_FINAL, DT = 1.0, 0.05
N_VISIBLE, N_HIDDEN = 4, 2
N = N_VISIBLE + N_HIDDEN
PATTERNS = normalized_patterns([[1.0, 1.0, 0.0, 0.0], [0.0, 1.0, 0.0, 1.0]])
QUICK = 4_000  # relabellings: enough to reject one of thirty statistics at 1 %
INCREMENTS, RESOLUTION = "distribution: increment variance", "distribution: resolution of kT"


@pytest.fixture(scope="module")
def machine():
    """Visible and hidden units, all coupled, with biases."""
    rng = np.random.default_rng(3)
    return EnergyModel(random_couplings(N, rng), rng.standard_normal(N), n_visible=N_VISIBLE)


def simulate(model, n, seed, scheme=simulate_langevin, dt=DT, every=1):
    return scheme(model, T_FINAL, dt, n, seed, save_every=every)


@pytest.fixture(scope="module")
def ideal(machine):
    return simulate(machine, 1500, seed=1)


def judge(ideal, real, model, patterns=None, **arguments):
    arguments = {"resolution": None, "permutations": QUICK} | arguments
    return Verdict(tuple(distribution_metrics(ideal, real, model, patterns, **arguments)))


def rejecting(verdict):
    return [metric.quantity for metric in verdict.metrics if not metric.passed]


def part(whole, rows, seed):
    """Some of the runs, as if made with a seed of their own."""
    return Trajectories(whole.t, whole.x[rows], attributes={**whole.attributes, "seed": seed})


def with_parts(model, **changed):
    return dataclasses.replace(model, **changed)


# ---- Holm's method and the permutation test -----------------------------------------------------


def test_holm_multiplies_by_the_number_of_hypotheses_left():
    np.testing.assert_allclose(holm(np.array([0.01, 0.04, 0.03, 0.005])), [0.03, 0.06, 0.06, 0.02])
    np.testing.assert_allclose(holm(np.array([0.9, 0.8, 0.7])), 1.0)
    np.testing.assert_allclose(holm(np.array([0.2])), [0.2])


def test_a_p_value_by_hand():
    """Two against two: of the six ways to choose two, two are as far apart as these."""
    values, one = np.array([[0.0], [1.0], [10.0], [12.0]]), np.ones((2, 1))
    [p] = permutation_p(Sample(values[:2], one), Sample(values[2:], one), [[0]], 1, 20_000)
    assert p == pytest.approx(1 / 3, abs=4 * np.sqrt(2 / 9 / 20_000))


def test_values_that_differ_always_and_vary_never_are_told_apart():
    a, b = Sample(np.zeros((20, 1)), np.ones((20, 1))), Sample(np.ones((20, 1)), np.ones((20, 1)))
    assert permutation_p(a, b, [[0]], 1, 999)[0] == pytest.approx(1e-3)
    assert permutation_p(a, a, [[0]], 1, 999)[0] == 1.0  # control: nothing differs


@pytest.fixture(scope="module")
def pairs_of_sides():
    """300 pairs of 15 and 25 runs of one machine, in one frame."""
    model = EnergyModel([[0.0, 0.5], [0.5, 0.0]], [0.3, 0.0], n_visible=1)
    states = simulate_langevin(model, 0.5, 0.1, 12_000, 5, save_every=1)
    frame = Frame.of(model, states.final, None, 0)
    whole = frame.measure(states)
    return frame.names, whole.values.reshape(300, 40, -1)


def p_values(values):
    found = []
    for repeat, side in enumerate(values):
        a, b = (Sample(v, np.ones_like(v)) for v in (side[:15], side[15:]))
        found.append(permutation_p(a, b, [[0]], repeat, 499)[0])
    return np.array(found)


@pytest.mark.parametrize("name", ["mean, visible", "increment variance", "heat"])
def test_p_values_are_uniform_if_the_laws_are_the_same(pairs_of_sides, name):
    names, values = pairs_of_sides
    column = values[:, :, [names.index(name)]]
    assert stats.kstest(p_values(column), "uniform").pvalue > 0.01
    moved = column.copy()  # control: a distribution that is not the same
    moved[:, 15:] += 0.4 * column.std()
    assert stats.kstest(p_values(moved), "uniform").pvalue < 1e-6


# ---- the same distribution -----------------------------------------------------------------------


@pytest.mark.parametrize("seed", [11, 12, 13, 14])
def test_the_ideal_machine_passes_against_itself(machine, ideal, seed):
    verdict = judge(ideal, simulate(machine, 400, seed), machine, PATTERNS, seed=seed)
    assert rejecting(verdict) == []
    assert all(
        m.level == "distribution" and m.n == 400 and m.seeds[-1] == seed for m in verdict.metrics
    )


def test_false_alarms_are_as_rare_as_promised(machine):
    pool = simulate(machine, 6000, 7)
    alarms = 0
    for repeat in range(40):
        rows = np.arange(150 * repeat, 150 * (repeat + 1))
        a, b = part(pool, rows[50:], 1), part(pool, rows[:50], 2)
        alarms += bool(rejecting(judge(a, b, machine, PATTERNS, seed=repeat)))
    assert alarms <= 3  # at 1 % each, four or more come in one of a thousand such series


@pytest.mark.parametrize("n_patterns", [0, 1, 2, 3, 5])
@pytest.mark.parametrize("n_visible", [N_VISIBLE, N])
def test_there_are_at_most_thirty_statistics(machine, ideal, n_patterns, n_visible):
    patterns = None
    if n_patterns:
        rows = np.random.default_rng(2).standard_normal((n_patterns, n_visible))
        patterns = normalized_patterns(rows)
    model = with_parts(machine, n_visible=n_visible)
    a, b = part(ideal, np.s_[:300], 1), part(ideal, np.s_[300:], 2)
    verdict = judge(a, b, model, patterns)
    names = [metric.name for metric in verdict.metrics]
    assert names[-1] == RESOLUTION
    assert 14 <= len(names) - 1 <= 30
    assert ("distribution: class shares" in names) == bool(n_patterns)


def test_a_class_that_never_appears_on_one_side_is_left_to_the_class_shares(machine, ideal):
    alike = normalized_patterns([[1.0, 1.0, 0.0, 0.0], [0.0, 1.0, 0.0, 1.0], [1, 0, 0, 0.9]])
    best = np.argmax(ideal.final[:, :N_VISIBLE] @ alike.T, axis=1)
    rare = int(np.argmin(np.bincount(best, minlength=3)))
    real = simulate(machine, 400, 12)
    best = np.argmax(real.final[:, :N_VISIBLE] @ alike.T, axis=1)
    without = part(real, best != rare, 12)
    verdict = judge(ideal, without, machine, alike)
    for layer in ("visible", "hidden"):
        row = verdict[f"distribution: mean, {layer} in class {rare}"]
        assert row.value == 1.0
        assert row.note == "no run to compare on one of the sides; see the class shares"
    assert "class shares" in rejecting(verdict)


# ---- another distribution ------------------------------------------------------------------------


def test_noise_ten_percent_too_hot_shows_in_the_increments(machine, ideal):
    hot = simulate(with_parts(machine, kT=1.1 * machine.kT), 400, 21)
    verdict = judge(ideal, hot, machine, PATTERNS)
    assert not verdict[INCREMENTS].passed
    measured, right = re.match(r"(\S+) against (\S+)", verdict[INCREMENTS].note).groups()
    assert float(measured) - float(right) == pytest.approx(0.1, abs=0.03)


def test_a_dead_unit_is_rejected(machine, ideal):
    J, J2 = machine.J.copy(), np.ones(N)
    J[2], J[:, 2], J2[2] = 0.0, 0.0, 15.0
    dead = with_parts(machine, J=J, b=np.where(np.arange(N) == 2, 0, machine.b))
    real = simulate(with_parts(dead, onsite=Quartic(J2, 1.0)), 400, 22)
    found = rejecting(judge(ideal, real, machine, PATTERNS))
    assert any(name.startswith(("mean", "variance")) for name in found)


def test_two_units_in_each_other_s_place_are_rejected(machine, ideal):
    order = np.array([1, 0, 2, 3, 4, 5])
    real = simulate(
        with_parts(machine, J=machine.J[np.ix_(order, order)], b=machine.b[order]), 400, 23
    )
    assert rejecting(judge(ideal, real, machine, PATTERNS)) != []


def test_couplings_of_the_wrong_sign_are_rejected(machine, ideal):
    real = simulate(with_parts(machine, J=-machine.J), 400, 24)
    assert rejecting(judge(ideal, real, machine, PATTERNS)) != []


def test_what_a_symmetry_hides_is_not_seen():
    """Visible-hidden couplings and no biases: J -> -J only turns the hidden units over."""
    J = np.zeros((N, N))
    J[:N_VISIBLE, N_VISIBLE:] = np.random.default_rng(5).standard_normal((N_VISIBLE, N_HIDDEN))
    right = EnergyModel(J + J.T, np.zeros(N), n_visible=N_VISIBLE)
    wrong = with_parts(right, J=-right.J)
    a, b = simulate(right, 1500, 31), simulate(wrong, 1500, 32)
    visible = EnergyModel(np.zeros((N_VISIBLE, N_VISIBLE)), np.zeros(N_VISIBLE))
    c, d = (
        Trajectories(side.t, side.x[:, :, :N_VISIBLE], attributes=side.attributes)
        for side in (a, b)
    )
    assert rejecting(judge(c, d, visible, PATTERNS)) == []
    # Control: with the hidden units in view, their covariances with the visible ones tell.
    found = rejecting(judge(a, b, right, PATTERNS))
    assert any(name.startswith("covariance") for name in found)


def test_the_stated_power_is_the_power(machine):
    """A change said to be detected with 95 % power is detected about that often."""
    pool = simulate(machine, 3750, 8)
    seen = 0
    for repeat in range(25):
        rows = np.arange(150 * repeat, 150 * (repeat + 1))
        a, b = part(pool, rows[50:], 1), part(pool, rows[:50], 2)
        change = judge(a, b, machine)[RESOLUTION].value
        hot = dataclasses.replace(b, x=np.sqrt(1 + change) * b.x)
        seen += not judge(a, hot, machine)[INCREMENTS].passed
    assert seen >= 20  # fewer come in one of a thousand such series


# ---- two integration schemes ---------------------------------------------------------------------


def test_the_known_difference_of_two_schemes_is_taken_out(machine):
    coarse = {"dt": 0.1}
    a = simulate(machine, 1500, 41, **coarse)
    b = simulate(machine, 1500, 42, simulate_semi_implicit, **coarse)
    schemes = (
        simulate(machine, 400, 43, simulate_semi_implicit, **coarse),
        simulate(machine, 400, 43, **coarse),
    )
    assert rejecting(judge(a, b, machine, PATTERNS)) != []
    assert rejecting(judge(a, b, machine, PATTERNS, schemes=schemes)) == []
    # Controls: a correction the wrong way round, and a fault beside the known difference.
    assert rejecting(judge(a, b, machine, PATTERNS, schemes=schemes[::-1])) != []
    hot = with_parts(machine, kT=1.1 * machine.kT)
    b = simulate(hot, 1500, 42, simulate_semi_implicit, **coarse)
    assert not judge(a, b, machine, PATTERNS, schemes=schemes)[INCREMENTS].passed


def test_a_difference_known_from_few_runs_rejects_no_more_often(machine, monkeypatch):
    def rejections():
        return sum(
            bool(rejecting(judge(*sides, machine, PATTERNS, schemes=schemes, seed=seed)))
            for seed, (*sides, schemes) in enumerate(cases)
        )

    cases = []
    for seed in range(6):
        a = simulate(machine, 1000, 100 + seed, dt=0.1)
        b = simulate(machine, 1000, 200 + seed, simulate_semi_implicit, dt=0.1)
        both = (simulate_semi_implicit, simulate_langevin)
        schemes = tuple(simulate(machine, 60, 300 + seed, scheme, dt=0.1) for scheme in both)
        cases.append((a, b, schemes))
    assert rejections() == 0
    known = (
        distribution._scheme_shift
    )  # control: taken for exact, the correction itself is rejected
    monkeypatch.setattr(distribution, "_scheme_shift", lambda *sides: (known(*sides)[0], 0.0))
    assert rejections() >= 3


def test_schemes_of_unlike_numbers_are_refused(machine, ideal):
    schemes = (simulate(machine, 5, 43, simulate_semi_implicit), simulate(machine, 6, 43))
    with pytest.raises(DataError, match="the schemes have 5 and 6 runs; give both as many"):
        judge(ideal, simulate(machine, 10, 2), machine, schemes=schemes)


# ---- how much the runs can show ------------------------------------------------------------------


@pytest.mark.parametrize(("n_ideal", "alone"), [(48, False), (4000, True)])
def test_too_few_runs_fail_and_say_how_many_would_do(machine, n_ideal, alone):
    pool = simulate(machine, 8000, 51, every=neighbouring_steps(round(T_FINAL / DT)))

    def resolution(n, n_ideal):
        a, b = part(pool, np.s_[n : n + n_ideal], 1), part(pool, np.s_[:n], 2)
        return judge(a, b, machine, resolution=0.1)[RESOLUTION]

    few = resolution(12, n_ideal)
    assert not few.passed
    assert few.value > 0.1
    words = r"; 12 runs can't resolve 10\.0%, (\d+) can( beside as many ideal ones)?$"
    needed, beside = re.search(words, few.note).groups()
    assert (beside is None) == alone
    # So many do, but for what a dozen runs leave open of the spread; half as many don't.
    for n, passes in ((round(1.2 * int(needed)), True), (int(needed) // 2, False)):
        assert resolution(n, n_ideal if alone else n).passed == passes


def test_runs_too_few_to_reject_anything_never_pass(machine, ideal):
    a, b = part(ideal, np.s_[:20], 1), part(ideal, np.s_[20:22], 2)
    row = judge(a, b, machine, resolution=100.0)[RESOLUTION]  # 231 ways to choose two of 22
    assert not row.passed
    assert row.note == "2 runs beside 20 ideal ones can't reject anything; give more"
    b = part(ideal, np.s_[20:24], 2)  # control: 10,626 ways to choose four of 24
    assert judge(a, b, machine, resolution=100.0)[RESOLUTION].passed


def test_permutations_too_few_to_reject_anything_are_refused(machine, ideal):
    a, b = part(ideal, np.s_[:700], 1), part(ideal, np.s_[700:], 2)
    with pytest.raises(DataError, match=r"1000 permutations can't reject .*; take 1800 or more"):
        judge(a, b, machine, permutations=1000)
    judge(a, b, machine, permutations=1800)


@pytest.mark.parametrize(
    ("n_steps", "steps"),
    [(1, (0, 1)), (2, (1, 2)), (3, (2, 3)), (4, (1, 2, 3, 4)), (10, tuple(range(1, 11)))],
)
def test_neighbouring_steps_of_short_runs(n_steps, steps):
    assert neighbouring_steps(n_steps) == steps


def test_neighbouring_steps_of_long_runs():
    assert neighbouring_steps(1000) == (199, 200, 399, 400, 599, 600, 799, 800, 999, 1000)
    assert neighbouring_steps(1000, pairs=2) == (499, 500, 999, 1000)


# ---- sides that don't fit, and failed runs -------------------------------------------------------


def test_the_same_noise_on_both_sides_is_refused(machine, ideal):
    with pytest.raises(DataError, match=r"both sides were made with the seed 1: .*different seeds"):
        judge(ideal, simulate(machine, 10, 1), machine)


def test_the_same_increments_on_both_sides_are_refused(machine):
    """Given increments have no seed: they are known by their digest, refined paths by their sum."""

    def driven(seed, halvings=0):
        h, every = DT / 2**halvings, 2**halvings
        noise = increments(seed, range(10), round(T_FINAL / DT), N, DT, halvings)
        return simulate_langevin(machine, T_FINAL, h, 10, 0, increments=noise, save_every=every)

    first = driven(1)
    with pytest.raises(DataError, match=r"made with the same increments: .* different seeds"):
        judge(first, driven(1), machine)
    with pytest.raises(DataError, match=r"made with increments of one path, refined: "):
        judge(first, driven(1, halvings=1), machine)
    judge(first, driven(2), machine)


def test_states_too_far_apart_are_refused(machine):
    a, b = (simulate(machine, 10, seed, every=10) for seed in (1, 2))
    words = r"needs states of neighbouring steps, but the saved times are at least 0\.5 apart"
    with pytest.raises(DataError, match=words):
        judge(a, b, machine)


def test_another_number_of_units_is_refused(machine, ideal):
    fewer = simulate(EnergyModel(np.zeros((2, 2)), np.zeros(2)), 10, 2)
    with pytest.raises(DataError, match=r"the ideal side has 6 units, the circuit's 2"):
        judge(ideal, fewer, machine)
    schemes = (simulate(machine, 10, 3), dataclasses.replace(fewer, attributes={"dt": DT}))
    with pytest.raises(DataError, match=r"the ideal side has 6 units, a scheme's 2"):
        judge(ideal, simulate(machine, 10, 2), machine, schemes=schemes)


def test_other_times_are_refused(machine, ideal):
    with pytest.raises(DataError, match=r"has 21 saved times to 1, the circuit's 41 to 1"):
        judge(ideal, simulate(machine, 10, 2, dt=DT / 2), machine)
    shorter = simulate_langevin(machine, 0.5, DT / 2, 10, 2, save_every=1)
    with pytest.raises(DataError, match=r"has 21 saved times to 1, the circuit's 21 to 0\.5"):
        judge(ideal, shorter, machine)


def failed(whole, rows):
    x = whole.x.copy()
    x[rows] = np.nan
    return dataclasses.replace(whole, x=x, failures=dict.fromkeys(rows, "it stopped"))


def test_failed_runs_are_samples_that_nobody_recognises(machine, ideal):
    real = simulate(machine, 400, 61)
    frame = Frame.of(machine, ideal.final, PATTERNS, 0)
    column = frame.names.index("recognisable share")
    before, after = frame.measure(real), frame.measure(failed(real, range(200)))
    kept = before.values[200:, column].sum()
    assert 0 < kept < 200
    assert after.means[column] == kept / 400
    mean = frame.names.index("heat")  # no number of theirs: their heat counts nowhere
    assert after.means[mean] == pytest.approx(before.values[200:, mean].mean())
    verdict = judge(ideal, failed(real, range(200)), machine, PATTERNS)
    assert "recognisable share" in rejecting(verdict)
    assert "class shares" in rejecting(verdict)
    # Control: the others are sound, and one lost run in 400 alarms nobody.
    assert not any(name.startswith("mean") for name in rejecting(verdict))
    assert rejecting(judge(ideal, failed(real, [7]), machine, PATTERNS)) == []


def test_a_side_without_runs_is_refused(machine, ideal):
    lost = failed(simulate(machine, 3, 62), range(2))
    with pytest.raises(DataError, match=r"the circuit's side has 1 completed runs; give 2 or more"):
        judge(ideal, lost, machine)
