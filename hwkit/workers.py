"""The only process pool: separate Python processes, so that a crash or a hang costs one run.

A task that its worker does not survive (killed, crashed, over its time) is repeated once in a new
worker and then recorded as failed; the other tasks go on. A task that ends with a HwkitError is
recorded as failed at once: it would fail again. Any other exception is a bug and is raised here.
Results come in the order of the tasks and depend on the task alone, not on the number of workers.

Time in which this process was stopped (Ctrl-Z stops its workers too), or the machine slept, does
not count against a task's limit. A worker that is stopped alone counts as one that hangs.
"""

import os
import signal
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import Any, Protocol

from hwkit.errors import ConfigError, HwkitError, SimulationError
from hwkit.processes import WorkerProcess

Progress = Callable[[int, int], None]
Finished = Callable[[int, Any], None]
Announce = Callable[[str], Progress]

_ATTEMPTS = 2
_TICK_SECONDS = 0.5  # how often a limit of time is looked at
_MOST_A_TICK = 1.0  # seconds that one tick counts: in a longer one this process did not run
_ENDED = "its worker process ended ({})"
_KILLED = tuple(_ENDED.format(name) for name in ("SIGKILL", "SIGTERM"))


@dataclass(frozen=True)
class Failure:
    """What is in the place of a result that could not be had, and the kind of its error."""

    reason: str
    kind: type[HwkitError] = field(default=SimulationError, compare=False)


class Pool(Protocol):
    """Other places to run tasks than processes on this machine, such as a cluster."""

    def run(
        self,
        factory: str,
        setup: object,
        tasks: Sequence[Any],
        timeout: float | None,
        progress: Progress | None,
        finished: Finished | None,
    ) -> list[Any]:
        """Run tasks, and return their results in order.

        Args:
            factory, setup, tasks, timeout, progress, finished: as for `run_tasks`.
        """


def silent(stage: str) -> Progress:
    """Announce a stage to nobody."""
    return lambda done, total: None


def was_killed(reason: str) -> bool:
    """Say whether a task failed since its workers were killed, as for want of memory."""
    return reason.startswith(_KILLED)


