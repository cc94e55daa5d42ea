"""Boards as intended: how often each answer is wrong.

"Different" is the whole verdict on the board. For "outside", the same board is at the edge of its
specification in every coupling, bias and kT at once: what is intended is moved away from the board
by just the tolerance, and the intervals of the verdict are compared with those limits.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.measured.boards import (
    RESTART,
    STEP,
    Channels,
    Fabrication,
    instrument,
    machine,
    question,
    records,
)
from benchmarks.measured.rows import Row, rows
from hwkit.measured.judgement import judge_board
from hwkit.measured.quantities import Quantities, Quantity
from hwkit.measured.specification import Tolerances, judge_specification

UNITS, RESTARTS = 8, 64
EDGE = Tolerances(coupling=0.1, bias=0.1, noise=0.1)


def alarms(folder: Path, count: int, channels: Channels, finer: int) -> None:
    """Print how often boards as intended are said to differ, or to be outside at the edge."""
    name = f"alarms-{channels}" + (f"-{finer}" if finer > 1 else "")
    found = rows(folder, name, range(count), lambda seed: _board(seed, channels, STEP / finer))
    different = [row for row in found if row["faults"]]
    outside = sum(row["outside"] for row in found)
    duration = RESTARTS * RESTART
    print(f"{count} boards as intended, {UNITS} units, {channels} channels, a record of "
          f"{duration:g}, samples {STEP / finer:g} apart:")  # fmt: skip
    print(f"  said to differ, at 1 %: {len(different)}")
    print(f"  at the edge of the specification, wrongly outside: {outside}")
    for row in different:
        print("   ", row["seed"], "; ".join(row["faults"]))


def _board(seed: int, channels: Channels, step: float) -> Row:
    model = machine(UNITS, seed)
    calibrated = channels != "plain"
    made = instrument(model, Fabrication(model, seed, ""), seed, channels)
    held = records(made, RESTARTS, calibrated, step)
    board = judge_board(held, model, question(channels, calibrated))
    answers = judge_specification(_at_the_edge(board.quantities, seed), EDGE, 0.95)
    diagnosis = board.diagnosis
    return {
        "faults": list(board.faults),
        "largest": round(diagnosis.largest, 4),
        "critical": round(diagnosis.critical, 4),
        "outside": any(answer.finding == "outside" for answer in answers),
    }


def _at_the_edge(quantities: Quantities, seed: int) -> Quantities:
    rng = np.random.default_rng([seed, 3])

    def moved(row: Quantity) -> Quantity:
        limit, side = getattr(EDGE, row.kind, None), rng.choice((-1.0, 1.0))
        if limit is None:
            return row
        if row.kind == "noise":
            return replace(row, intended=row.intended / (1 + side * limit))
        return replace(row, intended=row.intended + side * limit)

    return replace(quantities, rows=tuple(moved(row) for row in quantities.rows))
