"""The one definition of a line, a comment, a space and a name, as ngspice has it."""

import pytest

from hwkit import NetlistError, extract_model
from hwkit.netlist.reader import cards, read_elements
from hwkit.netlist.reader.lines import unit_names


def words(text):
    return [(card.name, card.rest.split(), card.line) for card in cards(text)]


def test_lines_continue_skip_comments_and_stop_at_the_end():
    text = """C1 this is a title, whatever it looks like
* a comment
R1 A b
+ 1K ; and another comment
   * an indented comment

C2\tb 0 1p $ a third
C3 b 0 1p // a fourth
; a fifth
$ a sixth
// a seventh
.end
this is not read
"""
    assert words(text) == [
        ("r1", ["a", "b", "1k"], 3),
        ("c2", ["b", "0", "1p"], 7),
        ("c3", ["b", "0", "1p"], 8),
    ]


@pytest.mark.parametrize("between", ["* between\n", "\n", "  \n\n* two\n"])
def test_a_comment_or_a_blank_line_does_not_break_a_continuation(between):
    assert words(f"title\nR1 a\n{between} + b\n\n+ 1k\n") == [("r1", ["a", "b", "1k"], 2)]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("title\n+ 1k", r"line 2: a continuation \(\+\) with nothing to continue"),
        ("title\nR1 a\n; c\n+ b 1k", r"line 4: a continuation .* starts with ';'"),
        ("title\nR1 a$b 0 1k", r"line 2: '\$' within a word"),
        ("title\nR1 a//b 0 1k", r"line 2: '//' within a word"),
        ("title\n*# shell ls", r"line 2: `\*#` makes ngspice run"),
        ("title\n\u00a0.subckt s a b", r"line 2: the character U\+00A0 \(no-break space\)"),
        ("title\nR1 a\x0b0 1k", r"line 2: the character U\+000B"),
        ("title\nR1 a\x0c0 1k", r"line 2: the character U\+000C"),
        ("title\nR1 a 0 1k\u2028.control", r"line 2: the character U\+2028 \(line separator\)"),
        ("title\nCd x0 GND 1p", r"line 2 \(cd\): ngspice takes GND for a node of its own"),
        ("title\nR1 a\r0 1k", r"line 2: the character U\+000D"),
        ("title\nR1 é 0 1k", r"line 2: the character U\+00E9"),
        ("title\nR1 µ 0 1k", r"line 2: the character U\+00B5 \(micro sign\); write u for micro"),
        ("title\nR1 a 0 1\u03bc", r"line 2: the character U\+03BC .*; write u for micro"),
    ],
)
def test_what_can_be_misread_is_refused_with_its_line(text, problem):
    with pytest.raises(NetlistError, match=problem):
        read_elements(text)


def test_comments_may_hold_anything():
    assert words("t\n* µ \u00a0 $ // ; `ls` \x1b\nR1 a 0 1k ; Ω \u2028\n") == [
        ("r1", ["a", "0", "1k"], 3)
    ]


def test_carriage_returns_end_no_names():
    assert words("t\r\nR1 a 0 1k\r\n+ m=2\r\n") == [("r1", ["a", "0", "1k", "m=2"], 2)]


def test_an_error_names_line_and_element():
    [card] = cards("title\n\nR1 a b 1k")
    assert str(card.error("is odd")) == "line 3 (r1): is odd"


def test_names_of_units_are_not_read_from_title_or_below_the_end():
    text = '* unit x0 is "title"\n* unit x1 is "a b"\n* unit x2 is "\n.END\n* unit x3 is "note"\n'
    assert unit_names(text) == {"x1": "a b"}


MACHINE = """.param hwkit_volt=0.1 hwkit_second=1e-6 hwkit_kt=0.1 hwkit_mobility=1 hwkit_visible=2
C0 x0 0 1e-12
C1 x1 0 1e-12
G0_0 x0 0 x0 0 2e-06
G1_1 x1 0 x1 0 2e-06
Bcubic0 x0 0 i=0.0004*v(x0)*v(x0)*v(x0)
Bcubic1 x1 0 i=0.0004*v(x1)*v(x1)*v(x1)
Ibias0 x0 0 dc 1e-08
Ibias1 x1 0 dc -2e-08
G0_1 x0 0 x1 0 5e-07
G1_0 x1 0 x0 0 5e-07
"""


@pytest.mark.parametrize(
    ("title", "behind"),
    [
        ("Langevin pair of two units", ".end\n"),
        ("Ladder of two", ".end\n"),
        ("ladder", ".end\nlatex notes\n"),
        ("Kl1 l2 .5", ".END\nL1 x0 0 1u\nR9 x0 0 1k\n"),
        ('* unit x0 is "left"', ".end ; the end\n.control\n"),
        (".title KiCad schematic", ".backanno\n.end\n"),
    ],
)
def test_a_title_and_what_stands_below_the_end_are_not_read(title, behind):
    model = extract_model(f"{title}\n{MACHINE}{behind}")
    assert model.names is None
    assert model.b.tolist() == pytest.approx([0.1, -0.2])
    assert model.J[0, 1] == pytest.approx(0.5)
    assert (float(model.onsite.J2), float(model.onsite.J4)) == pytest.approx((1.0, 1.0))
