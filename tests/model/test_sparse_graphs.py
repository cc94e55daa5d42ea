import sys

import networkx as nx
import numpy as np
import pytest

from hwkit import ConfigError, DataError
from hwkit.model import (
    bipartite_mask,
    graph_mask,
    grid_graph,
    lattice_graph,
    limited_mask,
    regular_graph,
)


def degrees(mask):
    assert np.array_equal(mask, mask.T)
    assert not mask.diagonal().any()
    return mask.sum(axis=1)


def test_two_layers_couple_to_each_other_only():
    mask = bipartite_mask(3, 2)
    assert degrees(mask).tolist() == [2, 2, 2, 3, 3]
    assert not mask[3:, 3:].any()


def test_grids_have_the_neighbours_of_a_king_or_of_a_rook():
    king, rook = graph_mask(grid_graph(4, 5)), graph_mask(grid_graph(4, 5, diagonals=False))
    assert sorted(set(degrees(king).tolist())) == [3, 5, 8]
    assert sorted(set(degrees(rook).tolist())) == [2, 3, 4]
    assert king.sum() // 2 == 4 * 4 + 5 * 3 + 2 * 4 * 3
    assert grid_graph(2, 2).nodes[(1, 0)]["position"] == (1, 0)


def test_a_regular_graph_is_regular_and_follows_its_seed():
    masks = [graph_mask(regular_graph(20, 4, seed)) for seed in (1, 1, 2)]
    assert set(degrees(masks[0]).tolist()) == {4}
    assert np.array_equal(masks[0], masks[1])
    assert not np.array_equal(masks[0], masks[2])
    with pytest.raises(ConfigError, match="no graph of 5 units of degree 3"):
        regular_graph(5, 3, 0)


@pytest.mark.parametrize(("kind", "units", "most"), [("chimera", 32, 6), ("zephyr", 160, 20)])
def test_annealers_lattices_have_their_degrees(kind, units, most):
    mask = graph_mask(lattice_graph(kind, 2))
    assert len(mask) == units
    assert degrees(mask).max() <= most
    assert graph_mask(lattice_graph("pegasus", 3)).sum(axis=1).max() <= 15


def test_lattices_say_what_they_need(monkeypatch):
    with pytest.raises(ConfigError, match="graph 'kagome' is unknown; choose one of chimera"):
        lattice_graph("kagome", 2)
    with pytest.raises(ConfigError, match="chimera graph has size 0"):
        lattice_graph("chimera", 0)
    monkeypatch.setitem(sys.modules, "dwave_networkx", None)
    with pytest.raises(ConfigError, match=r"pip install hwkit\[graphs\]"):
        lattice_graph("chimera", 2)


def test_a_graph_of_ones_own_keeps_the_order_that_is_asked_for():
    graph = nx.Graph([("a", "b"), ("b", "c"), ("c", "c")])
    mask = graph_mask(graph, ["c", "a", "b"])
    assert mask.tolist() == [
        [False, False, True],
        [False, False, True],
        [True, True, False],
    ]
    for nodes in (["a", "a"], ["a", "z"]):
        with pytest.raises(DataError, match="name each node of the graph once"):
            graph_mask(graph, nodes)


def test_wires_are_limited_in_length_and_number():
    places = [(0.0, 0.0), (1.0, 0.0), (3.0, 0.0), (7.0, 0.0)]
    full = ~np.eye(4, dtype=bool)
    short = limited_mask(full, places, wire_length=3.0)
    assert np.argwhere(np.triu(short)).tolist() == [[0, 1], [0, 2], [1, 2]]
    few = limited_mask(full, places, degree=1)
    assert np.argwhere(np.triu(few)).tolist() == [[0, 1], [2, 3]]
    strong = np.zeros((4, 4))
    strong[0, 3] = strong[3, 0] = 1.0
    chosen = limited_mask(full, places, degree=1, preference=strong)
    assert chosen[0, 3]
    assert degrees(chosen).max() == 1
    with pytest.raises(DataError, match=r"give \(4, 2\)"):
        limited_mask(full, places[:3])


def test_a_grid_without_units_is_refused():
    with pytest.raises(ConfigError, match="0 x 3 has no units"):
        grid_graph(0, 3)
