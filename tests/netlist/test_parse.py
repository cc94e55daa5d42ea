import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwkit import NetlistError
from hwkit.netlist.parse import cards, number, polynomial


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-12", 1e-12),
        ("-3.5", -3.5),
        ("+.5", 0.5),
        ("5.", 5.0),
        ("1E3", 1e3),
        ("10k", 1e4),
        ("2meg", 2e6),
        ("2MEG", 2e6),
        ("2M", 2e-3),  # milli, whatever the case
        ("1mil", 25.4e-6),
        ("3u", 3e-6),
        ("4n", 4e-9),
        ("5pF", 5e-12),
        ("6f", 6e-15),
        ("7a", 7e-18),
        ("1g", 1e9),
        ("1t", 1e12),
        ("10kohm", 1e4),
        ("1.5e2k", 1.5e5),
        ("12volts", 12.0),
    ],
)
def test_numbers_with_and_without_suffix(text, value):
    assert number(text) == pytest.approx(value, rel=1e-15)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_any_double_written_in_full_reads_back(value):
    assert number(repr(value)) == value


@pytest.mark.parametrize(
    "text",
    ["", "k", "one", "1.2.3", "--1", "{r}", "nan", "inf", "1e999", "1_000", "1 2", "0x1"],
)
def test_what_is_no_number_is_refused(text):
    with pytest.raises(NetlistError, match="is not a number"):
        number(text)


def test_cards_continue_skip_comments_and_stop_at_the_end():
    text = """C1 this is a title, whatever it looks like
* a comment
R1 A b
+ 1K ; and another comment
   * an indented comment

C2\tb 0 1p
.end
this is not read
"""
    found = [(card.name, card.words, card.line) for card in cards(text)]
    assert found == [("r1", ["a", "b", "1k"], 3), ("c2", ["b", "0", "1p"], 7)]


def test_a_comment_does_not_break_a_continuation():
    [card] = cards("title\nR1 a\n* between\n+ b\n\n+ 1k\n")
    assert card.words == ["a", "b", "1k"]


def test_an_error_names_line_and_element():
    [card] = cards("title\n\nR1 a b 1k")
    assert str(card.error("is odd")) == "line 3 (r1): is odd"


def test_a_continuation_of_nothing_is_refused():
    with pytest.raises(
        NetlistError, match=r"line 2: a continuation \(\+\) with nothing to continue"
    ):
        list(cards("title\n+ 1k"))


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("3", {(): 3.0}),
        ("2*v(a)", {("a",): 2.0}),
        ("-v( A )", {("a",): -1.0}),
        ("1e-6*v(x)*v(x)*v(x)", {("x", "x", "x"): 1e-6}),
        ("(v(a)+1)*(v(a)-1)", {("a", "a"): 1.0, ("a",): 0.0, (): -1.0}),
        ("2k*v(b)*v(a) - 1.5meg", {("a", "b"): 2e3, (): -1.5e6}),
        ("+(v(n1.x_2))", {("n1.x_2",): 1.0}),
        ("v(a)*0 + v(a) - v(a)", {("a",): 0.0}),
    ],
)
def test_polynomials(text, terms):
    assert polynomial(text) == pytest.approx(terms)


@pytest.mark.parametrize(
    "text",
    [
        "v(x)^3",
        "v(x)**3",
        "pow(v(x),3)",
        "v(a)/2",
        "sin(v(a))",
        "v(a,b)",
        "i(v1)",
        "x",
        "a.b",
        "[1]",
    ],
)
def test_what_is_no_polynomial_is_refused_with_what_is_understood(text):
    with pytest.raises(NetlistError, match=r"only numbers, v\(node\), \+ - \* and parentheses"):
        polynomial(text)


@pytest.mark.parametrize("text", ["", "2*", "(v(a)", "v(a) v(b)", "1e999", "2$", "\x00"])
def test_what_cannot_be_read_is_refused(text):
    with pytest.raises(NetlistError):
        polynomial(text)


def test_a_degree_above_three_is_refused_before_it_grows():
    with pytest.raises(NetlistError, match=r"v?.*has a degree above 3"):
        polynomial("*".join(f"(1+v(a{i}))" for i in range(60)))


@pytest.mark.parametrize(
    "text", ["(" * 5000 + "1" + ")" * 5000, "-" * 20_000 + "1", "1+" * 20_000 + "1"]
)
def test_expressions_too_deep_to_read_are_refused_briefly(text):
    with pytest.raises(NetlistError, match="can't be read") as refusal:
        polynomial(text)
    assert len(str(refusal.value)) < 200
