"""The page in a browser shows what hwkit's twin computes, in double precision on the same seeds."""

import json

import numpy as np
import pytest

from hwkit.explore.silicon import board_of, board_states
from hwkit.training import recognise
from tests.explore.benches import drawn, states
from tests.report.browser import CHROMIUM, NARROW, OVERFLOWING, WIDE

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")


def expected(subject, values, number):
    """Share and end states of a board of the first seed (None: nominal), by hwkit's twin."""
    bench = subject.bench
    board = None if number is None else drawn(bench, values, bench.boards_seed, number)[1]
    final = states(bench, values, board, bench.samples, bench.noise_seed)[1][0]
    return float(recognise(final, bench.patterns).share), final


def exact(subject, **values):
    """No deviations but those that are named."""
    controls = subject.bench.controls
    none = {c.name: 0.0 for c in controls if c.kind == "spread"}
    return none | {c.name: None for c in controls if c.off} | values


def check_against_twin(page, subject, values, number):
    page.turn(values)
    board = {"which": "nominal"} if number is None else {"which": "seed", "number": number}
    board |= {} if number is None else {"seed": str(subject.bench.boards_seed)}
    page.page.evaluate(f"hwkitBench.useBoard({json.dumps(board)})")
    frame = page.run_to_end()
    share, final = expected(subject, values, number)
    assert frame["classes"]["board"]["share"] == share
    assert np.abs(np.array(frame["board"]).reshape(final.shape) - final).max() < 1e-6
    return share


def test_shares_read_from_the_page_are_those_of_the_twin(rc, rc_page):
    subject = rc_page[0]
    nominal = check_against_twin(rc, subject, exact(subject), None)
    one_percent = check_against_twin(rc, subject, exact(subject, couplings=0.01), 0)
    assert nominal >= 0.9
    assert one_percent >= 0.9


def test_offsets_alone_where_the_study_says_that_they_decide(page, resistive_page):
    """sims/tolerance-resistive.json: offsets of 2 nA have a total Sobol index of 0.62."""
    subject, path = resistive_page
    page.open(path, WIDE).quiet()
    [offsets] = [c for c in subject.bench.controls if c.name == "offsets"]
    assert (offsets.value, offsets.unit) == (2e-9, "A")
    studied = check_against_twin(page, subject, exact(subject, offsets=2e-9), 0)
    largest = check_against_twin(page, subject, exact(subject, offsets=offsets.high), 0)
    assert largest <= studied
    assert "recognisable" in page.read("document.getElementById('answer').textContent")


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["phone", "desk"])
def test_measured_boards_of_transistors(page, measured_page, size):
    subject, path = measured_page
    bench, seed = subject.bench, str(subject.bench.boards_seed)
    page.open(path, size).quiet()
    assert page.read(f"({OVERFLOWING})") == []
    values = {"noise power": 2.0, "mismatch": 2.0}
    page.turn(values)
    page.page.evaluate(f"hwkitBench.useBoard({{ which: 'seed', seed: '{seed}', number: 3 }})")
    frame = page.run_to_end()
    [final] = board_states(bench, [board_of(bench, values, 3)], bench.samples)[1]
    assert np.abs(np.array(frame["board"]).reshape(final.shape) - final).max() < 1e-6
    shown = "[...document.querySelectorAll('output')].map((one) => one.textContent)"
    assert "× 2" in page.read(shown)
    page.page.evaluate(
        "(() => { const slider = document.getElementById('control-0'); slider.value = 0;"
        "slider.dispatchEvent(new Event('input')); })()"
    )
    assert page.read("hwkitBench.values.mismatch") == 1
    page.page.evaluate("hwkitBench.number = 3")
    page.click("new-board")
    assert page.read("hwkitBench.board.number") == 0  # after the last comes the first
    page.page.evaluate("document.getElementById('board-number').value = '4'")
    page.click("use-seeds")
    assert "boards 0 to 3" in page.read("document.getElementById('problem').textContent")
    assert page.read("document.getElementById('save-board')") is None
    page.click("new-board")
    page.wait("hwkitBench.cell && hwkitBench.cell.groups.length === 2")
    assert page.read("watched.wrong") == []
    assert page.read("hwkitBench.errors") is None


def test_seeds_that_are_typed_are_used(page, rc_page):
    page.open(rc_page[1], WIDE).quiet()
    page.page.evaluate(
        "document.getElementById('noise-seed').value = '18446744073709551615';"
        "document.getElementById('board-seed').value = '9007199254740993';"
        "document.getElementById('board-number').value = '12'"
    )
    page.click("use-seeds")
    board = {"which": "seed", "seed": "9007199254740993", "number": 12}
    assert page.read("hwkitBench.board") == board
    assert page.read("hwkitBench.noise") == "18446744073709551615"
    saved = json.loads(page.saved("board"))
    assert (saved["seed"], saved["number"]) == (board["seed"], 12)
    page.page.evaluate("document.getElementById('noise-seed').value = '18446744073709551616'")
    page.click("use-seeds")
    assert "below 2" in page.read("document.getElementById('problem').textContent")
