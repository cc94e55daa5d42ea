import tracemalloc

import numpy as np
import pytest
import scipy.sparse as sp

from hwkit import ConfigError, Cosh, EnergyModel, Quartic, simulate_langevin
from hwkit.langevin import compiled, overdamped
from hwkit.langevin.compiled import CompiledMachine
from hwkit.model import layered_mask
from hwkit.wiener import increments
from tests.machines import random_couplings, random_machine

DT, STEPS, RUNS = 0.01, 50, 70  # more runs than fit into a chunk


def plain_loop(model, dW):
    """Every run for itself, in double precision, as the equation is written."""
    J = model.J.toarray() if model.is_sparse else model.J
    ends = []
    for path in dW:
        x = np.zeros(model.n_units)
        for kick in path:
            slope = model.onsite.slope(x)
            drift = model.mobility * (J @ x + model.b + slope)
            x = x - DT * drift + np.sqrt(2 * model.mobility * model.kT) * kick
        ends.append(x)
    return np.array(ends)


def layered(n_visible, n_hidden, hidden_hidden=True, onsite=None):
    n = n_visible + n_hidden
    rng = np.random.default_rng(1)
    mask = layered_mask(n_visible, n_hidden)
    if not hidden_hidden:
        mask[n_visible:, n_visible:] = False
    J = 0.3 * random_couplings(n, rng) * mask
    return EnergyModel(J, rng.standard_normal(n), onsite, n_visible=n_visible)


MACHINES = {
    "dense": random_machine(40, 1, mobility=1.4, size=0.2),
    "no couplings": EnergyModel(np.zeros((20, 20)), np.ones(20), n_visible=8),
    "layered": layered(30, 20),
    "two layers": layered(20, 25, hidden_hidden=False),
    "visible alone": EnergyModel(
        0.2 * random_couplings(16, np.random.default_rng(2)), np.zeros(16)
    ),
    "sparse": random_machine(60, 2, density=0.05, sparse=True),
    "dense, stored sparse": random_machine(30, 3, density=0.7, sparse=True, size=0.2),
    "sparse, stored dense": random_machine(60, 4, density=0.05),
    "small": random_machine(5, 5),
    "one unit": EnergyModel([[0.0]], [0.4]),
    "parameters of each unit": random_machine(
        18, 6, onsite=Quartic(np.linspace(-1, 1, 18), np.linspace(0.5, 2, 18)), size=0.2
    ),
    "not quartic": layered(12, 10, onsite=Cosh(1.0, 2.0)),
}


@pytest.mark.parametrize("name", MACHINES)
def test_fast_paths_differ_from_the_plain_loop_by_rounding_only(name):
    model = MACHINES[name]
    dW = increments(3, range(RUNS), STEPS, model.n_units, DT)
    expected = plain_loop(model, dW)
    double, single = (
        simulate_langevin(model, STEPS * DT, DT, RUNS, increments=dW, precision=p).final
        for p in ("double", "single")
    )
    np.testing.assert_allclose(double, expected, rtol=0, atol=1e-12)
    np.testing.assert_allclose(single, expected, rtol=0, atol=2e-6)
    # Controls: single precision is seen, and so is a coupling that is 0.1 % off.
    J = 1.001 * model.J
    other = EnergyModel(J, model.b, model.onsite, model.kT, model.mobility, model.n_visible)
    moved = simulate_langevin(other, STEPS * DT, DT, RUNS, increments=dW).final
    if abs(model.J).sum():
        assert not np.array_equal(single, double)
        assert np.max(np.abs(moved - expected)) > 1e-5


@pytest.mark.parametrize("precision", ["double", "single"])
@pytest.mark.parametrize("name", MACHINES)
def test_seeds_and_their_increments_give_the_same_bytes(name, precision):
    model = MACHINES[name]
    dW = increments(4, range(RUNS), STEPS, model.n_units, DT)
    common = {"t_final": STEPS * DT, "dt": DT, "n_trajectories": RUNS, "precision": precision}
    seeded = simulate_langevin(model, seed=4, save_every=7, **common)
    given = simulate_langevin(model, increments=dW, save_every=7, **common)
    assert seeded.x.tobytes() == given.x.tobytes()


@pytest.mark.parametrize("precision", ["double", "single"])
@pytest.mark.parametrize("name", ["layered", "sparse", "small", "not quartic"])
def test_bytes_depend_neither_on_cores_nor_on_how_steps_are_batched(name, precision, monkeypatch):
    results = set()
    for cores, normals in ((1, 2**18), (2, 2**18), (5, 1), (2, 13_000)):
        monkeypatch.setattr(overdamped, "available_cores", lambda cores=cores: cores)
        monkeypatch.setattr(compiled, "_NORMALS_AT_ONCE", normals)
        runs = simulate_langevin(
            MACHINES[name], 0.51, DT, 150, seed=9, save_every=5, precision=precision
        )
        results.add(runs.x.tobytes())
    assert len(results) == 1


def test_blocks_of_zeros_are_not_multiplied():
    assert CompiledMachine(layered(30, 20), DT, "double").n_products == 2 * 30 * 20 + 20 * 20
    two = CompiledMachine(layered(20, 25, hidden_hidden=False), DT, "double")
    assert two.n_products == 2 * 20 * 25
    assert CompiledMachine(MACHINES["dense"], DT, "double").n_products == 40 * 40
    assert CompiledMachine(MACHINES["no couplings"], DT, "double").n_products == 0


@pytest.mark.parametrize(
    ("name", "by_rows"),
    [("dense", False), ("sparse", True), ("sparse, stored dense", True), ("small", True)],
)
def test_sparse_and_small_machines_go_row_by_row(name, by_rows):
    model = MACHINES[name]
    machine = CompiledMachine(model, DT, "single")
    assert machine.by_rows == by_rows
    if by_rows:
        assert machine.n_products == sp.csr_array(model.J).nnz


def test_memory_does_not_grow_with_the_steps():
    def peak(n_steps, **arguments):
        tracemalloc.start()
        simulate_langevin(MACHINES["dense"], n_steps * DT, DT, 64, seed=1, **arguments)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(500)
    assert peak(4000) < 1.1 * peak(500)
    assert peak(4000, save_every=1) > 3 * peak(500, save_every=1)  # control: what is kept counts


def test_an_unknown_precision_is_refused():
    with pytest.raises(ConfigError, match="precision 'half' is unknown; choose 'double' or 'sin"):
        simulate_langevin(MACHINES["small"], 0.1, DT, precision="half")
