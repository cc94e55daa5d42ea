"""From the records of a board to its verdict: channels, coefficients, faults, limits.

Two answers that don't replace each other. *Is it inside its specification?* compares intervals with
limits; *does it differ from the intended machine?* is a test, whose chance of a false alarm is that
of all its parts together. A long record finds differences that don't matter, a short one misses
some that do: each answer has its own words for that.

No noise is shared with any simulation, and nothing here simulates: records and the intended machine
are all that is used.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hwkit.measured.channels import Running
from hwkit.measured.colour import Colour
from hwkit.measured.diagnosis import Diagnosis, Named
from hwkit.measured.drift import Drift
from hwkit.measured.estimated import Estimated, Question, estimate_board
from hwkit.measured.faults import can_be, in_words
from hwkit.measured.moments import Moments
from hwkit.measured.next_measurement import NextMeasurement, next_measurement
from hwkit.measured.quantities import Quantities
from hwkit.measured.records import Measurement
from hwkit.measured.setup import Setup
from hwkit.measured.specification import Answer, judge_specification, resolution
from hwkit.measured.wells import advice, unvisited_wells
from hwkit.model import EnergyModel

OR = ", or "  # between faults of which the record shows one


@dataclass(frozen=True, eq=False)
class Board:
    """What was measured of a board, and what it says.

    Attributes:
        units: those that move and were estimated.
        faults: in words: dead units, readouts, and noise with a colour first, then what the
            diagnosis named.
        diagnosis: the test of "differs from the intended machine".
        quantities: parameters with their anchors.
        answers: parameters against their limits.
        resolved, longer: change of kT that is resolved, and times the length for the wanted one.
        moments: of the records that were used.
        step_bias: largest error of the time step, in standard errors.
        advice: what the records lack; "" if nothing.
        next: which records would tell most; None if these tell all that is asked.
        colours: of the noise of each of `units`; empty if the records are too short to tell.
    """

    units: tuple[int, ...]
    faults: tuple[str, ...]
    diagnosis: Diagnosis
    quantities: Quantities
    answers: tuple[Answer, ...]
    resolved: float
    longer: float
    moments: Moments
    step_bias: float
    advice: str
    next: NextMeasurement | None
    colours: tuple[Colour, ...]

    @property
    def different(self) -> bool:
        """Whether the board differs from the intended machine."""
        return bool(self.faults)

    @property
    def inside(self) -> bool | None:
        """Whether all limits are met; None if that can't be told, or nothing has a limit."""
        findings = {answer.finding for answer in self.answers}
        if "outside" in findings:
            return False
        return None if "can't tell" in findings or not findings else True


def judge_board(measurement: Measurement, model: EnergyModel, question: Question) -> Board:
    """Judge a board by its records.

    Args:
        measurement: its records; stationary or switched ones are used.
        model: the intended machine.
        question: what is asked.

    Raises:
        DataError: if records and machine don't fit each other, or no anchor is there for what is
            asked.
    """
    shown = estimate_board(measurement, model, question)
    running, units, names = shown.running, shown.units, shown.names
    readouts = running.coarse_readouts(question.bits, units)
    diagnosis = shown.diagnosis(question)
    quantities = shown.quantities(question, diagnosis)
    named = [_words(row, shown.intended, units, names) for row in diagnosis.faults]
    answers = judge_specification(quantities, question.tolerances, question.level)
    resolved, longer = resolution(quantities, "noise", question.wanted, question.level)
    return Board(
        tuple(units),
        (*_dead(units, model), *readouts, *_risen(shown, measurement.second), *named),
        diagnosis,
        quantities,
        answers,
        resolved,
        longer,
        shown.moments,
        _largest_bias(shown.drift),
        _advice(running, model, shown.moments),
        next_measurement(quantities, answers, longer, measurement.records),
        shown.colours,
    )


def _words(named: Named, intended: Setup, units: Sequence[int], names: Sequence[str]) -> str:
    """Say what a named fault is, and what it may be in its place; what can't be is left out."""
    every = ((named.fault, named.size), *named.others)
    possible = [(fault, size) for fault, size in every if can_be(fault, size, intended)]
    said = possible or every
    return OR.join(in_words(fault, size, intended, units, names) for fault, size in said)


def _dead(units: Sequence[int], model: EnergyModel) -> list[str]:
    still = sorted(set(range(model.n_units)) - set(units))
    return [f"unit {unit} is dead, or its channel is" for unit in still]


def _risen(shown: Estimated, second: float | None) -> list[str]:
    """Say which units' noise rises at low frequency."""
    assert second is not None  # `Running` has asked for it
    return [shown.colours[k].in_words(shown.units[k], second) for k in shown.coloured]


def _advice(running: Running, model: EnergyModel, moments: Moments) -> str:
    """Say whether a stationary record never leaves its well."""
    if moments.n_units < model.n_units or any(r.kind == "switched" for r in running.records):
        return ""
    return advice(unvisited_wells(model, moments))


def _largest_bias(drift: Drift) -> float:
    return float((np.abs(drift.step_bias) / drift.stderr).max())
