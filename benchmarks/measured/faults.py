"""Planted faults, one on a board: how often they are named, and how often nothing else is."""

from pathlib import Path

from benchmarks.measured.boards import CELL_RATE, RESTART, Channels, Fabrication, Subject
from benchmarks.measured.rows import Row, counted, rows
from hwkit.measured.judgement import judge_board

UNITS, RESTARTS = 8, 64
FAULTS = ("flip", "hot", "dead", "6 bits")


def faults(folder: Path, count: int, channels: Channels) -> None:
    """Print how often each planted fault is named."""
    times = RESTARTS * RESTART * CELL_RATE
    print(f"planted faults, {UNITS} units, {channels} channels, calibration records, "
          f"{times:g} relaxation times:")  # fmt: skip
    for fault in FAULTS:
        name = f"fault-{fault.replace(' ', '-')}-{channels}"
        found = rows(folder, name, range(count), lambda seed, f=fault: _board(seed, channels, f))
        named, alone = (sum(row[key] for row in found) for key in ("named", "alone"))
        print(f"  {fault}: named in {counted(named, count)}, alone in {alone}")
        for row in found:
            if not row["alone"]:
                print(f"    board {row['seed']}:", "; ".join(row["words"]) or "nothing")


def _board(seed: int, channels: Channels, fault: str) -> Row:
    bits = 6 if fault == "6 bits" else None
    subject = Subject(seed, UNITS, channels, fault, bits=bits, calibrated=True)
    words = judge_board(subject.records(RESTARTS), subject.model, subject.question()).faults
    planted = _planted(fault, subject.made)
    named = all(any(each.startswith(start) for each in words) for start in planted)
    return {"named": named, "alone": named and len(words) == len(planted), "words": list(words)}


def _planted(fault: str, made: Fabrication) -> list[str]:
    """Return how the words of a planted fault start; bits are those of all channels."""
    i, j = made.couple
    match fault:
        case "flip":
            return [f"coupling {i}-{j} has the wrong sign"]
        case "hot":
            return [f"noise of unit {made.unit} "]
        case "dead":
            return [f"unit {made.unit} is dead"]
    return [f"readout of channel CH{k + 1} resolves 6 bits" for k in range(UNITS)]
