"""Adds up what a study will take, stage by stage, from short pieces of the same work.

Nothing is kept from one estimate to the next: the machine may be busier then.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

import numpy as np

from hwkit.circuit import Design
from hwkit.langevin import prepare_states, simulate_langevin
from hwkit.model import Machine
from hwkit.report.drawing import canvas, panel, to_svg
from hwkit.spice import Level
from hwkit.study.kind import Estimate
from hwkit.study.pieces import Piece, Rate, drift_piece, measured_line, spice_piece
from hwkit.workers import Failure, available_cores, run_tasks

T = TypeVar("T")

_FIGURES = 6  # of a page
_RUNS = 128  # of an ideal machine that are measured; more are as many chunks of the same size


@dataclass
class Meter:
    """Seconds of the stages of a study.

    Attributes:
        jobs: worker processes of the study.
        stages: what each stage takes, s.
        start: what a process takes to start, s; 0 if none was measured.
    """

    jobs: int = field(default_factory=available_cores)
    stages: dict[str, float] = field(default_factory=dict)
    start: float = 0.0

    def add(self, stage: str, seconds: float) -> None:
        """Add seconds to a stage."""
        self.stages[stage] = self.stages.get(stage, 0.0) + seconds

    def timed(self, stage: str, work: Callable[[], T]) -> T:
        """Do a stage that every run of the study does once, and add its time."""
        started = time.perf_counter()
        result = work()
        self.add(stage, time.perf_counter() - started)
        return result

    def rates(self, *pieces: Piece) -> list[Rate]:
        """Measure pieces of work, in all workers at once.

        Raises:
            HwkitError: if the work fails, as it would in the study.
        """
        started = time.perf_counter()
        tasks = [pieces] * self.jobs
        results = run_tasks("hwkit.study.pieces:measurer", None, tasks, self.jobs)
        whole = time.perf_counter() - started
        for result in results:
            if isinstance(result, Failure):
                raise result.kind(f"the work can't be measured: {result.reason}")
        table = np.asarray(results)  # (workers, pieces, 4)
        self.start = start = max(whole - float(table[:, :, 0].sum(axis=1).max()), 0.0)
        return [Rate(start, *map(float, row)) for row in table[:, :, 1:].mean(axis=0)]

    def tasks(self, stage: str, rate: Rate, seconds: Iterable[float]) -> None:
        """Add a stage of tasks that take so many seconds each, in its worker processes.

        Args:
            stage: its name.
            rate: of any of the tasks: what processes need before their first one.
            seconds: of each task, in their order.
        """
        every = list(seconds)
        if every:
            self.add(stage, rate.start + rate.load + makespan(every, self.jobs))

    def line(self, work: Callable[[int], object], most: int, first: int = 1) -> float:
        """Return the seconds of `most` units of work in this process, from a few of them."""
        return measured_line(work, most, first).at(most)

    def ideal(
        self,
        model: Machine,
        steps: int,
        dt: float,
        runs: int,
        simulate: Callable[..., object] = simulate_langevin,
        **options: Any,
    ) -> float:
        """Return the seconds of runs of the ideal machine, from a few of their steps.

        Args:
            model: the machine.
            steps, dt: of each run, in model time.
            runs: how many.
            simulate: what runs them.
            options: of `simulate`.
        """
        if not runs or not steps:
            return 0.0
        few = min(runs, _RUNS)
        march = partial(_march, partial(simulate, **options), model, dt, few)
        return self.line(march, steps) * runs / few

    def prepared(self, model: Machine, steps: int, dt: float, runs: int) -> float:
        """Return the seconds of preparing starts, from a few of their steps."""
        return self.ideal(model, steps, dt, runs, _prepare)

    def estimate(self, runs: int, size: int, note: str = "") -> Estimate:
        """Return the estimate.

        Args:
            runs: simulated runs, of all kinds together.
            size: bytes on disk.
            note: what is not counted.
        """
        self.add("start", self.start)  # of the study's own process
        self.add("page", self._page())
        return Estimate(runs, sum(self.stages.values()) / 60, size, note, dict(self.stages))

    def _page(self) -> float:
        """Return the seconds of a page: the first figure loads matplotlib."""
        seconds = []
        for _ in range(2):
            started = time.perf_counter()
            with canvas("estimate"):
                figure = panel()
                figure.subplots().plot([0.0, 1.0])
                to_svg(figure, "")
            seconds.append(time.perf_counter() - started)
        first, other = seconds
        return first + (_FIGURES - 1) * other


def _march(
    simulate: Callable[..., object],
    model: Machine,
    dt: float,
    runs: int,
    steps: int,
) -> None:
    simulate(model, steps * dt, dt, runs)


def _prepare(model: Machine, t_final: float, dt: float, runs: int) -> None:
    prepare_states(model, t_final, dt, runs, 0)


def makespan(seconds: Iterable[float], jobs: int) -> float:
    """Return when the last of some tasks ends, each given to the first worker that is free."""
    ends = [0.0] * jobs
    for each in seconds:
        first = min(range(jobs), key=ends.__getitem__)
        ends[first] += each
    return max(ends)


def in_spice(
    design: Design, dt: float, steps: int, level: Level = "full", tight: bool = False
) -> Piece:
    """Return a run of a design in ngspice; its units are steps.

    Args:
        design: what runs.
        dt: length of a step in model time.
        steps: of the whole run.
        level: with the couplings in ngspice or beside it.
        tight: whether steps are solved to 1e-6.
    """
    return Piece(partial(spice_piece, design, dt, level, tight), steps, min(steps, 4))


def force_field(design: Design, states: int) -> Piece:
    """Return a measurement of a design's force field; its units are states."""
    return Piece(partial(drift_piece, design), states)
