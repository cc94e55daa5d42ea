"""Machines for the tests: small ones with known answers, random ones, strategies."""

import numpy as np
import scipy.sparse as sp
from hypothesis import strategies as st

from hwkit import Cosh, EnergyModel, Quartic, compile_model
from hwkit.circuit import CELLS


def random_couplings(n, rng, density=1.0, size=1.0):
    """Symmetric couplings with a zero diagonal, each pair there with probability `density`."""
    upper = np.triu(size * rng.standard_normal((n, n)) * (rng.random((n, n)) < density), k=1)
    return upper + upper.T


def random_machine(
    n, seed, density=1.0, sparse=False, onsite=None, kT=0.1, mobility=1.0, n_visible=None, size=0.5
):
    rng = np.random.default_rng(seed)
    J = random_couplings(n, rng, density, size)
    b = 0.5 * rng.standard_normal(n)
    return EnergyModel(
        sp.csr_array(J) if sparse else J, b, onsite or Quartic(), kT, mobility, n_visible
    )


def family_machine(cell, n, seed, **options):
    """A random machine that a circuit family can realise."""
    if cell == "resistive":
        return random_machine(n, seed, onsite=Cosh.from_quartic(), **options)
    if cell == "rlc":  # couplings that mutual inductances can make
        return random_machine(n, seed, size=0.5 / n, **options)
    if cell == "spu":
        return capacitive_machine(n, seed, **options)
    return random_machine(n, seed, **options)


def capacitive_machine(n, seed, links=3, size=0.3, **options):
    """A Gaussian machine whose couplings are capacitors between nodes."""
    rng = np.random.default_rng(seed)
    matrix = np.zeros((n, n))
    for i in range(n):
        others = np.delete(np.arange(n), i)
        for j in rng.choice(others, min(links, n - 1), replace=False):
            matrix[i, j] = matrix[j, i] = -size * rng.random()
    own = -matrix.sum(axis=1) + rng.uniform(0.8, 1.2, n)
    return EnergyModel(matrix, np.zeros(n), Quartic(own / 2, 0.0), kT=0.5, **options)


def spring(k=2.0, kT=0.1, mobility=1.0):
    """One unit with the quadratic energy k x^2 / 2."""
    return EnergyModel(np.zeros((1, 1)), [0.0], Quartic(k / 2, 0.0), kT, mobility)


def springs(kT=0.2, mobility=1.0):
    """Three coupled springs with biases: an Ornstein-Uhlenbeck process."""
    J = np.array([[0.0, 0.8, -0.3], [0.8, 0.0, 0.5], [-0.3, 0.5, 0.0]])
    return EnergyModel(J, [0.3, -0.2, 0.0], Quartic([1.0, 1.5, 0.8], 0.0), kT, mobility)


# Families whose elements are read; netlists of transistors are measured in ngspice.
READ = [
    name
    for name in CELLS
    if not compile_model(family_machine(name, 2, seed=0), cell=name).transistors
]


@st.composite
def machines(draw, largest=40):
    """Machines of up to `largest` units: dense or sparse, one onsite energy or one per unit."""
    n = draw(st.integers(1, largest))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    density = draw(st.sampled_from([0.0, 0.1, 0.5, 1.0]))
    size = 10.0 ** draw(st.integers(-6, 3))
    J = random_couplings(n, rng, density, size)
    b = size * rng.standard_normal(n) * (rng.random(n) < 0.8)
    onsite = Quartic(
        rng.uniform(-2, 2, n) if draw(st.booleans()) else rng.uniform(-2, 2),
        rng.uniform(0.01, 3, n) if draw(st.booleans()) else rng.uniform(0.01, 3),
    )
    return EnergyModel(
        sp.csr_array(J) if draw(st.booleans()) else J,
        b,
        onsite,
        kT=draw(st.floats(1e-3, 10)),
        mobility=draw(st.floats(1e-2, 10)),
        n_visible=draw(st.integers(0, n)),
    )


def dense(model):
    return model.J.toarray() if model.is_sparse else model.J


def same_machine(a, b, rtol=0.0):
    """Say whether two machines agree; each array to `rtol` of its own largest entry."""

    def close(p, q):
        p, q = (np.broadcast_to(v, (a.n_units,)) if np.ndim(v) == 0 else v for v in (p, q))
        return np.all(np.abs(p - q) <= rtol * np.max(np.abs(p), initial=0.0))

    return bool(
        a.n_units == b.n_units
        and a.n_visible == b.n_visible
        and type(a.onsite) is type(b.onsite)
        and close(dense(a), dense(b))
        and close(a.b, b.b)
        and all(close(v, b.onsite.parameters()[k]) for k, v in a.onsite.parameters().items())
        and np.isclose(a.kT, b.kT, rtol=rtol, atol=0)
        and np.isclose(a.mobility, b.mobility, rtol=rtol, atol=0)
    )
