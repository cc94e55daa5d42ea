"""Do intervals hold the truth? Boards of 8 and 12 units in turn, of drawn values."""

from pathlib import Path

import numpy as np

from benchmarks.measured.boards import Channels, Subject
from benchmarks.measured.bound import least_errors
from benchmarks.measured.rows import Row, counted, rows
from hwkit.measured.emulated import Simulator
from hwkit.measured.estimated import estimate_board
from hwkit.measured.specification import resolution

RESTARTS: dict[Simulator, int] = {"twin": 96, "spice": 24}


def coverage(folder: Path, count: int, channels: Channels, simulator: Simulator = "twin") -> None:
    """Print coverage and width of intervals of so many boards."""
    name = f"coverage-{channels}" + ("" if simulator == "twin" else f"-{simulator}")
    found = rows(folder, name, range(count), lambda seed: _board(seed, channels, simulator))
    z = [np.array(row["z"]) for row in found]
    shares = np.array([np.mean(np.abs(each) <= 1.96) for each in z])
    error = np.std(shares, ddof=1) / np.sqrt(count)
    together = sum(row["together"] for row in found)
    rms = np.sqrt(np.mean([np.mean(each**2) for each in z]))
    print(f"{count} boards of 8 and 12 units, {channels} channels, {simulator}, "
          f"{RESTARTS[simulator]} restarts:")  # fmt: skip
    print(f"  95 % intervals hold {100 * shares.mean():.2f} % (+-{100 * error:.2f}, by board)")
    print(f"  rms of errors over their standard errors: {rms:.3f}")
    print(f"  all at once, 95 %: {counted(together, count)} boards")
    width = np.concatenate([row["width"] for row in found])
    print(f"  width over the information bound: {np.median(width):.3f} (median)")
    kinds, errors = np.concatenate([row["kinds"] for row in found]), np.concatenate(z)
    for kind in dict.fromkeys(kinds.tolist()):
        of = kinds == kind
        held = 100 * np.mean(np.abs(errors[of]) <= 1.96)
        print(f"    {kind}: {np.median(width[of]):.3f}; held {held:.1f} %, mean z "
              f"{errors[of].mean():+.2f}")  # fmt: skip
    print(f"  resolved of kT: {100 * np.median([row['resolved'] for row in found]):.2g} % (median)")


def _board(seed: int, channels: Channels, simulator: Simulator) -> Row:
    subject = Subject(seed, (8, 12)[seed % 2], channels, simulator=simulator)
    model, made, asked = subject.model, subject.made, subject.question()
    held = subject.records(RESTARTS[simulator])
    shown = estimate_board(held, model, asked)
    quantities = shown.quantities(asked)
    least = least_errors(quantities, shown.moments, model, made)
    z, width = [], []
    for row, bound in zip(quantities.rows, least, strict=True):
        z.append(round((row.value - made.truth(model, row.kind, row.places)) / row.stderr, 4))
        width.append(round(float(row.stderr / bound), 4))
    together = max(abs(each) for each in z) <= quantities.simultaneous(0.95)
    kinds = [row.kind for row in quantities.rows]
    return {
        "z": z,
        "width": width,
        "kinds": kinds,
        "together": together,
        "resolved": resolution(quantities, "noise", asked.wanted, asked.level)[0],
    }
