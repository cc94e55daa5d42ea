import pytest

from hwkit import NetlistError
from hwkit.netlist.polynomials import polynomial as of_tree
from hwkit.netlist.reader import read_elements


def polynomial(text):
    [source] = read_elements(f"t\nB1 a 0 i={text}\n").elements
    return of_tree(source.tree)


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("3", {(): 3.0}),
        ("2*v(a)", {("a",): 2.0}),
        ("-v( A )", {("a",): -1.0}),
        ("v(a,b)", {("a",): 1.0, ("b",): -1.0}),
        ("v(a,0)/4", {("a",): 0.25}),
        ("v(gnd)+v(a)", {("a",): 1.0}),
        ("1e-6*v(x)*v(x)*v(x)", {("x", "x", "x"): 1e-6}),
        ("{1e-6*v(x)}*v(x)*v(x)", {("x", "x", "x"): 1e-6}),
        ("'2*v(x)'", {("x",): 2.0}),
        ("(v(a)+1)*(v(a)-1)", {("a", "a"): 1.0, ("a",): 0.0, (): -1.0}),
        ("2k*v(b)*v(a) - 1.5meg", {("a", "b"): 2e3, (): -1.5e6}),
        ("2.5k*v(a) + .5*v(a)", {("a",): 2500.5}),
        ("+(v(n1.x_2))", {("n1.x_2",): 1.0}),
        ("v(/x0)*2", {("/x0",): 2.0}),
        ("2--v(a)", {(): 2.0, ("a",): 1.0}),
        ("v(a)*0 + v(a) - v(a)", {("a",): 0.0}),
    ],
)
def test_polynomials(text, terms):
    assert polynomial(text) == pytest.approx(terms)


@pytest.mark.parametrize(
    "text", ["v(x)^3", "v(x)**3", "2/v(a)", "sin(v(a))", "time", "v(a)/(v(b)*0)"]
)
def test_what_is_no_polynomial_is_refused_with_what_is_understood(text):
    with pytest.raises(NetlistError, match=r"only numbers, v\(node\), \+ - \* and parentheses"):
        polynomial(text)


@pytest.mark.parametrize(
    "text",
    ["2*", "(v(a)", "v(a) v(b)", "1e999", "2#", "a.b", "[1]", "2k5*v(a)", "1_0*v(a)",
     "0x10*v(a)", "v(a)*_0_", "i(v1)", "x", "pow(v(x),3)", "log(v(a))", "-v(a)^2", "2^3^2",
     "2^-1", "{v(a)}^2", "v(a#b)", "7.84e -1", "f(v(a))", "v(a)>0", "(" * 5000 + "1" + ")" * 5000,
     "1+" * 20_000 + "1"],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_briefly(text):
    with pytest.raises(NetlistError) as refusal:
        polynomial(text)
    assert len(str(refusal.value)) < 400


def test_a_degree_above_three_is_refused_before_it_grows():
    with pytest.raises(NetlistError, match="has a degree above 3"):
        polynomial("*".join(f"(1+v(a{i}))" for i in range(60)))


def test_a_product_of_sums_is_not_multiplied_out_without_end():
    total = "(" + "+".join(f"v(n{i})" for i in range(200)) + ")"
    with pytest.raises(NetlistError, match="a product of 200 terms by 200"):
        polynomial(f"{total}*{total}*{total}")
    short = "(" + "+".join(f"v(n{i})" for i in range(50)) + ")"
    assert len(polynomial(f"{short}*{short}")) == 50 * 51 // 2
