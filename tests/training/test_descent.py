import numpy as np
import pytest

from hwkit import ConfigError, EnergyModel, Protocol, Quartic, SimulationError, train
from hwkit.model import layered_mask
from hwkit.training import (
    Descent,
    HeldOutLoss,
    Noising,
    descend,
    normalized_patterns,
    reversed_path_loss,
    unit_fields,
)

QUICK = Protocol(t_final=1.0, dt=1e-2)
DRAWN = np.random.default_rng(5).random((2, 8))
MASK, BIASES = layered_mask(8, 4), np.arange(12) >= 8


def noising(protocol=QUICK, onsite=None, kT=0.1, mobility=1.0):
    fields = unit_fields(normalized_patterns(DRAWN), 4)
    return Noising(protocol, fields, onsite or Quartic(), kT, mobility)


def loss_of_a_path(problem, paths):
    """The published loss, as a function of the parameters."""
    n_steps = problem.protocol.n_steps

    def loss(J, b):
        model = EnergyModel(J, b, problem.onsite, problem.kT, problem.mobility)
        return n_steps * reversed_path_loss(model, paths, problem.protocol.dt)

    return loss


def slopes(loss, J, b, size=1e-3):
    """Derivatives by every pair and bias; differences are exact, since the loss is quadratic."""
    by_pair, by_bias = np.zeros_like(J), np.zeros_like(b)
    for i in range(b.size):
        db = size * np.eye(b.size)[i]
        by_bias[i] = (loss(J, b + db) - loss(J, b - db)) / (2 * size)
        for j in range(i):
            dJ = np.zeros_like(J)
            dJ[i, j] = dJ[j, i] = size
            by_pair[i, j] = by_pair[j, i] = (loss(J + dJ, b) - loss(J - dJ, b)) / (2 * size)
    return by_pair, by_bias


class Known(Noising):
    """The same paths every time, so that a test can look at them."""

    def paths(self, fields, n_paths, seed):
        rows = [np.flatnonzero((self.fields == field).all(axis=1))[0] for field in fields]
        return np.repeat(known_paths(self)[rows], n_paths, axis=0)


def known_paths(problem):
    return Noising.paths(problem, problem.fields, 1, seed=7)


def known(**physics):
    plain = noising(**physics)
    return Known(plain.protocol, plain.fields, plain.onsite, plain.kT, plain.mobility)


@pytest.mark.parametrize(("kT", "mobility"), [(0.1, 1.0), (0.3, 1.7)])
def test_a_batch_goes_down_the_gradient_of_the_published_loss(kT, mobility):
    problem, rate = known(kT=kT, mobility=mobility), 2e-3
    loss = loss_of_a_path(problem, known_paths(problem))
    J, b = np.zeros((12, 12)), np.zeros(12)
    for found in descend(problem, MASK, BIASES, "batch", Descent(cycles=3, rate=rate)):
        by_pair, by_bias = slopes(loss, J, b)
        J, b = J - rate * MASK * by_pair, b - rate * BIASES * by_bias
        np.testing.assert_allclose(found[0], J, rtol=0, atol=1e-5 * np.abs(J).max())
        np.testing.assert_allclose(found[1], b, rtol=0, atol=1e-5 * np.abs(b).max())


