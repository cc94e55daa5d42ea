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

SECONDS = 0.3  # for which a piece is measured, at least
_ONCE = 4.0  # seconds of processor time from which on the first measurement counts


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


def measured_line(work: Callable[[int], float], most: int, first: int = 1) -> Line:
    """Return the line through the time of few units of work and of many.

    A time is believed when it comes twice: on a busy machine a short piece may have had to wait.

    Args:
        work: does so many units and returns the seconds that count.
        most: units of the whole; no more are tried.
        first: fewest units that are tried.
    """
    first = min(first, most)
    used = time.process_time()
    few = took = work(first)
    if time.process_time() - used < _ONCE:  # compiled and loaded, perhaps, what was not there yet
        few = took = work(first)
        if few < SECONDS:
            few = took = min(few, work(first))
    n = first
    while took < SECONDS and n < most:
        n = min(most, n * max(2, min(16, int(SECONDS / max(took, 1e-4)))))
        took = _believed(work, n)
    if n == first:
        return Line(0.0, took / n)
    each = max(took - few, 0.0) / (n - first)
    return Line(max(took - n * each, 0.0), each)


def _believed(work: Callable[[int], float], n: int) -> float:
    """Return the mean of two times, or the shorter one if it is much shorter."""
    took = work(n)
    if took > 10 * SECONDS:
        return took
    again = work(n)
    shorter, longer = sorted((took, again))
    return shorter if longer > 3 * shorter else (took + again) / 2


@dataclass
class Here:
    """A pool that runs its tasks in this process, and takes their time.

    Attributes:
        load: seconds until the last stage's first task could start.
    """

    load: float = 0.0
    tasks: list[float] = field(default_factory=list)

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
        started = time.perf_counter()
        module, name = factory.split(":")
        do = getattr(import_module(module), name)(setup)
        self.load = time.perf_counter() - started
        return [do(task) for task in tasks]


def measurer(_: None) -> Callable[[tuple[Piece, ...]], list[tuple[float, ...]]]:
    """Return what measures pieces in a worker process: seconds in all, and load, task, unit."""
    return lambda pieces: [_measured(piece) for piece in pieces]


def _measured(piece: Piece) -> tuple[float, ...]:
    here, started = Here(), time.perf_counter()

    def work(n: int) -> float:
        before, here.load = time.perf_counter(), 0.0
        piece.call(n, here)
        return time.perf_counter() - before - here.load

    line = measured_line(work, piece.most, piece.first)
    return time.perf_counter() - started, here.load, line.fixed, line.each


def spice_piece(design: Design, dt: float, level: Level, tight: bool, steps: int, p: Pool) -> None:
    """Run a design in ngspice for some steps."""
    lag: LagCheck = "never" if level == "mixed" else "auto"
    simulate_spice(design, steps * dt, dt, level=level, tight=tight, jobs=p, lag_check=lag)


def recorded_piece(design: Design, dt: float, steps: int, pool: Pool) -> None:
    """Run a design in ngspice for some steps, and record all nodes."""
    record(design, steps * dt, dt, jobs=pool)


def drift_piece(design: Design, states: int, pool: Pool) -> None:
    """Measure the force field of a design at some states."""
    measure_gradient(design, [[0.0] * design.model.n_units] * states, pool)
