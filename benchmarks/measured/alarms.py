"""Boards as intended: how often each answer is wrong.

"Different" is the whole verdict on the board. For "outside", the same board is at the edge of its
specification in every coupling, bias and kT at once: what is intended is moved away from the board
by just the tolerance, and the intervals of the verdict are compared with those limits. Four boards
have the same machine, and calibration records, but noise of their own.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.measured.boards import RESTART, STEP, Channels, Subject
from benchmarks.measured.rows import Row, counted, rows
from hwkit.measured import Measurement
from hwkit.measured.judgement import judge_board
from hwkit.measured.quantities import Quantities, Quantity
from hwkit.measured.specification import Tolerances, judge_specification

UNITS, RESTARTS, TOGETHER = 8, 64, 4
ALPHAS = (0.01, 0.05, 0.2)
EDGE = Tolerances(coupling=0.1, bias=0.1, noise=0.1)


def alarms(folder: Path, count: int, channels: Channels, finer: int) -> None:
    """Print how often boards as intended are said to differ, or to be outside at the edge."""
    name = f"alarms-{channels}" + (f"-{finer}" if finer > 1 else "")
    together = TOGETHER if finer == 1 else 1
    groups = range(-(-count // together))
    found = rows(folder, name, groups, lambda seed: _boards(seed, channels, STEP / finer, together))
    boards = [board for row in found for board in row["boards"]][:count]
    different = [board for board in boards if board["faults"]]
    outside = sum(board["outside"] for board in boards)
    duration = RESTARTS * RESTART
    print(f"{count} boards as intended, {UNITS} units, {channels} channels, records of "
          f"{duration:g}, samples {STEP / finer:g} apart:")  # fmt: skip
    for alpha in ALPHAS:
        false = sum(board["p"] < alpha for board in boards)
        print(f"  drift and noise said to differ, at {100 * alpha:g} %: {counted(false, count)}")
    print(f"  whole verdict, at 1 %: {counted(len(different), count)}")
    risen = sum(min(board["white"]) < 0.05 / UNITS for board in boards)
    each = sum(p < 0.05 for board in boards for p in board["white"])
    print(f"  noise of a unit said to rise at low frequency, at 5 %: {counted(risen, count)}; "
          f"p below 5 % in {counted(each, UNITS * count)} units")  # fmt: skip
    print(f"  at the edge of the specification, wrongly outside: {counted(outside, count)}")
    for board in different:
        print("   ", "; ".join(board["faults"]))


def _boards(seed: int, channels: Channels, step: float, count: int) -> Row:
    subject = Subject(seed, UNITS, channels, "")
    whole = subject.records(count * RESTARTS, step)
    run, *clamped = whole.records
    length = len(run.read()) // count
    boards = []
    for number in range(count):
        piece = run.read(number * length, (number + 1) * length)
        part = replace(run, table=piece, segments=run.segments[:RESTARTS])
        held = replace(whole, records=(part, *clamped))
        boards.append(_board(held, subject, [seed, number]))
    return {"boards": boards}


def _board(held: Measurement, subject: Subject, seed: list[int]) -> Row:
    board = judge_board(held, subject.model, subject.question())
    answers = judge_specification(_at_the_edge(board.quantities, seed), EDGE, 0.95)
    return {
        "faults": list(board.faults),
        "p": board.diagnosis.p,
        "white": [round(colour.p, 5) for colour in board.colours],
        "outside": any(answer.finding == "outside" for answer in answers),
    }


def _at_the_edge(quantities: Quantities, seed: list[int]) -> Quantities:
    rng = np.random.default_rng([*seed, 3])

    def moved(row: Quantity) -> Quantity:
        limit, side = getattr(EDGE, row.kind, None), rng.choice((-1.0, 1.0))
        if limit is None:
            return row
        if row.kind == "noise":
            return replace(row, intended=row.intended / (1 + side * limit))
        return replace(row, intended=row.intended + side * limit)

    return replace(quantities, rows=tuple(moved(row) for row in quantities.rows))
