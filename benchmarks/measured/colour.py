"""1/f noise of one unit: how often it is found, named alone, and how well its corner is known.

The corner is a share of the unit's bandwidth, `CELL_RATE` / 2 pi.
"""

from pathlib import Path

import numpy as np

from benchmarks.measured.boards import CELL_RATE, RESTART, Channels, Subject
from benchmarks.measured.rows import Row, counted, rows
from hwkit.measured.judgement import judge_board

UNITS, RESTARTS = 8, 64


def colour(folder: Path, count: int, channels: Channels, share: float) -> None:
    """Print how often 1/f noise is named, and the errors of what is estimated beside it."""
    corner = share * CELL_RATE / (2 * np.pi)
    name = f"colour-{share:g}-{channels}"
    found = rows(folder, name, range(count), lambda seed: _board(seed, channels, corner))
    named, alone = (sum(row[key] for row in found) for key in ("named", "alone"))
    fitted = [row for row in found if row["corner"] is not None]
    print(f"1/f noise of one unit, corner at {share:g} of its bandwidth ({corner:.3g}), {UNITS} "
          f"units, {channels} channels, records of {RESTARTS * RESTART:g}:")  # fmt: skip
    print(f"  named in {counted(named, count)}, alone in {alone}")
    if fitted:
        held = sum(row["low"] <= corner <= row["high"] for row in fitted)
        ratios = np.array([row["corner"] for row in fitted]) / corner
        print(f"  95 % intervals hold the corner in {counted(held, len(fitted))}; estimates "
              f"{np.median(ratios):.2f} of it (median), {np.quantile(ratios, 0.05):.2f} to "
              f"{np.quantile(ratios, 0.95):.2f} (5 % to 95 %)")  # fmt: skip
        for whose in ("own", "others"):
            z = np.abs(np.concatenate([row[whose] for row in fitted]))
            print(f"  95 % intervals of {whose} parameters hold {100 * np.mean(z <= 1.96):.1f} %")
    for row in found:
        if not row["alone"]:
            print(f"    board {row['seed']}:", "; ".join(row["words"]) or "nothing")


def _board(seed: int, channels: Channels, corner: float) -> Row:
    subject = Subject(seed, UNITS, channels, "", corner=corner)
    board = judge_board(subject.records(RESTARTS), subject.model, subject.question())
    unit, words = subject.made.unit, board.faults
    named = any(each.startswith(f"noise of unit {unit} rises") for each in words)
    flicker = board.colours[unit].flicker
    z: dict[bool, list[float]] = {True: [], False: []}
    for row in board.quantities.rows:
        off = row.value - subject.made.truth(subject.model, row.kind, row.places)
        z[unit in row.places].append(round(off / row.stderr, 4))
    return {
        "named": named,
        "alone": named and len(words) == 1,
        "words": list(words),
        "corner": None if flicker is None else flicker.corner,
        "low": None if flicker is None else flicker.low,
        "high": None if flicker is None else flicker.high,
        "p": [round(each.p, 5) for each in board.colours],
        "own": z[True],
        "others": z[False],
    }
