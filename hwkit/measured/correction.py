"""Close the loop: measure a board, correct what it is programmed to, measure it again.

A coupling or bias that is measured d off is programmed the other way by w d, and the strength of
the noise is divided by the mean kT over the intended one. Measured deviations are partly errors of
the measurement: with v the variance of the true ones of a kind (the mean of d^2 - s^2, s the
standard errors, not below 0), w = v / (v + s^2) leaves the least behind on average (Stein's
shrinkage, v from the data). A board that is as intended within its errors is thus left alone. Where
a setting has another effect than its nominal one, several rounds come nearer.

Onsite energies and the noise of single units are measured but not corrected: boards have no setting
for them. Couplings that are not intended are not programmed either.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import ConfigError, DataError
from hwkit.measured.estimated import Question
from hwkit.measured.instrument import Instrument, Request, measure
from hwkit.measured.judgement import Board, judge_board
from hwkit.measured.quantities import Quantities, Quantity
from hwkit.model import EnergyModel

FloatArray = NDArray[np.float64]

CORRECTED = ("coupling", "bias", "noise")


@dataclass(frozen=True)
class Deviation:
    """How far parameters of a kind are from what is intended, errors of the measurement apart.

    Attributes:
        kind: "coupling" or "bias", in model units, or "noise", relative to kT.
        before, after: rms over the parameters, the measurement's share taken out; 0 if that is all.
        resolved: rms standard error of the second measurement.
    """

    kind: str
    before: float
    after: float
    resolved: float

    def __str__(self) -> str:
        unit = ", relative" if self.kind == "noise" else ""
        return (
            f"{self.kind}: rms {self.before:.3g} off before, {self.after:.3g} after "
            f"(a measurement resolves {self.resolved:.3g}{unit})"
        )


@dataclass(frozen=True, eq=False)
class Corrected:
    """A board that was measured, corrected and measured again.

    Attributes:
        before, after: what was measured.
        programmed: what the board is programmed to now; its kT is the noise that was set.
        deviations: of couplings, biases and noise.
    """

    before: Board
    after: Board
    programmed: EnergyModel
    deviations: tuple[Deviation, ...]


def correct_board(
    instrument: Instrument,
    requests: Sequence[Request],
    second: float,
    model: EnergyModel,
    question: Question,
    rounds: int = 1,
) -> Corrected:
    """Program a board, measure it, correct it by its records alone, and measure it again.

    Args:
        instrument: the board.
        requests: the records of each measurement.
        second: nominal seconds per unit of mu t.
        model: the intended machine.
        question: what is asked of every measurement; its anchor must make couplings known.
        rounds: corrections, each followed by a measurement.

    Raises:
        ConfigError: if rounds is below 1.
        DataError: if a unit doesn't move, or nothing fixes the channels' gains.
    """
    if rounds < 1:
        raise ConfigError(f"rounds is {rounds}; a board is corrected at least once")
    if question.anchor == "none":
        raise DataError(
            "couplings can't be corrected without an anchor, which fixes the channels' gains; add "
            "calibration records with two clamped voltages, or take the stated gains"
        )
    before = _measured(instrument, requests, second, model, model, question)
    if len(before.units) < model.n_units:
        raise DataError(f"{before.faults[0]}; a board is corrected when all its units move")
    programmed, after = model, before
    for _ in range(rounds):
        programmed = corrected(programmed, after.quantities)
        after = _measured(instrument, requests, second, programmed, model, question)
    deviations = tuple(
        Deviation(kind, *_rms(before.quantities, kind)[:1], *_rms(after.quantities, kind))
        for kind in CORRECTED
    )
    return Corrected(before, after, programmed, deviations)


def corrected(programmed: EnergyModel, quantities: Quantities) -> EnergyModel:
    """Return what to program instead, by what was measured of the board."""
    J, b = np.array(programmed.coupling_field(np.eye(programmed.n_units))), programmed.b.copy()
    for row, move in zip(_of(quantities, "coupling"), _moves(quantities, "coupling"), strict=True):
        i, j = row.places
        if row.intended != 0:
            J[i, j] = J[j, i] = J[i, j] - move
    for row, move in zip(_of(quantities, "bias"), _moves(quantities, "bias"), strict=True):
        b[row.places[0]] -= move
    heat = 1 + float(np.mean(_moves(quantities, "noise")))
    return replace(programmed, J=J, b=b, kT=programmed.kT / heat)


def _measured(
    instrument: Instrument,
    requests: Sequence[Request],
    second: float,
    programmed: EnergyModel,
    model: EnergyModel,
    question: Question,
) -> Board:
    instrument.program(programmed)
    instrument.set_noise(programmed.kT)
    return judge_board(measure(instrument, requests, second), model, question)


def _of(quantities: Quantities, kind: str) -> list[Quantity]:
    return [row for row in quantities.rows if row.kind == kind]


def _off(quantities: Quantities, kind: str) -> tuple[FloatArray, FloatArray]:
    """Return deviations of a kind and their standard errors, (K,) each; relative ones of kT."""
    rows = _of(quantities, kind)
    scale = np.array([abs(row.intended) if kind == "noise" else 1.0 for row in rows])
    off = np.array([row.value - row.intended for row in rows])
    return off / scale, np.array([row.stderr for row in rows]) / scale


def _rms(quantities: Quantities, kind: str) -> tuple[float, float]:
    """Return the rms of true deviations, as far as it shows, and of their standard errors."""
    off, errors = _off(quantities, kind)
    if not off.size:  # a machine of one unit has no couplings
        return 0.0, 0.0
    left = max(float(np.mean(off**2 - errors**2)), 0.0)
    return float(np.sqrt(left)), float(np.sqrt(np.mean(errors**2)))


def _moves(quantities: Quantities, kind: str) -> FloatArray:
    """Return the deviations of a kind that are to be taken out, (K,)."""
    off, errors = _off(quantities, kind)
    variance = _rms(quantities, kind)[0] ** 2
    return np.asarray(off * variance / (variance + errors**2))
