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
        ("X1 a cell k=\n", r"line 9 \(x1\): k= needs a value"),
        (CELL, r"line 10 \(\.subckt\): subcircuit 'cell' is defined twice"),
        (".subckt\n.ends\n", r"line 9 \(\.subckt\): a subcircuit needs a name"),
        (".subckt a\n.subckt b\n.ends\n", r"line 10 \(\.subckt\): .* can't be inside another"),
        (".subckt a x\nC1 x 0 1\n", r"line 9 \(\.subckt\): the subcircuit has no \.ends"),
        (".global x\nX1 a cell\n", "the node 'x' of the subcircuit is global too"),
        (".ends\n", r"line 9 \(\.ends\): no subcircuit to end"),
        (".subckt a x\nX1 x a\n.ends\nX2 a a\n", r"line 10 .*within each other over 20 deep"),
        (".subckt a x\n.control\n.ends\n", r"line 10 \(\.control\): .*runs commands"),
        (".subckt a x\n.ic v(x)=1\n.ends\n", r"line 10 \(\.ic\): .*not understood inside"),
        (".subckt a x x\n.ends\n", "nodes of a subcircuit must be different"),
        (".subckt a gnd\n.ends\n", "nodes of a subcircuit must be different, and not ground"),
        (".subckt a x\n.ends b\n", r"line 10 \(\.ends\): the subcircuit to end is 'a'"),
        ("X1 a cell k=1 k=2\n", "k= is given twice"),
        ("X1 a cell m=2\n", r"line 9 \(x1\): the parameter 'm' is refused"),
        ("X1 a cell k={zz}\n", r"the parameter 'zz' is not defined"),
        ("X1 a cell k={k}\n", r"the parameter 'k' is not defined"),
        ("X1 a cell k={q+1} q={k}\n", "takes 'q', of which the subcircuit has one of its own"),
        ("X1 a cell\nX1 b cell\n", "another element has this name"),
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


def test_uses_within_uses_and_what_names_mean_there():
    """A default may name another parameter; a use hands values on; models inside are local."""
    text = (
        HEADER
        + ".param k=9\n.global rail\n"
        + ".subckt inner y k=1 twice={2*k}\nR1 y 0 {twice}\n.ends inner\n"
        + ".subckt unit x c=1\nC1 x 0 {c}\nX1 x inner k={c/4}\nR2 x rail {own}\n.param own=c*4\n"
        + ".ends\nVrail rail 0 0\nX1 a unit\nX2 b unit c=2\n"
    )
    model = extract_model(text)
    assert model.names == ("a", "b")
    # 1/(2 c/4) + 1/(4 c), over C = c
    np.testing.assert_allclose(2 * model.onsite.J2, [2.25, 2.25 / 4])


def test_a_name_that_ngspice_would_look_up_in_the_subcircuit_around_is_refused():
    text = (
        HEADER
        + ".param k=5\n.subckt inner y\nR1 y 0 {k}\n.ends\n"
        + ".subckt unit x k=1\nC1 x 0 1\nX1 x inner\n.ends\nX1 a unit k=2\n"
    )
    with pytest.raises(NetlistError, match=r"hand it over: k=\{k\}"):
        extract_model(text)


@pytest.mark.parametrize("levels", [19, 22, 60])
def test_subcircuits_that_use_each_other_are_bounded(levels):
    tree = ".subckt s0 a\nr1 a 0 1e15\n.ends\n"
    for k in range(1, levels):
        tree += f".subckt s{k} a\nxa a s{k - 1}\nxb a s{k - 1}\n.ends\n"
    with pytest.raises(NetlistError, match=r"has over 200000 elements|within each other over 20"):
        extract_model(f"{HEADER}{tree}C1 a 0 1\nX9 a s{levels - 1}\n")
