import numpy as np
import pytest

from hwkit import ConfigError, Quartic, train
from hwkit.training import Robust, noising_statistics, phi, solve_exact
from hwkit.training.exact import Quadratic
from tests.training.test_exact import from_data
from tests.training.test_train import DRAWN, QUICK


def problem(seed=0, n=6):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((80, n)) @ rng.standard_normal((n, n)) + 0.5
    y = rng.standard_normal((80, n)) + x[:, ::-1]
    return from_data(x, y), ~np.eye(n, dtype=bool), np.ones(n, dtype=bool)


TERMS = {
    "relative": (Robust(relative=0.3), lambda J, b, r, x: (J * (1 + 0.3 * r(J.shape)), b)),
    "bias": (Robust(bias=0.4), lambda J, b, r, x: (J, b * (1 + 0.4 * r(b.shape)))),
    "offset": (
        Robust(offset=0.2),
        lambda J, b, r, x: (J, b + np.sum(J * 0.2 * r(J.shape), axis=1)),
    ),
    "common": (Robust(common=0.25), lambda J, b, r, x: (J * (1 + 0.25 * r(())), b)),
}


@pytest.mark.parametrize("term", TERMS)
def test_each_term_is_the_mean_over_drawn_boards(term):
    """Expected phi over boards with that error, against the closed form."""
    robust, spoil = TERMS[term]
    statistics, mask, biases = problem()
    best = solve_exact(statistics, mask, biases)
    rng = np.random.default_rng(5)
    drawn = [
        phi(statistics, *spoil(best.J, best.b, rng.standard_normal, None)) for _ in range(20_000)
    ]
    expected = robust.penalty(statistics).value(statistics, best.J, best.b)
    error = np.std(drawn) / np.sqrt(len(drawn))
    assert abs(np.mean(drawn) - best.phi - expected) < 4 * error
    assert abs(np.mean(drawn) - best.phi - 1.2 * expected) > 4 * error  # control: 20 % off


def test_the_robust_optimum_is_one_and_costs_what_it_must():
    statistics, mask, biases = problem(3)
    penalty = Robust(0.4, 0.2, 0.3, 0.1).penalty(statistics)

    def value(J, b):
        return phi(statistics, J, b) + penalty.value(statistics, J, b)

    best = solve_exact(statistics, mask, biases, penalty=penalty)
    plain = solve_exact(statistics, mask, biases)
    assert value(best.J, best.b) < value(plain.J, plain.b)
    assert best.phi > plain.phi
    rng = np.random.default_rng(0)
    for _ in range(20):
        dJ = rng.standard_normal(mask.shape)
        moved = value(best.J + 1e-3 * mask * (dJ + dJ.T), best.b + 1e-3 * rng.standard_normal(6))
        assert moved > value(best.J, best.b)


@pytest.mark.parametrize("directed", [False, True])
def test_a_solve_from_a_start_holds_what_the_masks_exclude(directed):
    statistics, mask, _ = problem(4)
    rng = np.random.default_rng(1)
    J = rng.standard_normal(mask.shape)
    J = np.where(mask, J if directed else J + J.T, 0.0)
    b = rng.standard_normal(6)
    part = np.triu(rng.random(mask.shape) < 0.5, 1)
    free = part if directed else part | part.T
    free_biases = np.arange(6) < 3
    found = solve_exact(statistics, free, free_biases, start=(J, b), directed=directed)
    assert np.array_equal(found.J[~free & mask], J[~free & mask])
    assert np.array_equal(found.b[~free_biases], b[~free_biases])
    rest = Quadratic(statistics, free, free_biases, directed=directed).downhill(found.J, found.b)
    assert max(np.abs(rest[0]).max(), np.abs(rest[1]).max()) < 1e-7
    assert found.phi < phi(statistics, J, b)


def test_directed_rows_are_ordinary_least_squares():
    rng = np.random.default_rng(2)
    x, y = rng.standard_normal((2, 60, 5))
    mask = rng.random((5, 5)) < 0.6
    np.fill_diagonal(mask, False)
    found = solve_exact(from_data(x, y), mask, np.ones(5, bool), 1e-12, directed=True)
    for i in range(5):
        columns = np.hstack([x[:, mask[i]], np.ones((60, 1))])
        row, *_ = np.linalg.lstsq(columns, y[:, i], rcond=None)
        np.testing.assert_allclose(found.J[i, mask[i]], row[:-1], atol=1e-9)
        assert found.b[i] == pytest.approx(row[-1], abs=1e-9)


def test_training_against_tolerances_shrinks_couplings_and_costs_loss():
    plain, robust = (
        train(DRAWN, 6, protocol=QUICK),
        train(DRAWN, 6, protocol=QUICK, robust=Robust(relative=0.5)),
    )
    assert np.sum(robust.model.J**2) < np.sum(plain.model.J**2)
    assert robust.loss > plain.loss


def test_weights_are_the_patterns_shares_of_every_average():
    fields = np.random.default_rng(8).standard_normal((3, 5))
    arguments = (QUICK, fields, Quartic(), 0.1, 1.0)
    weighted = noising_statistics(*arguments, weights=[2.0, 1.0, 1.0])
    doubled = noising_statistics(QUICK, fields[[0, 0, 1, 2]], Quartic(), 0.1, 1.0)
    J = np.random.default_rng(1).standard_normal((5, 5))
    np.testing.assert_allclose(weighted.times_gram(J), doubled.times_gram(J), rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(weighted.mean, doubled.mean, rtol=1e-6, atol=1e-9)
    off = ~np.eye(5, dtype=bool)
    np.testing.assert_allclose(weighted.cross[off], doubled.cross[off], rtol=1e-6, atol=1e-8)
    assert not np.allclose(weighted.mean, noising_statistics(*arguments).mean)  # control


@pytest.mark.parametrize("value", [-0.1, np.nan, np.inf])
def test_errors_are_standard_deviations(value):
    with pytest.raises(ConfigError, match="robust error offset is"):
        Robust(offset=value)
