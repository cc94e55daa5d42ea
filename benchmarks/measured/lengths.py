"""Does a short record say rightly how much longer it must be?

A record of 16 restarts says how many times longer a record resolves `WANTED` of kT. Another record
of that length, of the same board, is judged as well: what it resolves gives the length that is
really needed.
"""

from pathlib import Path

import numpy as np

from benchmarks.measured.boards import Channels, Subject
from benchmarks.measured.rows import Row, counted, rows
from hwkit.measured.judgement import judge_board

UNITS, RESTARTS, WANTED = 8, 16, 0.04


def lengths(folder: Path, count: int, channels: Channels) -> None:
    """Print how often the length that is asked for is right within 20 %."""
    found = rows(folder, f"lengths-{channels}", range(count), lambda seed: _board(seed, channels))
    ratios = np.array([row["said"] / row["needed"] for row in found])
    right = int(np.sum(np.abs(ratios - 1) <= 0.2))
    said = np.median([row["said"] for row in found])
    print(f"{count} records of {RESTARTS} restarts, {channels} channels; {100 * WANTED:g} % of kT "
          f"needs {said:.2g} times as long (median):")  # fmt: skip
    print(f"  right within 20 %: {counted(right, count)}; said over needed {np.median(ratios):.3f} "
          f"(median), {np.quantile(ratios, 0.05):.2f} to {np.quantile(ratios, 0.95):.2f} (5 % to "
          "95 %)")  # fmt: skip


def _board(seed: int, channels: Channels) -> Row:
    subject = Subject(seed, UNITS, channels)
    asked = subject.question(wanted=WANTED)
    said = judge_board(subject.records(RESTARTS), subject.model, asked).longer
    restarts = max(1, round(RESTARTS * said))
    then = judge_board(subject.records(restarts), subject.model, asked).longer
    return {"said": said, "needed": restarts / RESTARTS * then, "restarts": restarts}
