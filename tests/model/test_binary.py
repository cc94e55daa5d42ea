"""Binary energies against the machine's at the corners x = -1, 1, all of them."""

from itertools import product

import dimod
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.neural_network import BernoulliRBM

from hwkit import DataError, import_ising, import_model, import_qubo
from hwkit.model import import_rbm

values = st.floats(-3, 3).map(lambda v: round(v, 3))
labels = st.sampled_from(["a", "b", "c", 0, 1, "left eye", ("t", 1)])
pairs = st.tuples(labels, labels)


def order(*dictionaries):
    """Labels in the order of the units: as they come, unless they are 0 ... N - 1."""
    seen = {}
    for dictionary in dictionaries:
        for key in dictionary:
            seen |= dict.fromkeys(key if dictionary is dictionaries[-1] else [key])
    found = list(seen)
    return sorted(found) if set(found) == set(range(len(found))) else found


def corner_energies(model):
    corners = np.array(list(product([-1.0, 1.0], repeat=model.n_units)))
    energies = model.energy(corners)
    return energies - energies[0]


@given(
    st.dictionaries(labels, values, max_size=5),
    st.dictionaries(pairs.filter(lambda p: p[0] != p[1]), values, min_size=1, max_size=8),
)
def test_ising_energies_at_all_corners(h, J):
    model = import_ising(h, J)
    units = order(h, J)
    energies = []
    for spins in product([-1, 1], repeat=len(units)):
        s = dict(zip(units, spins, strict=True))
        energies.append(
            sum(v * s[k] for k, v in h.items()) + sum(v * s[a] * s[b] for (a, b), v in J.items())
        )
    expected = np.array(energies) - energies[0]
    np.testing.assert_allclose(corner_energies(model), expected, atol=1e-9)
    assert model.names is None or model.names == tuple(map(str, units))


@given(st.dictionaries(pairs, values, min_size=1, max_size=8))
def test_qubo_energies_at_all_corners(Q):
    model = import_qubo(Q)
    units = order(Q)
    energies = []
    for bits in product([0, 1], repeat=len(units)):
        q = dict(zip(units, bits, strict=True))
        energies.append(sum(v * q[a] * q[b] for (a, b), v in Q.items()))
    expected = np.array(energies) - energies[0]
    np.testing.assert_allclose(corner_energies(model), expected, atol=1e-9)


@pytest.mark.parametrize("vartype", ["SPIN", "BINARY"])
def test_dimod_models(vartype):
    bqm = dimod.BinaryQuadraticModel({"a": 0.5, "b": -1.0}, {"ab": 2.0, "bc": -0.7}, 3.0, vartype)
    model = import_model(bqm, kT=0.2, barrier=4.0)
    low = -1 if vartype == "SPIN" else 0
    energies = [
        bqm.energy(dict(zip(model.names, state, strict=True)))
        for state in product([low, 1], repeat=3)
    ]
    np.testing.assert_allclose(corner_energies(model), np.array(energies) - energies[0])
    assert (model.kT, float(model.onsite.J2), float(model.onsite.J4)) == (0.2, -8.0, 4.0)


def test_a_boltzmann_machine_of_scikit_learn():
    rng = np.random.default_rng(0)
    rbm = BernoulliRBM(n_components=3, n_iter=2, random_state=0)
    rbm.fit(rng.integers(0, 2, (20, 4)).astype(float))
    kT = 0.3
    model = import_model(rbm, kT=kT)
    assert (model.n_units, model.n_visible) == (7, 4)
    energies = []
    for bits in product([0, 1], repeat=7):
        v, h = np.array(bits[:4]), np.array(bits[4:])
        energies.append(
            -v @ rbm.intercept_visible_ - h @ rbm.intercept_hidden_ - h @ rbm.components_ @ v
        )
    differences = kT * (np.array(energies) - energies[0])
    np.testing.assert_allclose(corner_energies(model), differences, atol=1e-9)
    # and their own free energy, which sums over the hidden bits
    states = np.array(list(product([0.0, 1.0], repeat=4)))
    weights = np.exp(-corner_energies(model) / kT).reshape(16, 8).sum(axis=1)
    theirs = rbm._free_energy(states)
    np.testing.assert_allclose(-np.log(weights / weights[0]), theirs - theirs[0], atol=1e-9)


def test_every_corner_has_a_minimum_beside_it():
    rng = np.random.default_rng(3)
    J = {(i, j): rng.normal() for i, j in product(range(4), range(4, 8))}
    model = import_ising({i: rng.normal() for i in range(8)}, J)
    corners = np.array(list(product([-1.0, 1.0], repeat=8)))
    x = corners
    for _ in range(2000):
        x = x + 0.005 * model.force(x)
    np.testing.assert_array_equal(np.sign(x), corners)
    shallow = import_ising({0: 1.0}, {}, barrier=0.5)  # control: the field pulls it over
    assert np.all(shallow.force(np.linspace(-2, 2, 50)[20:, None]) < 0)


def test_the_barrier_is_the_one_asked_for():
    model = import_ising({"a": 0.0}, {}, barrier=2.5)
    assert model.energy([[0.0]])[0] - model.energy([[1.0]])[0] == pytest.approx(2.5)
    assert float(import_ising({"a": 0.0}, {}).onsite.J4) == 1.0


class Machine:
    components_ = np.zeros((2, 3))
    intercept_visible_ = np.zeros(3)
    intercept_hidden_ = np.zeros(3)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: import_ising({}, {}), "there are no units"),
        (lambda: import_ising({}, {("a", "a"): 1.0}), "J couples 'a' to itself"),
        (lambda: import_ising({}, {"abc": 1.0}), "'abc' is not a pair of labels"),
        (lambda: import_ising({"a": 1.0}, {}, barrier=0.0), r"the barrier is 0\.0; it must be"),
        (lambda: import_ising({1: 0.0, "1": 0.0}, {}), "have the same name '1'"),
        (lambda: import_ising({}, {("a", "b"): "strong"}), "real numbers only"),
        (lambda: import_qubo({("a", "b"): np.nan}), "not|finite|number"),
        (lambda: import_rbm(object()), "not a fitted Boltzmann machine"),
        (lambda: import_rbm(BernoulliRBM()), "not a fitted Boltzmann machine"),
        (lambda: import_rbm(Machine), r"components_ has shape \(2, 3\), but there are 3 hidden"),
    ],
)
def test_what_is_refused(make, words):
    with pytest.raises(DataError, match=words):
        make()
