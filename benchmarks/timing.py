"""Both sides of a ratio timed in turn, and rows of the page that docs/performance.md is."""

import resource
import statistics
import sys
import time
from typing import NamedTuple


class Spent(NamedTuple):
    """Seconds on the clock and of the processor."""

    clock: float
    processor: float


def spent(action):
    """Return what an action in this process takes."""
    clock, processor = time.perf_counter(), time.process_time()
    action()
    return Spent(time.perf_counter() - clock, time.process_time() - processor)


def seconds(action):
    return spent(action).clock


def peak_gigabytes():
    """Return the most memory that this process has had."""
    unit = 1 if sys.platform == "darwin" else 1024  # macOS counts in bytes, Linux in kilobytes
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9


def in_turn(rounds, **sides):
    """Run the sides one after the other, several times; return their times by name.

    A side is a function that returns its time. Each runs once before it counts.
    """
    for side in sides.values():
        side()
    times = {name: [] for name in sides}
    for _ in range(rounds):
        for name, side in sides.items():
            times[name].append(side())
    return times


def timed(action):
    return lambda: seconds(action)


def spread(values, digits=2):
    """Median (range)."""
    low, high = min(values), max(values)
    return f"{statistics.median(values):.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def ratio(times, above, below, digits=1):
    return spread([a / b for a, b in zip(times[above], times[below], strict=True)], digits)


def medians(times, scale=1.0, digits=3):
    parts = (f"{n} {statistics.median(t) * scale:.{digits}f}" for n, t in times.items())
    return ", ".join(parts)


def table():
    print("\n| what | median (range) | bar |\n| --- | --- | --- |", flush=True)


def row(what, value, bar=""):
    print(f"| {what} | {value} | {bar} |", flush=True)
