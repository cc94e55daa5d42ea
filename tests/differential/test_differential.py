"""hwkit's readers against ngspice itself, on random netlists."""

import pytest

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


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("title\nR1 a 0 {nothing}\n.end\n", "nothing"),
        ("title\nIn0 0 a dc 0 external\nR1 a 0 1k\n.end\n", "crashes"),
    ],
)
def test_the_oracle_says_what_ngspice_refuses(text, reason):
    question = Question(text, (), (Step(("op",), ("a",)),))
    with Oracle() as oracle:
        answer = oracle.ask(question)
        assert isinstance(answer, Refusal)
        assert reason in answer.reason
        [found] = oracle.ask(Question("title\nI1 0 a 1m\nR1 a 0 1k\n", (), question.steps))
    assert found["a"][0] == pytest.approx(1.0)
