"""Progress without a terminal: which stage, how far, since when; a line a minute."""

import re
import time

import pytest

from hwkit.cli import progress
from hwkit.cli.output import progress_bars


class Said:
    """What is said on standard error so far."""

    def __init__(self, capsys):
        self.capsys, self.text = capsys, ""

    def read(self):
        self.text += self.capsys.readouterr().err
        return self.text

    def wait(self, pattern):
        """Wait for a line; the clock that prints it is another thread."""
        until = time.monotonic() + 20
        while not re.search(pattern, self.read(), re.M):
            assert time.monotonic() < until, self.text
            time.sleep(0.01)


@pytest.fixture
def said(capsys, monkeypatch):
    monkeypatch.setattr(progress, "EVERY", 0.05)
    return Said(capsys)


def test_a_line_says_what_and_how_long(said):
    with progress_bars() as announce:
        announce("training")
        said.wait(r"^training \.\.\.$")
        said.wait(r"^training: \d+ seconds so far$")
        done = announce("SPICE runs")
        done(30, 120)
        said.wait(r"^SPICE runs: 30 of 120, \d+ seconds so far, about \d+ seconds left$")
    before = said.read()
    time.sleep(0.2)
    assert said.read() == before  # the clock has stopped


def test_durations_are_told_in_units_that_fit(monkeypatch):
    stage = progress._Stage("boards", started=0.0, done=1, total=3)
    for now, words in (
        (30.0, "30 seconds so far, about 1.0 minutes left"),
        (90.0, "1.5 minutes so far, about 3.0 minutes left"),
        (9000.0, "2.5 hours so far, about 5.0 hours left"),
    ):
        monkeypatch.setattr(progress.time, "monotonic", lambda now=now: now)
        assert stage.line() == f"boards: 1 of 3, {words}"


def test_a_name_of_a_stage_is_one_line(said):
    with progress_bars() as announce:
        announce("a\nb\x1b[2J")
    assert said.read() == "a\\nb\\x1b[2J ...\n"
