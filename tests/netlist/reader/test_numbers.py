import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwkit import NetlistError
from hwkit.netlist.reader import number


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
        ("2MEGohm", 2e6),
        ("2M", 2e-3),  # milli, whatever the case
        ("1mil", 25.4e-6),
        ("1milli", 25.4e-6),  # so ngspice
        ("3u", 3e-6),
        ("4n", 4e-9),
        ("5pF", 5e-12),
        ("6f", 6e-15),
        ("1g", 1e9),
        ("1t", 1e12),
        ("10kohm", 1e4),
        ("1.5e2k", 1.5e5),
        ("12volts", 12.0),
        ("25C", 25.0),
        ("0e0", 0.0),
    ],
)
def test_numbers_with_and_without_suffix(text, value):
    assert number(text) == pytest.approx(value, rel=1e-15)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_any_double_written_in_full_reads_back(value):
    assert number(repr(value)) == value


@pytest.mark.parametrize(
    "text",
    ["", "k", "one", "1.2.3", "--1", "{r}", "nan", "inf", "1e999", "1_000", "1 2", "0x1", "2k5",
     "1,000", "1e-400", "infinity", "1d3"],
)  # fmt: skip
def test_what_is_no_number_is_refused(text):
    with pytest.raises(NetlistError, match="is not a number"):
        number(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1e-12F", "femto"),
        ("7a", "write e-18 for atto"),
        ("1e-6A", "write e-18 for atto"),
        ("7.84e", "an exponent without a number"),
    ],
)
def test_what_ngspice_reads_as_nobody_means_it_is_refused(text, words):
    with pytest.raises(NetlistError, match=words):
        number(text)
    if "femto" not in words:
        return
    assert number("1F") == 1e-15  # the suffix itself is plain SPICE


def test_mil_in_braces_is_milli_to_ngspice():
    with pytest.raises(NetlistError, match=r"write 25\.4u"):
        number("1mil", in_braces=True)
