"""The table of words is what the reader does, and what the manual says."""

from pathlib import Path

import pytest

from hwkit import NetlistError
from hwkit.netlist.reader import read_elements
from hwkit.netlist.reader.grammar import ELEMENT_PARAMETERS, ELEMENTS, OPTIONS, STATEMENTS, manual

PAGE = Path(__file__).parents[3] / "docs" / "foreign-netlists.md"
ELEMENT = {
    "r": "R1 a 0 {}", "c": "C1 a 0 {}", "l": "L1 a 0 {}", "g": "G1 a 0 a 0 {}", "d": "D1 a 0 dm {}",
    "i": "I1 a 0 {}", "v": "V1 a 0 {}", "b": "B1 a 0 i=1 {}",
}  # fmt: skip
OWN_VALUES = {"r", "resistance", "c", "cap", "capacitance", "l", "k", "gain"}


def test_the_manual_has_the_table():
    text = PAGE.read_text(encoding="utf-8")
    assert "\n".join(manual()) in text


@pytest.mark.parametrize("name", STATEMENTS)
def test_statements_do_what_the_table_says(name):
    rule = STATEMENTS[name]
    text = f"t\nR1 a 0 1\n{name} any 'thing' at \"all\"\n"
    if rule.use == "harmless":
        assert len(read_elements(text).elements) == 1
    elif rule.use == "refused":
        with pytest.raises(NetlistError, match=r"line 3 .* is refused: ") as refusal:
            read_elements(text)
        assert rule.remedy in str(refusal.value)


@pytest.mark.parametrize("name", OPTIONS)
@pytest.mark.parametrize("form", ["{}=1", "{} = 1", "x {}", "{}"])
def test_options_do_what_the_table_says(name, form):
    rule = OPTIONS[name]
    text = f"t\nR1 a 0 1\n.options acct {form.replace('x ', 'noacct ').format(name)}\n"
    if rule.use == "harmless" and name not in ("acct", "noacct"):
        assert len(read_elements(text).elements) == 1
    elif rule.use == "refused":
        with pytest.raises(NetlistError, match=r"line 3 \(\.options\)") as refusal:
            read_elements(text)
        assert rule.remedy in str(refusal.value)
    elif rule.use == "used" and "=" in form:
        assert 1.0 in vars(read_elements(text)).values()
    elif rule.use == "used":
        with pytest.raises(NetlistError, match=f"the option {name} needs a value"):
            read_elements(text)


@pytest.mark.parametrize(
    ("letter", "name"),
    [(letter, name) for letter in ELEMENT for name in ELEMENT_PARAMETERS[letter]],
)
def test_parameters_of_elements_do_what_the_table_says(letter, name):
    rule = ELEMENT_PARAMETERS[letter][name]
    value = "" if name in OWN_VALUES or letter in "db" else "2 "
    text = f"t\n{ELEMENT[letter].format(value + name + '=1')}\n.model dm d\n"
    if rule.use == "refused":
        with pytest.raises(NetlistError, match="is refused: ") as refusal:
            read_elements(text)
        assert rule.remedy in str(refusal.value)
    else:
        [element] = read_elements(text).elements
        assert element.name == f"{letter}1"


@pytest.mark.parametrize("letter", "abcdefghijklmnopqrstuvwxyz")
def test_no_kind_of_element_is_passed_over(letter):
    with pytest.raises(NetlistError, match=rf"^line 2 \({letter}1\): ") as refusal:
        read_elements(f"t\n{letter}1 a b c d e\n")
    assert ELEMENTS[letter].use != "refused" or ELEMENTS[letter].remedy in str(refusal.value)
