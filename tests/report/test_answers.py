"""The first screen's numbers: intervals, units, and what a kind without an answer says."""

import math

import pytest

from hwkit import DataError, Metric, Verdict
from hwkit.report.answers import SHARE, Answer, Number, verdict_answer


def plain(text):
    return text.replace("\N{NO-BREAK SPACE}", " ")


def test_a_share_has_wilsons_interval_even_if_all_passed():
    number = Number.share("boards", 1.0, 64, "64 boards")
    assert plain(number.shown) == "100.0 %"
    assert plain(number.interval) == "94.3 to 100.0 %"


def test_a_mean_of_shares_is_not_known_better_than_its_samples_say_nor_beyond_all():
    equal = Number.shares("boards", [0.98] * 4, 25)
    assert (equal.low, equal.high) == pytest.approx((0.9300, 0.9945), abs=1e-3)  # 98 of 100
    spread = Number.shares("boards", [0.9, 1.0, 1.0, 1.0], 1000)
    assert spread.low < 0.92  # boards differ: Student's is the wider one
    assert spread.high == 1.0


def test_a_mean_over_values_has_students_interval():
    number = Number.over("x", [1.0, 2.0, 3.0])
    assert number.high - number.value == pytest.approx(4.302653 / math.sqrt(3), rel=1e-6)


@pytest.mark.parametrize(
    ("number", "shown", "interval"),
    [
        (Number.mean("t", 2.5e-6, 1e-7, "s"), "2.5 µs", "2.3 to 2.7 µs"),
        (Number.mean("t", 9.9e-7, 1e-8, "s"), "990 ns", "970 ns to 1.01 µs"),
        (Number.mean("q", 113.2, 2.0, "kT"), "113 kT", "109 to 117 kT"),
        (Number.mean("gain", -0.5, None), "−0.500", ""),
        (Number.mean("parts", 100, None), "100", ""),
        (Number.share("none", math.nan, 0), "no value", ""),
    ],
)
def test_numbers_have_units_and_intervals(number, shown, interval):
    assert plain(number.shown) == shown
    assert plain(number.interval) == interval


def test_an_interval_beside_its_value_is_refused():
    with pytest.raises(DataError, match="outside its interval"):
        Number("x", 1.0, 2.0, 3.0)
    Number("x", 1.0, 0.5, 1.0 - 1e-15)  # the last digit of a quantile


def test_an_answer_is_one_sentence_and_at_most_three_numbers():
    one = Number.mean("x", 1.0, None)
    with pytest.raises(DataError, match="one sentence"):
        Answer("two\nlines", (one,))
    with pytest.raises(DataError, match="at most 3"):
        Answer("Too much.", (one,) * 4)


def test_a_terminal_of_any_encoding_shows_the_sentence():
    answer = Answer("It takes 5\N{NO-BREAK SPACE}µs ± 1, 3 × 10⁻⁴ of −2, on 1\u202f000 boards.", ())
    assert answer.in_terminal == "It takes 5 us +- 1, 3 x 10^-4 of -2, on 1,000 boards."
    assert answer.in_terminal.isascii()


def test_a_page_keeps_numbers_with_their_units():
    said = Answer("97.5 % of 40 boards for 3 million times 2 mV, 4 bits.", ()).on_page
    assert said == "97.5\xa0% of 40 boards for 3\xa0million times 2\xa0mV, 4\xa0bits."


def test_a_kind_without_an_answer_says_what_its_verdict_does_missed_limits_first():
    verdict = Verdict((
        Metric("fine", "path", 1.0, 2.0, stderr=0.1),
        Metric("missed", "path", 3.0, 2.0),
        Metric("reported", "quality", 0.5),
        Metric("more", "quality", 0.5),
    ))  # fmt: skip
    answer = verdict_answer(verdict)
    assert answer.sentence.startswith("1 of 2 limits is not met: missed")
    assert [number.name for number in answer.numbers] == ["missed", "fine", "reported"]
    assert answer.picture is None


def test_shares_are_shown_in_percent():
    assert plain(Number("x", 0.25, 0.2, 0.3, SHARE).interval) == "20.0 to 30.0 %"
