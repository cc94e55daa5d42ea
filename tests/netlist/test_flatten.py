import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hwkit import EnergyModel, NetlistError, extract_model
from tests.machines import dense

HEADER = """title
.param hwkit_volt=1 hwkit_second=1 hwkit_kt=1 hwkit_mobility=1 hwkit_visible=2
"""
CELL = """
.subckt cell x params: c=1 k = 2 q=0
C1 x 0 {c}
R1 x gnd {k}
Bq x 0 i={q}*v(x)*v(x)*v(x)
.ends
"""


def test_uses_are_written_out():
    model = extract_model(
        HEADER
        + "X1 a cell k=0.5\n"
        + CELL
        + "x2 b cell params: k=0.25 q = 4 c=1\n+ \n"
        + ".SUBCKT Pair p q g={0}\nGpq p 0 q 0 {g}\nGqp q 0 p 0 { g }\n.ENDS Pair\n"
        + "Xp a b pair g=-0.5\n"
    )
    assert model.names == ("a", "b")
    np.testing.assert_allclose(2 * model.onsite.J2, [2, 4])
    np.testing.assert_allclose(4 * model.onsite.J4, [0, 4])
    np.testing.assert_allclose(dense(model), [[0, -0.5], [-0.5, 0]])


def test_braces_around_an_expression():
    cell = CELL.replace("i={q}*v(x)*v(x)*v(x)", "i={q*v(x)*v(x)*v(x) + k*v(x)}")
    model = extract_model(HEADER + cell + "X1 a cell q=4 k=0.5\nX2 b cell\n")
    np.testing.assert_allclose(2 * model.onsite.J2, [2.5, 2.5])
    np.testing.assert_allclose(4 * model.onsite.J4, [4, 0])


def test_a_node_inside_is_not_a_unit():
    cell = CELL.replace(".ends", "R2 x inner 1\n.ends")
    with pytest.raises(NetlistError, match=r"node 'x1\.inner' has no capacitor to ground"):
        extract_model(HEADER + cell + "X1 a cell\nX2 b cell\n")


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("X1 a nothing\n", r"line 9 \(x1\): no subcircuit 'nothing' is defined"),
        ("X1\n", r"line 9 \(x1\): no subcircuit '' is defined"),
        ("X1 a b cell\n", r"line 9 \(x1\): 2 nodes are given, but the subcircuit has 1"),
        ("X1 a cell z=1\n", r"line 9 \(x1\): the subcircuit has no parameter 'z'"),
        ("X1 a cell k=\n", r"line \d+ \(r1\.x1\): the line is too short"),
        (CELL, r"line 10 \(\.subckt\): subcircuit 'cell' is defined twice"),
        (".subckt\n.ends\n", r"line 9 \(\.subckt\): a subcircuit needs a name"),
        (".subckt a\n.subckt b\n.ends\n", r"line 10 \(\.subckt\): .* can't stand inside another"),
        (".subckt a x\nC1 x 0 1\n", r"line 9 \(\.subckt\): the subcircuit has no \.ends"),
        (".ends\n", r"line 9 \(\.ends\): no subcircuit to end"),
        (".subckt a x\nX1 x a\n.ends\n", r"line 10 \(x1\): this kind of line is not understood"),
        (".subckt a x\n.control\n.ends\n", r"line 10 \(\.control\): this kind of line"),
    ],
)
def test_what_can_not_be_understood_is_refused_by_line(lines, words):
    with pytest.raises(NetlistError, match=words):
        extract_model(HEADER + CELL + lines)


WORDS = [
    *(".subckt", ".ends", "cell", "x", "a", "b", "X1", "X2", "C1", "R1", "Gx", "Bq", "params:"),
    *("{c}", "{", "}", "c=1", "=", "i={q*v(x)}", "v(x)", "1", "0", "\n", "\n", "\n", "+"),
]


@settings(max_examples=200)
@given(st.lists(st.sampled_from(WORDS), max_size=40), st.booleans())
def test_any_words_give_a_model_or_a_refusal(words, with_cell):
    try:
        model = extract_model(HEADER + (CELL if with_cell else "") + " ".join(words))
    except NetlistError:
        return
    assert isinstance(model, EnergyModel)
