"""Estimates here count with made-up speeds: nothing is measured but what a study does once."""

import pytest

from hwkit.study.meter import Meter
from hwkit.study.pieces import Rate

SECOND = 0.01  # of a unit of any piece of work


@pytest.fixture(autouse=True)
def made_up_speeds(monkeypatch):
    """Every unit of work takes as long, and nothing else takes any time."""
    monkeypatch.setattr(
        Meter, "rates", lambda meter, *pieces: [Rate(0.0, 0.0, 0.0, SECOND)] * len(pieces)
    )
    monkeypatch.setattr(Meter, "line", lambda meter, work, most, first=1: most * SECOND)
    monkeypatch.setattr(Meter, "_page", lambda meter: 0.0)
