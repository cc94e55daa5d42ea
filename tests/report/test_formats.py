import pytest

from hwkit.report.formats import chosen, count, measured, number, quantity


def plain(text):
    return text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.0031539, "0.00315"),
        (-1.5, "−1.50"),
        (9.999, "10.0"),
        (12345.6, "12 346"),
        (1.7248e-15, "1.72 × 10⁻¹⁵"),
        (-7.24e7, "−7.24 × 10⁷"),
        (0.999986, "0.999986"),
        (0.9951, "0.9951"),
        (1.0, "1.00"),
        (float("nan"), "no value"),
        (float("-inf"), "−∞"),
    ],
)
def test_numbers(value, text):
    assert plain(number(value)) == text


@pytest.mark.parametrize(
    ("value", "stderr", "text"),
    [
        (0.0031540, 9.49e-5, "0.003154 ± 0.000095"),
        (0.957, 0.004536, "0.9570 ± 0.0045"),
        (-161.76, 12.3, "−162 ± 12"),
        (0.0, 0.0, "0 ± 0"),
        (0.0, 0.25, "0.00 ± 0.25"),
        (1.7e-15, 2e-16, "(1.70 ± 0.20) × 10⁻¹⁵"),
        (0.5, None, "0.500"),
        (float("nan"), 0.1, "no value"),
    ],
)
def test_values_with_standard_errors(value, stderr, text):
    assert plain(measured(value, stderr)) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(5e-3, "0.005"), (1e-6, "10⁻⁶"), (2.5e-7, "2.5 × 10⁻⁷"), (0.93, "0.93"), (-2.0, "−2")],
)
def test_chosen_numbers_have_no_trailing_zeros(value, text):
    assert plain(chosen(value)) == text


def test_counts_and_quantities():
    assert plain(count(100_000)) == "100 000"
    assert plain(quantity(1e-6, "S")) == "1 µS"
    assert plain(quantity(0.1, "V")) == "100 mV"
