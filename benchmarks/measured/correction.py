"""Boards with offsets, corrected by their records alone: how much of what they lost comes back.

A board's couplings are off by 10 %, its biases by 0.15 and all its noise by 10 %, rms. Lost is the
rate at which its paths tell it from the intended machine, sum_i <(f_i - f'_i)^2> / (4 D_i), of the
drift that its true couplings and biases give; with perfect knowledge all of that comes back.
"""

from pathlib import Path

import numpy as np

from benchmarks.measured.boards import (
    DT,
    RESTART,
    SCALE,
    STATED_BITS,
    STEP,
    FloatArray,
    machine,
)
from benchmarks.measured.rows import Row, rows
from hwkit.circuit import Design
from hwkit.measured.converter import EmulatedConverter
from hwkit.measured.correction import correct_board
from hwkit.measured.emulated import EmulatedCircuit, EmulatedInstrument
from hwkit.measured.estimated import Question
from hwkit.measured.instrument import Request
from hwkit.model import EnergyModel
from hwkit.twin import Boards

UNITS, RESTARTS = 6, 64


class Offset:
    """Couplings that are strong or weak, biases with an offset, hot or cold noise."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng([seed, 5])
        pair = np.triu(0.1 * rng.standard_normal((UNITS, UNITS)), 1)
        self.pair = 1 + pair + pair.T
        self.bias = 0.15 * rng.standard_normal(UNITS)
        self.heat = 1 + 0.1 * rng.standard_normal()

    def __call__(self, design: Design) -> Boards:
        model, coupling = design.machine, design.group("coupling")
        places = {int(node): unit for unit, node in enumerate(design.terminals[:, 0])}
        driven = [(places[int(a)], places[int(b)]) for a, b in coupling.nodes]
        factors = np.array([self.pair[i, j] for i, j in driven])
        bias = design.group("bias").values
        each = bias / model.b  # amperes per unit of b
        values = {
            "coupling": coupling.values * factors,
            "bias": bias + each * self.bias,
            "noise": design.group("noise").values * self.heat,
        }
        return Boards({name: numbers[None] for name, numbers in values.items()}, 1)

    def lost(self, programmed: EnergyModel, model: EnergyModel, average: FloatArray) -> float:
        """Return what the board loses, from averages of (1, x ...), (W, W)."""
        slopes = np.asarray(programmed.J) * self.pair - np.asarray(model.J)
        constant = programmed.b + self.bias - model.b
        off = np.concatenate([constant[:, None], slopes], axis=1)
        inner = average[: 1 + UNITS, : 1 + UNITS]
        return float(np.einsum("ip,pq,iq->", off, inner, off) / (4 * model.kT))


def correction(folder: Path, count: int) -> None:
    """Print what comes back, and how hot the boards are before and after."""
    found = rows(folder, "correction", range(count), _board)
    back = np.array([1 - row["after"] / row["before"] for row in found])
    print(f"{count} boards of {UNITS} units with offsets, records of {RESTARTS * RESTART:g}:")
    print(f"  of what was lost comes back: {100 * np.median(back):.1f} % (median), "
          f"{100 * back.min():.1f} % at least")  # fmt: skip
    for when in ("hot", "cooled"):
        off = [abs(row[when] - 1) for row in found]
        print(f"  noise {'before' if when == 'hot' else 'after'}: {100 * np.median(off):.2g} % off")


def _board(seed: int) -> Row:
    model, made = machine(UNITS, seed), Offset(seed)
    span = (-2 * SCALE.volt, 2 * SCALE.volt)
    converter = EmulatedConverter(span, STATED_BITS["plain"])
    board = EmulatedInstrument(EmulatedCircuit(model, "rc", SCALE, made, dt=DT), converter, seed)
    request = Request("run", "switched", round(RESTART / STEP), STEP * SCALE.second, RESTARTS, 0.0)
    asked = Question(bits=STATED_BITS["plain"], readout=0.0)
    found = correct_board(board, [request], SCALE.second, model, asked)
    average = found.after.moments.average
    return {
        "before": made.lost(model, model, average),
        "after": made.lost(found.programmed, model, average),
        "hot": made.heat,
        "cooled": made.heat * found.programmed.kT / model.kT,
    }