def available_cores() -> int:
    """Return the number of processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def run_tasks(
    factory: str,
    setup: Any,
    tasks: Sequence[Any],
    jobs: int | Pool = 1,
    timeout: float | None = None,
    progress: Progress | None = None,
    handles: Sequence[int] = (),
    finished: Finished | None = None,
) -> list[Any]:
    """Run every task in a pool of worker processes.

    Args:
        factory: "package.module:function"; called once per worker as `function(setup)`, it returns
            the callable that gets the tasks one by one.
        setup: what the factory needs; sent once to each worker.
        tasks: anything that can be pickled.
        jobs: number of worker processes, at least 1; or a pool elsewhere.
        timeout: seconds that one task may take; None for no limit.
        progress: called as progress(done, total) after every task.
        handles: file descriptors that the workers keep open, such as that of a lock.
        finished: called as finished(index, result) with each entry of the list, before `progress`.

    Returns:
        One entry per task, in order: its result, or a Failure.
    """
    if isinstance(jobs, int) and jobs < 1:
        raise ConfigError(f"jobs is {jobs}; give at least 1 worker process")
    if timeout is not None and not timeout > 0:
        raise ConfigError(f"timeout is {timeout!r}; it must be a number of seconds above 0")
    if not tasks:
        return []
    if not isinstance(jobs, int):
        return jobs.run(factory, setup, tasks, timeout, progress, finished)
    with _Processes(factory, setup, min(jobs, len(tasks)), timeout, handles) as pool:
        return pool.run(tasks, progress, finished)


class _Processes:
    def __init__(
        self, factory: str, setup: Any, jobs: int, timeout: float | None, handles: Sequence[int]
    ) -> None:
        self._init_message = (factory, setup)
        self._timeout = timeout
        self._handles = handles
        self._workers = [_Worker(self._init_message, handles) for _ in range(jobs)]

    def __enter__(self) -> "_Processes":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for worker in self._workers:
            worker.stop()

    def run(
        self, tasks: Sequence[Any], progress: Progress | None, finished: Finished | None
    ) -> list[Any]:
        results: list[Any] = [None] * len(tasks)
        queue = deque((index, 1) for index in range(len(tasks)))
        done = 0
        while done < len(tasks):
            for worker in self._workers:
                if queue and worker.idle:
                    index, attempt = queue.popleft()
                    worker.start(tasks[index], index, attempt)
            for slot, outcome in self._collect():
                index, attempt = self._workers[slot].job
                if isinstance(outcome, _Lost):
                    self._replace(slot)
                    if attempt < _ATTEMPTS:
                        queue.appendleft((index, attempt + 1))
                        continue
                    outcome = Failure(f"{outcome.reason}, {attempt} times")
                else:
                    self._workers[slot].idle = True
                results[index] = outcome
                done += 1
                if finished is not None:
                    finished(index, outcome)
                if progress is not None:
                    progress(done, len(tasks))
        return results

    def _collect(self) -> list[tuple[int, Any]]:
        """Wait until at least one busy worker has answered, died or run over its time."""
        busy = {w.connection: slot for slot, w in enumerate(self._workers) if not w.idle}
        while True:
            ready = [c for c in wait(list(busy), self._patience(busy)) if isinstance(c, Connection)]
            outcomes = [(busy[c], self._workers[busy[c]].answer()) for c in ready]
            for connection, slot in busy.items():
                if connection not in ready and self._workers[slot].seconds_left(self._timeout) <= 0:
                    outcomes.append((slot, _Lost(f"took longer than {self._timeout:g} s")))
            if outcomes:
                return outcomes

    def _patience(self, busy: Mapping[Connection, int]) -> float | None:
        """Return how long to wait for an answer before the limits are looked at again."""
        if self._timeout is None:
            return None
        left = min(self._workers[slot].seconds_left(self._timeout) for slot in busy.values())
        return min(max(left, 0.0), _TICK_SECONDS)

    def _replace(self, slot: int) -> None:
        self._workers[slot].stop()
        self._workers[slot] = _Worker(self._init_message, self._handles)


@dataclass(frozen=True)
class _Lost:
    reason: str


class _Worker:
    """One process and the parent's end of its line."""

    def __init__(self, init_message: tuple[str, Any], handles: Sequence[int]) -> None:
        self._process = WorkerProcess(init_message[0].partition(":")[0], handles)
        self.connection = self._process.connection
        self.idle = True
        self.job = (-1, 0)
        self._used, self._seen = 0.0, 0.0  # seconds of the task; when they were last counted
        self._send(init_message)

    def start(self, task: Any, index: int, attempt: int) -> None:
        self.idle = False
        self.job = (index, attempt)
        self._used, self._seen = 0.0, time.monotonic()
        self._send(task)

    def seconds_left(self, timeout: float | None) -> float:
        """Count the time since the last call, and say what is left.

        Called every _TICK_SECONDS: a longer gap is time in which this process did not run either.
        """
        if timeout is None:
            return float("inf")
        now = time.monotonic()
        self._used += min(now - self._seen, _MOST_A_TICK)
        self._seen = now
        return timeout - self._used

    def answer(self) -> Any:
        try:
            kind, value = self.connection.recv()
        except (EOFError, OSError):
            return _Lost(_ENDED.format(_ending(self._process.end())))
        if kind == "bug":
            words, trace = value
            error = SimulationError(f"a worker process met an unexpected error ({words})")
            error.add_note(trace)
            raise error
        return Failure(*value) if kind == "failed" else value

    def stop(self) -> None:
        self._process.kill()

    def _send(self, message: Any) -> None:
        # A worker that is gone by now is noticed by answer().
        with suppress(BrokenPipeError, ConnectionResetError):
            self.connection.send(message)


def _ending(status: int) -> str:
    return signal.Signals(-status).name if status < 0 else f"exit status {status}"
