"""hwkit's readers against ngspice itself, on random netlists."""

import pytest

from hwkit.spice import ngspice_version
from tests.differential.faults import FAULTS
from tests.differential.oracle import Oracle
from tests.differential.questions import Question, Refusal, Step
from tests.differential.study import draw, first_difference, run

pytestmark = pytest.mark.spice

NETLISTS = 2000
ENOUGH = 300  # netlists within which a planted misreading is found


def _compare(count):
    tally = run(1, range(count))
    differing = [row for row in tally.noted if row[2].verdict in ("differs", "crash")]
    assert differing == []
    assert tally.accepted("extract") >= 0.95
    assert tally.accepted("twin") >= 0.95


def test_no_netlist_is_misread():
    _compare(NETLISTS)


@pytest.mark.study
def test_no_netlist_of_many_is_misread():
    _compare(50_000)


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_misreading_is_found(name, monkeypatch):
    fault = FAULTS[name]
    fault.plant(monkeypatch)
    assert first_difference(1, ENOUGH, fault.consumer) is not None


def test_a_netlist_is_drawn_again_from_its_number():
    assert draw(1, 17) == draw(1, 17)
    assert draw(1, 17) != draw(2, 17)


def test_near_misses_and_the_grammar_are_both_drawn():
    shares = [draw(1, index).grammar for index in range(300)]
    assert 90 < sum(shares) < 160


_AT_A = (Step(("op",), ("a",)),)


def ask_and_go_on(text):
    """Ask for the voltage of node a, then once more of a netlist in which it is 1 V."""
    with Oracle() as oracle:
        answer = oracle.ask(Question(text, (), _AT_A))
        [found] = oracle.ask(Question("title\nI1 0 a 1m\nR1 a 0 1k\n", (), _AT_A))
    assert found["a"][0] == pytest.approx(1.0)
    return answer


def test_the_oracle_says_what_ngspice_refuses():
    answer = ask_and_go_on("title\nR1 a 0 {nothing}\n.end\n")
    assert isinstance(answer, Refusal)
    assert "nothing" in answer.reason


def test_the_oracle_outlives_a_crash_of_ngspice():
    answer = ask_and_go_on("title\nIn0 0 a dc 0 external\nR1 a 0 1k\n.end\n")
    crashed = isinstance(answer, Refusal) and answer.reason == "crashes"
    assert crashed == (float(ngspice_version()) < 44)  # version 44 takes the source for 0 A
