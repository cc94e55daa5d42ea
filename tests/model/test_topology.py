import numpy as np
from hypothesis import given

from hwkit.model import coupling_graph, layered_mask
from tests.machines import dense, machines


def test_layers_couple_all_but_visible_units_among_themselves():
    mask = layered_mask(3, 2)
    assert np.array_equal(mask, mask.T)
    assert not mask.diagonal().any()
    assert not mask[:3, :3].any()
    assert mask[:3, 3:].all()
    assert mask[3, 4]


def test_the_papers_machine_has_532224_pairs():
    assert layered_mask(784, 512).sum() == 2 * 532_224


@given(machines(largest=15))
def test_graphs_hold_every_unit_and_coupling(model):
    graph = coupling_graph(model)
    assert list(graph.nodes) == list(range(model.n_units))
    assert [graph.nodes[i]["b"] for i in graph] == model.b.tolist()
    matrix = np.zeros_like(dense(model))
    for i, j, coupling in graph.edges(data="J"):
        matrix[i, j] = matrix[j, i] = coupling
    assert np.array_equal(matrix, dense(model))
