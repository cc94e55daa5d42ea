import dataclasses

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

from hwkit import DataError, EnergyModel, Quartic
from tests.machines import dense, machines, random_couplings, random_machine


def energy_by_the_book(model, x):
    """V(x) as a sum over units and pairs, for one state."""
    n = model.n_units
    J, J2, J4 = dense(model), *(np.broadcast_to(p, n) for p in model.onsite.parameters().values())
    onsite = sum(J2[i] * x[i] ** 2 + J4[i] * x[i] ** 4 + model.b[i] * x[i] for i in range(n))
    return onsite + sum(J[i, j] * x[i] * x[j] for i in range(n) for j in range(i + 1, n))


@given(machines(largest=12), st.integers(0, 2**32 - 1))
def test_energy_counts_each_pair_once(model, seed):
    x = np.random.default_rng(seed).standard_normal(model.n_units)
    assert model.energy(x) == pytest.approx(energy_by_the_book(model, x), rel=1e-9, abs=1e-9)


@given(machines(largest=12), st.integers(0, 2**32 - 1))
def test_force_is_minus_the_slope_of_the_energy_and_hessian_minus_that_of_the_force(model, seed):
    x = np.random.default_rng(seed).standard_normal(model.n_units)
    h = 1e-4
    moved = h * np.eye(model.n_units)
    slope = (model.energy(x + moved) - model.energy(x - moved)) / (2 * h)
    scale = 1 + np.abs(dense(model)).sum() + np.abs(model.b).sum()
    np.testing.assert_allclose(model.force(x), -slope, rtol=1e-6, atol=1e-6 * scale)
    second = (model.force(x - moved) - model.force(x + moved)) / (2 * h)
    np.testing.assert_allclose(model.hessian(x), second, rtol=1e-6, atol=1e-6 * scale)


def test_a_positive_coupling_favours_opposite_signs():
    model = EnergyModel([[0, 1.5], [1.5, 0]], [0, 0])
    assert model.force(np.array([0.0, 1.0]))[0] == -1.5
    assert model.energy(np.array([1.0, -1.0])) < model.energy(np.array([1.0, 1.0]))


@given(machines(), st.integers(0, 2**32 - 1))
def test_sparse_and_dense_machines_are_the_same(model, seed):
    x = np.random.default_rng(seed).standard_normal((2, 3, model.n_units))
    args = (model.b, model.onsite, model.kT, model.mobility, model.n_visible)
    a, b = EnergyModel(dense(model), *args), EnergyModel(sp.csr_array(dense(model)), *args)
    assert not a.is_sparse
    assert b.is_sparse
    scale = 1 + np.abs(dense(model)).sum(axis=0).max() * 10
    for one, other in (
        (a.energy(x), b.energy(x)),
        (a.force(x), b.force(x)),
        (a.coupling_field(x), b.coupling_field(x)),
        (a.hessian(x[0, 0]), b.hessian(x[0, 0])),
    ):
        assert one.shape == other.shape
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12 * scale)
    for one, other in zip(a.pairs(), b.pairs(), strict=True):
        assert np.array_equal(one, other)


@given(machines())
def test_pairs_hold_each_coupling_once_in_row_order(model):
    rows, columns, values = model.pairs()
    assert np.all(rows < columns)
    assert np.all(values != 0)
    order = rows * model.n_units + columns
    assert np.all(np.diff(order) > 0)
    back = np.zeros((model.n_units, model.n_units))
    back[rows, columns] = back[columns, rows] = values
    assert np.array_equal(back, dense(model))


def test_heat_is_the_loss_of_energy_and_the_stratonovich_sum_for_springs():
    model = random_machine(5, 1, onsite=Quartic(3.0, 0.0))
    path = np.random.default_rng(2).standard_normal((50, 5))
    force = model.force(path)
    work = np.sum((force[1:] + force[:-1]) / 2 * np.diff(path, axis=0))
    assert model.heat(path[0], path[-1]) == pytest.approx(work, rel=1e-12)
    assert model.heat(path[:4], path[1:5]).shape == (4,)
    quartic = random_machine(5, 1)
    force = quartic.force(path)
    work = np.sum((force[1:] + force[:-1]) / 2 * np.diff(path, axis=0))
    assert quartic.heat(path[0], path[-1]) != pytest.approx(work, rel=1e-2)  # control


