import re

from hypothesis import given
from hypothesis import strategies as st

from hwkit.circuit import safe_nodes
from tests.names import HOSTILE, odd_names

SAFE = re.compile(r"x[0-9]{1,9}|u(_[a-z0-9]+)+")


def test_what_names_become():
    assert safe_nodes(["x0", "x1"]) == ("x0", "x1")
    assert safe_nodes(["left eye", "u_b", "Å-1", "名前", "0"]) == (
        *("u_left_eye", "u_b", "u_a_1", "u_unit", "u_0"),
    )


def test_collisions_are_numbered_in_the_order_of_the_units():
    assert safe_nodes(["A b", "a B", "a  b"]) == ("u_a_b_1", "u_a_b_2", "u_a_b_3")
    assert safe_nodes(["a b", "u_a_b_1", "A B"]) == ("u_a_b_2", "u_a_b_1", "u_a_b_3")


@given(st.lists(odd_names, max_size=60, unique=True))
def test_nodes_are_safe_different_and_always_the_same(names):
    nodes = safe_nodes(names)
    assert len(set(nodes)) == len(nodes) == len(names)
    assert all(SAFE.fullmatch(node) and len(node) <= 48 and "__" not in node for node in nodes)
    assert safe_nodes(names) == nodes
    assert safe_nodes(nodes) == nodes


def test_many_names_that_become_the_same():
    nodes = safe_nodes([chr(0x4E00 + i) for i in range(5000)])
    assert len(set(nodes)) == 5000


def test_the_hostile_ones():
    assert len(set(safe_nodes(HOSTILE))) == len(HOSTILE)
