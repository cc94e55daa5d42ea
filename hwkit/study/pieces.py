"""Short pieces of a study's work and what they take, measured in worker processes.

A piece does n units of the work (steps of a run in ngspice, states, repeats, cycles of a training)
through the very function that the study calls, but in the process that calls it. Its time is taken
for growing n until that is some tenths of a second; what is left is a straight line:

    a stage of m tasks of n units in J workers takes  start + load + ceil(m / J) (task + n unit)

All workers measure at the same time, so that what one takes from the other is in the numbers, as is
whatever else the machine is doing.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from hwkit.circuit import Design
from hwkit.energy import record
from hwkit.spice import Level, measure_gradient, simulate_spice
from hwkit.spice.simulate import LagCheck
from hwkit.workers import Finished, Pool, Progress

SECONDS = 0.2  # of processor time, for which a piece is measured, at least
_ONCE = 3.0  # seconds from which on a single measurement must do


@dataclass(frozen=True)
class Line:
    """Seconds of n units of work: `fixed + n each`."""

    fixed: float
    each: float

    def at(self, n: float) -> float:
        """Return the seconds of n units."""
        return self.fixed + n * self.each


@dataclass(frozen=True)
class Piece:
    """Work to be measured.

    Attributes:
        call: does so many units of it, with tasks in a pool; sent to workers, so it is a module's
            function or a partial one.
        most: units of the whole; no more are measured.
        first: fewest that are measured.
    """

    call: Callable[[int, Pool], object]
    most: int
    first: int = 1


@dataclass(frozen=True)
class Rate:
    """What a piece takes, s.

    Attributes:
        start: of the worker processes.
        load: of what each process needs before its first task.
        task: of a task beside its units.
        unit: of a unit of a task.
    """

    start: float
    load: float
    task: float
    unit: float

    def seconds(self, tasks: int, units: float, jobs: int) -> float:
        """Return what a stage of so many tasks of so many units takes in so many processes."""
        if not tasks:
            return 0.0
        return self.start + self.load + -(-tasks // jobs) * (self.task + units * self.unit)


def measured_line(
    work: Callable[[int], object],
    most: int,
    first: int = 1,
    apart: Callable[[], "Used"] = lambda: Used(),
) -> Line:
    """Return the line through the time of few units of work and of many.

    Points are taken in processor time, which waiting for a busy machine does not disturb; how much
    longer the work took on the clock, over all of it, stretches the line.

    Args:
        work: does so many units.
        most: units of the whole; no more are tried.
        first: fewest units that are tried.
        apart: what the last call used that does not count.
    """
    total = Used()

    def used(n: int) -> float:
        nonlocal total
        before = Used.now()
        work(n)
        once = Used.now() - before - apart()
        total = total + once
        return once.processor

    n = first = min(first, most)
    if used(n) < _ONCE:  # it may have compiled and loaded what was not there yet
        total = Used()
        used(n)
    few = took = total.processor
    while n < most and (took < SECONDS or (n == first and took < _ONCE)):
        n = min(most, n * max(2, min(16, int(SECONDS / max(took, 1e-4)))))
        took = used(n)
    stretch = max(total.clock, 1e-9) / max(total.processor, 1e-9)
    if n == first:
        return Line(0.0, stretch * took / n)
    each = max(took - few, 0.0) / (n - first)
    return Line(stretch * max(took - n * each, 0.0), stretch * each)


@dataclass(frozen=True)
class Used:
    """Seconds on the clock, and of this process's processor time."""

    clock: float = 0.0
    processor: float = 0.0

    @classmethod
    def now(cls) -> "Used":
        """Return the readings of both clocks."""
        return cls(time.perf_counter(), time.process_time())

    def __add__(self, other: "Used") -> "Used":
        return Used(self.clock + other.clock, self.processor + other.processor)

    def __sub__(self, other: "Used") -> "Used":
        return Used(self.clock - other.clock, self.processor - other.processor)


@dataclass
class Here:
    """A pool that runs its tasks in this process.

    Attributes:
        load: what the last stage took until its first task could start.
    """

    load: Used = field(default_factory=Used)

    def run(
        self,
        factory: str,
        setup: object,
        tasks: Sequence[Any],
        timeout: float | None,
        progress: Progress | None,
        finished: Finished | None,
    ) -> list[Any]:
        """Run tasks one after the other.

        Args:
            factory, setup, tasks, timeout, progress, finished: as for `run_tasks`.
        """
        started = Used.now()
        module, name = factory.split(":")
        do = getattr(import_module(module), name)(setup)
        self.load = Used.now() - started
        return [do(task) for task in tasks]


def measurer(_: None) -> Callable[[tuple[Piece, ...]], list[tuple[float, ...]]]:
    """Return what measures pieces in a worker process: seconds in all, and load, task, unit."""
    return lambda pieces: [_measured(piece) for piece in pieces]


def _measured(piece: Piece) -> tuple[float, ...]:
    here, started = Here(), time.perf_counter()
    line = measured_line(lambda n: piece.call(n, here), piece.most, piece.first, lambda: here.load)
    return time.perf_counter() - started, here.load.clock, line.fixed, line.each


def spice_piece(design: Design, dt: float, level: Level, tight: bool, steps: int, p: Pool) -> None:
    """Run a design in ngspice for some steps.

    Args:
        design: what runs.
        dt: length of a step in model time.
        level: with the couplings in ngspice or beside it.
        tight: whether steps are solved to 1e-6.
        steps: how many.
        p: the workers.
    """
    lag: LagCheck = "never" if level == "mixed" else "auto"
    simulate_spice(design, steps * dt, dt, level=level, tight=tight, jobs=p, lag_check=lag)


def recorded_piece(design: Design, dt: float, steps: int, pool: Pool) -> None:
    """Run a design in ngspice for some steps, and record all nodes."""
    record(design, steps * dt, dt, jobs=pool)


def drift_piece(design: Design, states: int, pool: Pool) -> None:
    """Measure the force field of a design at some states."""
    measure_gradient(design, [[0.0] * design.model.n_units] * states, pool)
