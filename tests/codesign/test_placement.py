import networkx as nx
import numpy as np
import pytest

from hwkit import ConfigError
from hwkit.codesign import hidden_fields, interleave, place


def test_pixels_are_interleaved_with_hidden_units():
    layout = interleave(3, 4)
    assert (layout.n_visible, layout.n_hidden, layout.degree) == (12, 36, 8)
    assert layout.nodes[:5] == ((0, 0), (0, 2), (0, 4), (0, 6), (2, 0))
    for node, pixel in zip(layout.nodes[12:], layout.pixel, strict=True):
        assert (node[0] // 2, node[1] // 2) == divmod(pixel, 4)
    assert np.array_equal(np.bincount(layout.slot), [12, 12, 12])
    assert not layout.mask[:12, :12].any()  # two apart: no visible units touch
    assert interleave(8, 8).n_hidden == 192
    assert interleave(4, 4, 1).n_hidden == 0
    assert interleave(4, 4, 2, diagonals=False).degree == 4
    with pytest.raises(ConfigError, match="spacing is 0"):
        interleave(2, 2, 0)


def test_hidden_units_of_any_graph_join_the_nearest_pixel():
    graph = nx.path_graph(7)
    layout = place(graph, [1, 6])
    assert layout.nodes == (1, 6, 0, 2, 3, 4, 5)
    assert layout.pixel.tolist() == [0, 0, 0, 1, 1]
    assert layout.slot.tolist() == [0, 1, 2, 0, 1]
    graph.add_node("alone")
    with pytest.raises(ConfigError, match="1 units, 'alone' first, are connected to no visible"):
        place(graph, [1, 6])


def test_hidden_units_repeat_their_pixel_or_carry_the_pattern():
    layout = interleave(2, 2)
    visible = np.array([[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]])
    assert np.array_equal(hidden_fields(visible, layout), visible[:, layout.pixel])
    coded = hidden_fields(visible, layout, codes=2, amplitude=0.3)
    assert np.all(coded[0, layout.slot == 0] == 0.3)
    assert np.all(coded[1, layout.slot == 0] == -0.3)
    assert np.all(coded[0, layout.slot == 1] == -0.3)
    assert np.array_equal(coded[:, layout.slot == 2], visible[:, layout.pixel[layout.slot == 2]])