def test_a_unit_under_a_force_of_two_rests_where_it_must():
    model = EnergyModel([[0.0]], [-2.0])
    assert model.force(np.array([0.5897545])) == pytest.approx(0, abs=1e-6)


def test_a_model_is_immutable_and_keeps_its_own_copies():
    J, b = np.array([[0, 1.0], [1.0, 0]]), np.array([1.0, 2.0])
    model = EnergyModel(J, b)
    J[0, 1] = b[0] = 7.0
    assert model.J[0, 1] == 1.0
    assert model.b[0] == 1.0
    with pytest.raises(ValueError, match="read-only"):
        model.J[0, 1] = 2.0
    with pytest.raises(ValueError, match="read-only"):
        model.b[0] = 2.0
    with pytest.raises(ValueError, match="read-only"):
        model.onsite.J2[...] = 2.0
    with pytest.raises(dataclasses.FrozenInstanceError):
        model.kT = 1.0
    sparse = EnergyModel(sp.csr_array([[0, 1.0], [1.0, 0]]), b)
    with pytest.raises(ValueError, match="read-only"):
        sparse.J.data[0] = 2.0


def test_all_units_are_visible_unless_said_otherwise():
    assert random_machine(4, 0).n_visible == 4
    assert random_machine(4, 0, n_visible=0).n_visible == 0


def test_whole_numbers_become_doubles():
    model = EnergyModel([[0, 1], [1, 0]], [1, 2], Quartic(1, 2), kT=1, mobility=2)
    assert model.J.dtype == model.b.dtype == model.onsite.J4.dtype == np.float64
    assert isinstance(model.kT, float)


def test_rounding_does_not_make_couplings_asymmetric():
    J = random_couplings(6, np.random.default_rng(0))
    J[0, 1] *= 1 + 1e-15
    assert EnergyModel(J, np.zeros(6)).n_units == 6


# ---- refusals --------------------------------------------------------------------------------


def with_entry(i, j, value):
    J = random_couplings(4, np.random.default_rng(3))
    J[i, j] = value
    return J


BAD_COUPLINGS = [
    (with_entry(1, 3, 7.5), r"symmetric: J\[1, 3\] is 7\.5 but J\[3, 1\] is .* \(J \+ J\.T\) / 2"),
    (with_entry(2, 2, 0.5), r"J\[2, 2\] is 0\.5, but the diagonal must be zero; .* onsite J2"),
    (with_entry(0, 2, np.nan), r"J\[0, 2\] is nan; every coupling must be a finite number"),
    (with_entry(3, 1, -np.inf), r"J\[3, 1\] is -inf; every coupling must be a finite number"),
]  # fmt: skip


@pytest.mark.parametrize("form", [np.asarray, sp.csr_array, sp.coo_matrix])
@pytest.mark.parametrize(("J", "words"), BAD_COUPLINGS)
def test_bad_couplings_are_refused_by_entry(J, words, form):
    with pytest.raises(DataError, match=words):
        EnergyModel(form(J), np.zeros(4))


@pytest.mark.parametrize("shape", [(3, 4), (4,), (0, 0), (2, 2, 2), ()])
def test_couplings_that_are_not_square_are_refused(shape):
    with pytest.raises(DataError, match=r"J has shape .*; give a square matrix"):
        EnergyModel(np.zeros(shape), np.zeros(4))


@pytest.mark.parametrize("shape", [(3,), (5,), (4, 1), ()])
def test_biases_of_another_shape_are_refused(shape):
    with pytest.raises(DataError, match=r"b has shape .*, but J has 4 rows; give shape \(4,\)"):
        EnergyModel(np.zeros((4, 4)), np.zeros(shape))


def test_a_bias_that_is_not_finite_is_refused():
    with pytest.raises(DataError, match=r"b\[2\] is nan; every bias must be a finite number"):
        EnergyModel(np.zeros((4, 4)), [0, 1, np.nan, np.inf])


