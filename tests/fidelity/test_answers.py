import numpy as np
import pytest

from hwkit import Quartic, compile_model, simulate_backward_euler, simulate_langevin, simulate_spice
from hwkit.fidelity import chain_density, known_answers
from tests.statistics import agrees

ANSWERS = {answer.name: answer for answer in known_answers()}
SIGNS = {"euler-maruyama": 1, "backward-euler": -1, "exact": 0}


def moment(onsite, kT, step, scheme, power):
    x, weights = chain_density(onsite, kT, step, scheme)
    assert weights.sum() == pytest.approx(1.0)
    return float(np.sum(weights * x**power))


@pytest.mark.parametrize("scheme", SIGNS)
@pytest.mark.parametrize("step", [0.01, 0.04, 0.2])
def test_the_density_of_a_spring_s_chain_has_the_closed_form(scheme, step):
    k, kT = 2.0, 0.1
    variance = kT / k / (1 - SIGNS[scheme] * k * step / 2)
    found = moment(Quartic(k / 2, 0.0), kT, step, scheme, 2)
    assert found == pytest.approx(variance, rel=1e-6)
    assert moment(Quartic(k / 2, 0.0), kT, step, scheme, 4) == pytest.approx(
        3 * variance**2, rel=1e-6
    )


@pytest.mark.parametrize(
    ("J2", "J4", "kT", "second", "fourth"),
    [
        (1, 1, 1, 0.233960, 0.133020),
        (1, 1, 0.1, 0.040878, 0.004561),
        (0, 1, 1, 0.337989, 0.25),
        (-1, 1, 0.1, 0.435681, 0.242841),
    ],
)
def test_the_exact_density_is_boltzmann_s(J2, J4, kT, second, fourth):
    moments = [moment(Quartic(J2, J4), kT, 0.04, "exact", p) for p in (2, 4)]
    assert moments == pytest.approx([second, fourth], abs=6e-7)


def test_the_bias_of_the_step_is_of_first_order_and_opposite_in_the_two_schemes():
    true = moment(Quartic(), 0.1, 0.01, "exact", 2)
    errors = {
        scheme: [moment(Quartic(), 0.1, h, scheme, 2) - true for h in (0.01, 0.005)]
        for scheme in ("euler-maruyama", "backward-euler")
    }
    for coarse, fine in errors.values():
        assert coarse / fine == pytest.approx(2, abs=0.1)
    explicit, implicit = (pair[1] for pair in errors.values())
    assert explicit > 0 > implicit
    assert explicit == pytest.approx(-implicit, rel=0.1)


@pytest.mark.parametrize(
    ("simulate", "scheme", "other"),
    [
        (simulate_langevin, "euler-maruyama", "backward-euler"),
        (simulate_backward_euler, "backward-euler", "euler-maruyama"),
    ],
)
def test_the_density_of_a_quartic_unit_s_chain_is_what_a_simulation_samples(
    simulate, scheme, other
):
    answer, step = ANSWERS["quartic unit"], 0.1
    block = answer.block
    runs = simulate(block, 4.0, step, 20_000, seed=5)
    samples = np.stack([runs.final[:, 0] ** 2, runs.final[:, 0] ** 4], axis=1)

    def expected(scheme):
        return [moment(block.onsite, block.kT, step, scheme, p) for p in (2, 4)]

    assert agrees(samples, expected(scheme))
    assert not agrees(samples, expected(other))  # controls
    assert not agrees(samples, expected("exact"))


@pytest.mark.parametrize("scheme", SIGNS)
def test_the_covariance_of_coupled_springs_solves_its_chain_s_equation(scheme):
    answer, h = ANSWERS["coupled springs"], 0.04
    moments = answer.expected(h, scheme)
    C = np.array(
        [[moments["<x0 x0>"], moments["<x0 x1>"]], [moments["<x0 x1>"], moments["<x1 x1>"]]]
    )
    A, kT = answer.block.hessian(np.zeros(2)), answer.block.kT
    noise = 2 * kT * h * np.eye(2)
    if scheme == "euler-maruyama":
        M = np.eye(2) - h * A
        assert np.allclose(C, M @ C @ M + noise, rtol=1e-12)
    elif scheme == "backward-euler":
        M = np.eye(2) + h * A
        assert np.allclose(M @ C @ M, C + noise, rtol=1e-12)
    else:
        assert np.allclose(C, kT * np.linalg.inv(A), rtol=1e-12)


def test_the_machine_is_uncoupled_copies_of_the_block():
    for answer in ANSWERS.values():
        machine, size = answer.machine(), answer.block.n_units
        assert machine.n_units == 1000
        dense = machine.J.toarray()
        assert np.array_equal(dense[:size, :size], answer.block.J)
        assert np.count_nonzero(dense) == np.count_nonzero(answer.block.J) * (1000 // size)
        assert answer.t_final / answer.step == pytest.approx(100 * answer.save_every)


def judged(answer, runs, scheme):
    return {metric.name: metric.passed for metric in answer.metrics(runs, scheme, "side")}


def reference_runs(answer, step=None, seed=3):
    step = step or answer.step
    return simulate_langevin(
        answer.machine(), answer.t_final, step, 1, seed, save_every=round(answer.settle / step)
    )


@pytest.mark.parametrize("name", ANSWERS)
def test_the_reference_gives_every_known_answer(name):
    answer = ANSWERS[name]
    runs = reference_runs(answer)
    assert all(judged(answer, runs, "euler-maruyama").values())
    assert not all(judged(answer, runs, "exact").values())  # control: without the bias of the step


def test_a_standard_error_above_one_percent_does_not_widen_the_limit():
    answer = ANSWERS["kT/C"]
    runs = simulate_langevin(
        answer.machine(), 2.0, answer.step, 1, seed=1, save_every=answer.save_every
    )
    [metric] = answer.metrics(runs, "euler-maruyama", "few")
    assert metric.stderr > 0.01
    assert metric.limit == pytest.approx(0.04)


@pytest.mark.spice
@pytest.mark.parametrize("name", ANSWERS)
def test_spice_gives_every_known_answer(name):
    answer = ANSWERS[name]
    runs = simulate_spice(
        compile_model(answer.machine()),
        answer.t_final,
        answer.step,
        seed=3,
        save_every=answer.save_every,
    )
    assert all(judged(answer, runs, "backward-euler").values())
    assert not all(judged(answer, runs, "euler-maruyama").values())  # control: the opposite bias