def test_online_goes_down_the_gradient_of_every_step_in_turn():
    problem, rate = known(), 0.05
    J, b = np.zeros((12, 12)), np.zeros(12)
    for path in known_paths(problem):
        for k in range(QUICK.n_steps):
            step = path[None, k : k + 2]
            x, y = step[0, 1], (step[0, 1] - step[0, 0]) / QUICK.dt - Quartic().slope(step[0, 1])
            r = rate / 2 * QUICK.dt / (2 * problem.kT) * (J @ x + b - y)
            J = J - MASK * (np.outer(r, x) + np.outer(x, r))
            b = b - BIASES * r
    settings = Descent(cycles=1, rate=rate)
    [found] = [(J.copy(), b.copy()) for J, b in descend(problem, MASK, BIASES, "online", settings)]
    np.testing.assert_allclose(found[0], J, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(found[1], b, rtol=1e-10, atol=1e-12)


def test_held_out_loss_is_that_of_the_paths():
    problem = known()
    rng = np.random.default_rng(0)
    J, b = np.triu(rng.standard_normal((12, 12)), 1), rng.standard_normal(12)
    J = J + J.T
    aside = HeldOutLoss(problem, 1, seed=0)
    expected = reversed_path_loss(EnergyModel(J, b), known_paths(problem), QUICK.dt)
    assert aside.at(J, b) == pytest.approx(expected, rel=1e-12)
    assert aside.at(J, -b) != pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("method", ["batch", "online"])
def test_descent_approaches_the_exact_optimum_from_above(method):
    exact = train(DRAWN, 4, protocol=QUICK)
    settings = Descent(cycles=400, rate=0.04, seed=1)
    found = train(DRAWN, 4, method, protocol=QUICK, descent=settings)
    nothing = train(DRAWN, 4, protocol=QUICK, mask=np.zeros((12, 12), bool), biases="none").loss
    assert exact.loss < found.loss
    assert found.loss - exact.loss < 0.03 * (nothing - exact.loss)
    early = train(DRAWN, 4, method, protocol=QUICK, descent=Descent(3, 0.04, seed=1))
    assert early.loss - exact.loss > 0.1 * (nothing - exact.loss)  # control: it takes cycles
    assert not found.model.J[~MASK].any()
    np.testing.assert_allclose(found.model.J, found.model.J.T, rtol=0, atol=0)


@pytest.mark.parametrize("method", ["batch", "online"])
def test_a_seed_gives_the_same_machine_and_record(method):
    seen = []

    def run(cycles, seed, progress=None):
        settings = Descent(cycles=cycles, seed=seed, held_out=2)
        return train(DRAWN, 4, method, protocol=QUICK, descent=settings, progress=progress)

    first = run(6, 1, progress=lambda done, total: seen.append((done, total)))
    again, longer, other = run(6, 1), run(9, 1), run(6, 2)
    assert first.model.J.tobytes() == again.model.J.tobytes()
    assert first.held_out == again.held_out == longer.held_out[:6]
    assert first.held_out[0] > first.held_out[-1]
    assert not np.allclose(first.model.J, other.model.J)
    assert seen == [(k, 6) for k in range(1, 7)]
    assert first.residuals == []


def test_a_cycle_does_not_depend_on_how_many_paths_fit_into_memory(monkeypatch):
    """Many patterns go in pieces: each cycle still noises every pattern once."""
    from hwkit.training import descent

    patterns = np.random.default_rng(0).random((7, 8))
    fields = unit_fields(normalized_patterns(patterns), 4)
    problem = Noising(QUICK, fields, Quartic(), 0.1, 1.0)
    monkeypatch.setattr(descent, "_NUMBERS_AT_ONCE", 3 * 12 * QUICK.n_steps)
    chunks = list(next(descent._cycles(problem, 0)))
    assert [len(chunk) for chunk in chunks] == [3, 3, 1]
    means = np.concatenate(chunks)[:, 0]  # prepared states follow their pattern
    assert all(np.corrcoef(means[p], fields[p])[0, 1] > 0.7 for p in range(7))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"cycles": 0}, r"cycles is 0; give a whole number of at least 1"),
        ({"held_out": -2}, r"held_out is -2"),
        ({"cycles": 2.5}, r"cycles is 2\.5"),
        ({"rate": 0.0}, r"rate is 0\.0; it must be a number above 0, or None"),
        ({"rate": np.nan}, r"rate is nan"),
        ({"seed": -1}, r"seed must be a whole number"),
    ],
)
def test_settings_outside_their_limits_are_refused(settings, words):
    with pytest.raises(ConfigError, match=words):
        Descent(**settings)


def test_the_exact_solve_takes_no_settings():
    with pytest.raises(ConfigError, match="the exact solve takes no descent settings"):
        train(DRAWN, 4, protocol=QUICK, descent=Descent())


@pytest.mark.parametrize("method", ["batch", "online"])
def test_a_rate_that_is_too_large_is_reported_with_a_remedy(method):
    with pytest.raises(SimulationError, match=r"overflowed in cycle \d+ at the rate 1e\+30; try a"):
        train(DRAWN, 4, method, protocol=QUICK, descent=Descent(20, rate=1e30))
