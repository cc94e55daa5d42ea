"""The mixed level is compared with the full netlist where that is cheap; else it says so."""

import networkx as nx
import numpy as np
import pytest
import scipy.sparse as sp

from hwkit import (
    ConfigError,
    Cosh,
    EnergyModel,
    Quartic,
    Scale,
    compile_model,
    simulate_spice,
)
from hwkit.fidelity import Metric
from hwkit.spice.cost import forecast, full_netlist_cost, mixed_level_cost
from hwkit.spice.crossbar import ideal_crossbar
from hwkit.validation import validate_design
from hwkit.validation.schemes import with_lag
from tests.machines import random_machine


def sparse(graph, seed=1):
    """Couplings on the edges of a graph."""
    upper = sp.triu(nx.to_scipy_sparse_array(graph, dtype=float), 1).tocsr()
    upper.data = 0.15 * np.random.default_rng(seed).standard_normal(upper.nnz)
    return EnergyModel(sp.csr_array(upper + upper.T), np.zeros(len(graph)))


def regular(degree, n):
    return sparse(nx.random_regular_graph(degree, n, seed=1))


def dense(n):
    upper = np.triu(np.random.default_rng(n).standard_normal((n, n)), 1) / n
    return EnergyModel(upper + upper.T, np.zeros(n))


def grid(side):
    return sparse(nx.convert_node_labels_to_integers(nx.grid_2d_graph(side, side)))


# Steps and seconds of one run of the full netlist in ngspice 39 (Sparse 1.3), machine of 2024.
MEASURED = {
    "dense, 32": (lambda: dense(32), 400, 0.022),
    "dense, 128": (lambda: dense(128), 50, 0.116),
    "dense, 256": (lambda: dense(256), 26, 0.83),
    "ring, 2000": (lambda: sparse(nx.cycle_graph(2000)), 100, 0.168),
    "ring, 5000": (lambda: sparse(nx.cycle_graph(5000)), 100, 0.82),
    "4-regular, 500": (lambda: regular(4, 500), 50, 0.42),
    "4-regular, 1000": (lambda: regular(4, 1000), 24, 4.34),
    "3-regular, 2000": (lambda: regular(3, 2000), 6, 4.0),
    "grid, 2025": (lambda: grid(45), 100, 1.39),
}


@pytest.mark.parametrize("name", MEASURED)
def test_the_estimate_is_within_a_factor_of_3_of_what_was_measured(name):
    make, steps, seconds = MEASURED[name]
    machine = make()
    cost = full_netlist_cost(machine, steps, 1)
    assert not cost.at_least
    assert seconds / 3 <= cost.seconds <= 3 * seconds
    assert full_netlist_cost(machine, steps, 2).seconds == pytest.approx(2 * cost.seconds)


@pytest.mark.parametrize(("cell", "seconds"), [("rc", 1.3), ("resistive", 20.0)])
def test_what_is_announced_of_64_and_64_units_knows_their_rails(cell, seconds):
    """Times of benchmarks.spice on a quiet core, with Sparse 1.3."""
    visible = np.add.outer(np.arange(128) < 64, np.arange(128) < 64) > 1  # not coupled
    J = np.where(visible, 0.0, dense(128).J)
    onsite = Quartic() if cell == "rc" else Cosh.from_quartic()
    scale = Scale() if cell == "rc" else Scale(volt=0.0896)
    design = compile_model(EnergyModel(J, np.zeros(128), onsite), cell, scale)
    one = forecast(design, "full", 1000, 1, 1)
    assert seconds / 3 <= one.seconds <= 3 * seconds
    assert forecast(design, "full", 1000, 8, 2).seconds == pytest.approx(4 * one.seconds)
    assert forecast(design, "full", 1000, 1, 2).seconds == one.seconds
    assert forecast(design, "mixed", 1000, 1, 1).seconds < one.seconds / 3


def test_counting_stops_before_it_takes_long():
    many_units, many_entries = sparse(nx.cycle_graph(30_000)), dense(1600)
    for machine in (many_units, many_entries):
        cost = full_netlist_cost(machine, 10, 1)
        assert cost.at_least
        assert cost.describe().endswith(" or more")
    assert mixed_level_cost(2000, 1000, 10).seconds == pytest.approx(100, rel=0.1)


@pytest.mark.spice
def test_a_sparse_machine_of_2000_units_runs_without_the_check_and_says_so():
    design = compile_model(regular(4, 2000))  # four neighbours each, but the factors fill up
    runs = simulate_spice(design, 0.05, 2.5e-3, 1, seed=1, level="mixed")
    assert "lag_error" not in runs.attributes
    why = runs.attributes["lag_check"]
    assert why.startswith("not checked: 1 runs of the full netlist take an estimated ")
    assert "--lag-check always" in why
    [row] = with_lag([Metric("path error", "path", 0.1, 0.2, note="rms")], runs)
    assert (row.name, row.note) == ("path error", f"rms; lag error {why}")


@pytest.mark.spice
def test_a_small_machine_is_checked_unless_it_is_left_out():
    design = compile_model(random_machine(6, seed=8))
    arguments = {"t_final": 0.2, "dt": 0.01, "n_trajectories": 2, "level": "mixed"}
    found = {k: simulate_spice(design, **arguments, lag_check=k) for k in ("auto", "never")}
    assert 0 < found["auto"].attributes["lag_error"] < 1e-2
    assert [m.name for m in with_lag([], found["auto"])] == ["lag error"]
    assert "lag_check" not in found["auto"].attributes
    assert found["never"].attributes["lag_check"] == "not checked, as asked for"
    assert np.array_equal(found["auto"].x, found["never"].x)


@pytest.mark.spice
def test_the_check_can_be_forced(monkeypatch):
    monkeypatch.setattr("hwkit.spice.simulate.LAG_SECONDS", 0.0)
    monkeypatch.setattr("hwkit.spice.simulate._LAG_SHARE", 0.0)
    design = compile_model(random_machine(6, seed=8))
    arguments = {"t_final": 0.2, "dt": 0.01, "n_trajectories": 2, "level": "mixed"}
    assert "lag_error" not in simulate_spice(design, **arguments).attributes
    assert "lag_error" in simulate_spice(design, **arguments, lag_check="always").attributes


@pytest.mark.spice
def test_a_verdict_has_a_row_for_the_lag():
    design = compile_model(random_machine(4, seed=8))
    arguments = {"t_final": 0.2, "dt": 0.01, "n_trajectories": 2, "level": "mixed"}
    assert validate_design(design, **arguments)["lag error"].n == 2
    verdict = validate_design(design, **arguments, lag_check="never")
    assert "lag error not checked, as asked for" in verdict["path error"].note
    assert not [metric.name for metric in verdict.metrics if "lag" in metric.name]


@pytest.mark.spice
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"lag_check": "always"}, "level 'full' has no lag"),
        ({"lag_check": "sometimes", "level": "mixed"}, "choose auto, always, never"),
        ({"lag_check": "never", "level": "mixed", "crossbar": True}, "does not hold a crossbar"),
    ],
)
def test_a_check_that_can_not_be_is_refused(options, words):
    design = compile_model(random_machine(4, seed=8))
    if "crossbar" in options:
        options = options | {"crossbar": ideal_crossbar(design)}
    with pytest.raises(ConfigError, match=words):
        simulate_spice(design, 0.1, 0.01, **options)
