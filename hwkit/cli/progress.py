"""Progress as plain lines, for log files: a line for each stage, and one a minute after it.

A minute's line says which stage is at work, how far it is and since when, and how long it will take
if it goes on as before. A clock of its own prints it, since a single task may take hours.
"""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from hwkit.terminal import one_line

Progress = Callable[[int, int], None]
Announce = Callable[[str], Progress]

EVERY = 60.0  # seconds between lines
_HOURS = 120.0  # minutes from which on hours are said


@dataclass
class _Stage:
    """The stage that is at work.

    Attributes:
        name: what was announced.
        started: when, by the clock of `time.monotonic`, s.
        done, total: tasks; none if they are not counted.
    """

    name: str
    started: float = field(default_factory=time.monotonic)
    done: int = 0
    total: int = 0

    def line(self) -> str:
        """Say how far it is."""
        passed = time.monotonic() - self.started
        parts = [f"{self.done} of {self.total}"] if self.total else []
        parts.append(f"{_duration(passed)} so far")
        if 0 < self.done < self.total:
            left = passed * (self.total - self.done) / self.done
            parts.append(f"about {_duration(left)} left")
        return f"{self.name}: {', '.join(parts)}"


@contextmanager
def progress_lines() -> Iterator[Announce]:
    """Yield what announces stages on standard error, which gets a line a minute as well."""
    at_work: list[_Stage] = []
    over = threading.Event()

    def announce(name: str) -> Progress:
        stage = _Stage(one_line(name))
        at_work[:] = [stage]
        print(f"{stage.name} ...", file=sys.stderr, flush=True)

        def progress(done: int, total: int) -> None:
            stage.done, stage.total = done, total

        return progress

    def tick() -> None:
        while not over.wait(EVERY):
            for stage in at_work:
                print(stage.line(), file=sys.stderr, flush=True)

    clock = threading.Thread(target=tick, daemon=True)
    clock.start()
    try:
        yield announce
    finally:
        over.set()
        clock.join()


def _duration(seconds: float) -> str:
    minutes = seconds / 60
    if minutes >= _HOURS:
        return f"{minutes / 60:.1f} hours"
    return f"{minutes:.1f} minutes" if minutes >= 1 else f"{seconds:.0f} seconds"
