"""Conventions, judged by differences of energies that are summed here, term by term."""

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

from hwkit import ConfigError, Convention, DataError, EnergyModel, Quartic, import_model
from hwkit.model import CONVENTIONS
from tests.machines import dense, random_couplings

NAMES = sorted(CONVENTIONS)


def written_out(name, J, b, x, kT):
    """The coupling and bias energy as the convention's users would write it down."""
    n = len(b)
    pairs = {
        "hwkit": [(i, j, 1.0) for i in range(n) for j in range(i + 1, n)],
        "half-sum": [(i, j, 0.5) for i in range(n) for j in range(n) if i != j],
        "full-sum": [(i, j, 1.0) for i in range(n) for j in range(n) if i != j],
    }
    pairs["negative"] = pairs["in-kt"] = pairs["negative-in-kt"] = pairs["hwkit"]
    pairs["negative-half-sum"] = pairs["half-sum"]
    total = sum(b[i] * x[i] for i in range(n))
    total += sum(factor * J[i, j] * x[i] * x[j] for i, j, factor in pairs[name])
    total *= -1.0 if name.startswith("negative") else 1.0
    return total * (kT if name.endswith("in-kt") else 1.0)


def onsite_energy(x, J2=0.7, J4=1.2):
    return sum(J2 * v**2 + J4 * v**4 for v in x)


@given(st.sampled_from(NAMES), st.integers(1, 8), st.integers(0, 999), st.booleans())
def test_energy_differences_are_those_of_the_convention(name, n, seed, sparse):
    rng = np.random.default_rng(seed)
    J, b, kT = random_couplings(n, rng), rng.standard_normal(n), 0.3
    model = import_model(
        (sp.csr_array(J) if sparse else J, b), name, Quartic(0.7, 1.2), kT, n_visible=0
    )
    assert model.is_sparse == sparse
    assert (model.kT, model.n_visible) == (kT, 0)
    x, y = rng.standard_normal((2, n))
    theirs = written_out(name, J, b, x, kT) - written_out(name, J, b, y, kT)
    theirs += onsite_energy(x) - onsite_energy(y)
    np.testing.assert_allclose(model.energy(x) - model.energy(y), theirs, rtol=1e-9, atol=1e-12)


def test_no_two_conventions_are_the_same():
    """The control: but for the half sum of a symmetric matrix, which is hwkit's own."""
    rng = np.random.default_rng(0)
    J, b = random_couplings(4, rng), rng.standard_normal(4)
    x = rng.standard_normal(4)
    energies = {name: float(import_model((J, b), name, kT=0.3).energy(x)) for name in NAMES}
    assert energies["hwkit"] == energies["half-sum"]
    assert energies["negative"] == energies["negative-half-sum"]
    assert len({round(energy, 9) for energy in energies.values()}) == len(NAMES) - 2


@pytest.mark.parametrize("name", ["half-sum", "full-sum"])
def test_sums_over_both_orders_take_any_matrix(name):
    rng = np.random.default_rng(1)
    J, b = rng.standard_normal((5, 5)), rng.standard_normal(5)
    np.fill_diagonal(J, 0)
    x = rng.standard_normal(5)
    model = import_model((J, b), name, Quartic(0.7, 1.2))
    theirs = written_out(name, J, b, x, 1.0) + onsite_energy(x)
    assert model.energy(x) == pytest.approx(theirs)


@pytest.mark.parametrize("half", [np.triu, np.tril])
def test_one_half_of_a_matrix_is_enough(half):
    J = random_couplings(5, np.random.default_rng(2))
    np.testing.assert_array_equal(dense(import_model(half(J))), J)
    np.testing.assert_array_equal(dense(import_model(sp.csr_array(half(J)))), J)


def test_two_values_for_a_pair_are_refused():
    with pytest.raises(DataError, match=r"neither symmetric nor triangular.*'half-sum'"):
        import_model(np.array([[0, 1.0], [2.0, 0]]))


@pytest.mark.parametrize(
    ("J", "words"),
    [
        (np.zeros((2, 3)), r"J has shape \(2, 3\); give a square matrix"),
        (np.zeros((0, 0)), r"J has shape \(0, 0\); give a square matrix"),
        ([[0, np.nan], [np.nan, 0]], r"J holds a value that is not finite"),
        ([[1.0, 0], [0, 0]], r"the diagonal must be zero"),
        (np.array([[0, 1j], [1j, 0]]), r"real numbers only"),
    ],
)
def test_what_is_no_matrix_is_refused(J, words):
    for name in NAMES:
        with pytest.raises(DataError, match=words):
            import_model(J, name)


def test_unknown_conventions_are_refused():
    with pytest.raises(ConfigError, match="convention 'mine' is unknown; choose one of hwkit"):
        import_model(np.zeros((1, 1)), "mine")
    for wrong in ({"pairs": "twice"}, {"sign": 0}, {"sign": 2}):
        with pytest.raises(ConfigError, match="is not a convention"):
            Convention(**wrong)


def test_an_own_convention():
    model = import_model(([[0, 1.0], [1.0, 0]], [1.0, 0]), Convention("full", -1, True), kT=0.5)
    np.testing.assert_array_equal(dense(model), [[0, -1.0], [-1.0, 0]])
    np.testing.assert_array_equal(model.b, [-0.5, 0])
    assert isinstance(model, EnergyModel)
