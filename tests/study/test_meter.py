"""What pieces of work take: measured in workers, a line through few units and many."""

import time
from functools import partial

import numpy as np
import pytest

import hwkit
from hwkit.study.meter import Meter, force_field, in_spice, makespan
from hwkit.study.pieces import Here, Piece, Rate, Used, measured_line
from tests.machines import random_machine


class Clocks:
    """Clocks that move by what the work says it takes."""

    def __init__(self, monkeypatch):
        self.clock = self.processor = 0.0
        monkeypatch.setattr(Used, "now", lambda: Used(self.clock, self.processor))

    def spend(self, processor, waiting=0.0):
        self.processor += processor
        self.clock += processor + waiting


def test_a_line_tells_units_from_what_is_done_once(monkeypatch):
    clocks, tried = Clocks(monkeypatch), []

    def work(n):
        tried.append(n)
        clocks.spend(0.05 + 1e-3 * n)

    line = measured_line(work, 10_000)
    assert (line.fixed, line.each) == pytest.approx((0.05, 1e-3))
    assert line.at(10_000) == pytest.approx(10.05)
    assert max(tried) < 1000  # far from all of it


def test_waiting_stretches_a_line_and_does_not_bend_it(monkeypatch):
    clocks, waits = Clocks(monkeypatch), iter([0.0, 0.5, 0.0, 3.0, 0.0, 0.0, 0.0, 0.0])

    def work(n):
        clocks.spend(0.05 + 1e-3 * n, next(waits))

    line = measured_line(work, 10_000)
    assert line.each / line.fixed == pytest.approx(1e-3 / 0.05)
    assert line.each > 2e-3


def test_the_first_call_may_compile_and_long_work_is_not_repeated(monkeypatch):
    clocks, seconds = Clocks(monkeypatch), iter([2.9, 0.3, 0.6])
    line = measured_line(lambda n: clocks.spend(next(seconds)), 2)
    assert line.at(2) == pytest.approx(0.6)
    clocks, seconds = Clocks(monkeypatch), iter([30.0])
    assert measured_line(lambda n: clocks.spend(next(seconds)), 4).at(4) == pytest.approx(120.0)


def test_what_is_loaded_once_a_process_does_not_count_for_a_task():
    here = Here()
    assert here.run("tests.worker_tasks:slow_to_start", 0.2, [1, 2], None, None, None) == [1, 2]
    assert here.load.clock >= 0.2


def test_a_stage_takes_rounds_of_tasks():
    rate = Rate(1.0, 0.5, 0.1, 0.01)
    assert rate.seconds(0, 100, 2) == 0
    assert rate.seconds(1, 100, 2) == rate.seconds(2, 100, 2) == pytest.approx(2.6)
    assert rate.seconds(5, 100, 2) == pytest.approx(1.5 + 3 * 1.1)
    assert makespan([3, 1, 1, 1], 2) == 3
    assert makespan([1, 1, 1], 2) == 2


def nap(n, pool):
    for _ in range(n):
        sum(k * k for k in range(20_000))
        time.sleep(0)


def test_pieces_are_measured_in_all_workers():
    meter = Meter(jobs=2)
    [short, long] = meter.rates(Piece(nap, 10_000), Piece(partial(nap_twice), 10_000))
    assert short.start > 0
    assert 1.2 < long.unit / short.unit < 3.5
    assert meter.start == short.start


def nap_twice(n, pool):
    nap(2 * n, pool)


def test_an_error_of_the_work_is_the_studys_own():
    with pytest.raises(hwkit.ConfigError, match="can't be measured: no such work"):
        Meter(jobs=1).rates(Piece(refuse, 3))


def refuse(n, pool):
    raise hwkit.ConfigError("no such work")


@pytest.mark.spice
def test_ngspice_is_measured_by_the_runs_themselves():
    """A circuit's steps and states; nothing is asserted of their speed, but that they have one."""
    design = hwkit.compile_model(random_machine(6, 1))
    pieces = [
        in_spice(design, 2.5e-3, 1000),
        in_spice(design, 2.5e-3, 1000, "mixed", tight=True),
        force_field(design, 20),
    ]
    rates = Meter(jobs=1).rates(*pieces)
    assert all(np.isfinite([r.start, r.load, r.task, r.unit]).all() for r in rates)
    assert all(rate.unit > 0 and rate.seconds(4, 1000, 2) > rate.start for rate in rates)
