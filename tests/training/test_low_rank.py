import numpy as np
import pytest

from hwkit import Protocol, Quartic, SimulationError
from hwkit.model import layered_mask
from hwkit.training import exact, gradient, noising_statistics, solve_exact
from hwkit.training.low_rank import LowRank
from hwkit.training.statistics import NoisingStatistics

QUICK = Protocol(t_final=1.0, dt=1e-2)


def few_patterns(n=110, seed=0):
    """One pattern: G has few directions and a diagonal."""
    fields = np.random.default_rng(seed).standard_normal((1, n)).clip(-2, 2)
    return noising_statistics(QUICK, fields, Quartic(), 0.1, 1.0)


def masks(n):
    rng = np.random.default_rng(1)
    drawn = np.triu(rng.random((n, n)) < 0.1, 1)
    return {
        "all": ~np.eye(n, dtype=bool),
        "layered": layered_mask(n // 2, n - n // 2),
        "drawn": drawn | drawn.T,
    }


def many_patterns(n=60):
    """As many directions as units: rows of the same mask share a block."""
    fields = np.random.default_rng(0).standard_normal((40, n)).clip(-2, 2)
    return noising_statistics(QUICK, fields, Quartic(), 0.1, 1.0)


@pytest.mark.parametrize(
    ("patterns", "mask"),
    [(few_patterns, mask) for mask in ("all", "layered", "drawn")]
    + [(many_patterns, mask) for mask in ("all", "layered")],
)
@pytest.mark.parametrize("biases", ["all", "half", "none"])
def test_the_optimum_is_that_of_the_solve_for_all_pairs(patterns, mask, biases, monkeypatch):
    statistics = patterns()
    n = statistics.mean.size
    mask = masks(n)[mask]
    bias_mask = {"all": np.ones(n, bool), "half": np.arange(n) % 2 == 0, "none": np.zeros(n, bool)}
    bias_mask = bias_mask[biases]
    assert LowRank.of(statistics, mask, bias_mask) is not None
    found = solve_exact(statistics, mask, bias_mask)
    monkeypatch.setattr(exact.LowRank, "of", lambda *arguments: None)
    pairs = solve_exact(statistics, mask, bias_mask, tolerance=1e-12)
    assert found.phi == pytest.approx(pairs.phi, rel=1e-12)
    scale = np.abs(pairs.J).max()
    np.testing.assert_allclose(found.J, pairs.J, rtol=0, atol=1e-7 * scale)
    np.testing.assert_allclose(found.b, pairs.b, rtol=0, atol=1e-7 * scale)
    assert len(found.residuals) < len(pairs.residuals)


def test_the_last_residual_bounds_the_gradient():
    statistics = few_patterns()
    n = statistics.mean.size
    mask, bias_mask = masks(n)["layered"], np.arange(n) > 40
    zero = np.zeros((n, n)), np.zeros(n)
    start = np.linalg.norm(mask * gradient(statistics, *zero)[0])
    for tolerance in (1e-4, 1e-10):
        found = solve_exact(statistics, mask, bias_mask, tolerance=tolerance)
        by_pair, by_bias = gradient(statistics, found.J, found.b)
        assert np.linalg.norm(mask * by_pair) / start <= tolerance
        assert np.abs(by_bias[bias_mask]).max() < 1e-10
        assert not found.b[~bias_mask].any()
        assert not found.J[~mask].any()
        assert np.array_equal(found.J, found.J.T)
    loose = solve_exact(statistics, mask, bias_mask, tolerance=1e-4)
    assert np.linalg.norm(mask * gradient(statistics, loose.J, loose.b)[0]) / start > 1e-10


def test_the_same_bytes_on_any_number_of_cores(monkeypatch):
    from hwkit.training import low_rank

    statistics = few_patterns(n=300)
    results = set()
    for cores in (1, 2, 5):
        monkeypatch.setattr(low_rank, "available_cores", lambda cores=cores: cores)
        found = solve_exact(statistics, masks(300)["all"], np.ones(300, bool))
        results.add(found.J.tobytes())
    assert len(results) == 1


def test_it_declines_what_it_cannot_do_well():
    some = few_patterns()
    n = some.mean.size
    mask, biases = masks(n)["all"], np.ones(n, bool)
    kept = {name: getattr(some, name) for name in NoisingStatistics.__dataclass_fields__}
    without_variance = NoisingStatistics(**(kept | {"variance": np.zeros(n)}))
    assert LowRank.of(without_variance, mask, biases) is None
    many = many_patterns()
    biases = np.ones(many.mean.size, bool)
    assert LowRank.of(many, masks(biases.size)["layered"], biases) is not None
    assert LowRank.of(many, masks(biases.size)["drawn"], biases) is None
    elsewhere = NoisingStatistics(**(kept | {"mean": 1 + some.mean}))
    assert LowRank.of(elsewhere, mask, np.ones(n, bool)) is None


def test_iterations_that_do_not_suffice_are_reported():
    statistics = few_patterns()
    n = statistics.mean.size
    with pytest.raises(SimulationError, match="training stopped after 2 iterations"):
        solve_exact(statistics, masks(n)["all"], np.ones(n, bool), max_iterations=2)


def test_without_any_coupling_there_is_nothing_to_solve():
    statistics = few_patterns()
    n = statistics.mean.size
    found = solve_exact(statistics, np.zeros((n, n), bool), np.ones(n, bool))
    assert not found.J.any()
    np.testing.assert_allclose(found.b, statistics.target_mean, rtol=1e-12)