@pytest.mark.parametrize("name", ["kT", "mobility"])
@pytest.mark.parametrize("value", [0, -0.1, np.nan, np.inf])
def test_temperature_and_mobility_must_be_positive(name, value):
    with pytest.raises(DataError, match=rf"{name} is .*; it must be a number above 0"):
        EnergyModel(np.zeros((2, 2)), np.zeros(2), **{name: value})


@pytest.mark.parametrize("n_visible", [-1, 5, 2.5, np.nan])
def test_a_number_of_visible_units_out_of_range_is_refused(n_visible):
    with pytest.raises(DataError, match=rf"n_visible is {n_visible}, but the model has 4 units"):
        EnergyModel(np.zeros((4, 4)), np.zeros(4), n_visible=n_visible)


@pytest.mark.parametrize("name", ["J2", "J4"])
def test_onsite_arrays_of_another_length_are_refused(name):
    with pytest.raises(DataError, match=rf"{name} has 3 entries, but the model has 4 units"):
        EnergyModel(np.zeros((4, 4)), np.zeros(4), Quartic(**{name: np.ones(3)}))


@pytest.mark.parametrize(
    "J",
    [
        "one",
        [[0, "a"], ["a", 0]],
        [[0, 1], [1]],
        object(),
        [[0, 1j], [1j, 0]],
        sp.csr_array([[0, 1j], [1j, 0]]),
    ],
)
def test_couplings_that_are_no_real_numbers_are_refused(J):
    with pytest.raises(DataError, match="J must hold real numbers only"):
        EnergyModel(J, np.zeros(2))
    if not sp.issparse(J):
        with pytest.raises(DataError, match="b must hold real numbers only"):
            EnergyModel(np.zeros((2, 2)), J)


def test_states_of_another_length_are_refused():
    model = random_machine(4, 0)
    for state in (np.zeros(3), np.zeros((4, 5)), 1.0):
        with pytest.raises(DataError, match=r"states have shape .*, but the model has 4 units"):
            model.energy(state)


# ---- bounded below ---------------------------------------------------------------------------


def pair(coupling, J2, J4):
    return EnergyModel([[0, coupling], [coupling, 0]], [0.1, 0.2], Quartic(J2, J4))


@pytest.mark.parametrize(
    ("coupling", "J2", "J4"),
    [
        (1.9, 1.0, 0.0),  # Hessian 2 +- 1.9
        (-1.9, 1.0, 0.0),
        (50.0, -3.0, 1.0),  # confined by the quartic term, whatever the rest
        (50.0, [-3.0, 0.1], [1.0, 0.0]),  # the second unit needs its own curvature alone
        (0.0, [-1.0, 1.0], [1.0, 0.0]),
    ],
)
def test_energies_bounded_below_are_taken(coupling, J2, J4):
    model = pair(coupling, J2, J4)
    far = 1e4 * np.array([[np.cos(a), np.sin(a)] for a in np.linspace(0, 2 * np.pi, 361)])
    assert np.all(model.energy(far) > model.energy(np.zeros(2)))


@pytest.mark.parametrize(
    ("coupling", "J2", "J4", "words"),
    [
        (2.1, 1.0, 0.0, r"2 units \(first: unit 0\) .* eigenvalue -0\.1; .* raise J2"),
        (2.0, 1.0, 0.0, r"eigenvalue"),
        (0.0, [1.0, -1.0], [1.0, 0.0], r"1 units \(first: unit 1\) .* eigenvalue -2"),
        (0.0, 0.0, 0.0, r"eigenvalue 0"),
    ],
)  # fmt: skip
def test_energies_unbounded_below_are_refused(coupling, J2, J4, words):
    with pytest.raises(DataError, match="unbounded below.*" + words):
        pair(coupling, J2, J4)


def test_the_smallest_eigenvalue_of_a_large_sparse_machine_decides():
    n = 2500
    ring = sp.diags_array([np.ones(n - 1)], offsets=[1], shape=(n, n))
    ring = sp.csr_array(ring + ring.T)
    assert EnergyModel(ring, np.zeros(n), Quartic(1.001, 0.0)).n_units == n
    with pytest.raises(DataError, match="unbounded below"):
        EnergyModel(ring, np.zeros(n), Quartic(0.99, 0.0))
