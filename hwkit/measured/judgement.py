"""From the records of a board to its verdict: channels, coefficients, faults, limits.

Two answers that don't replace each other. *Is it inside its specification?* compares intervals with
limits; *does it differ from the intended machine?* is a test, whose chance of a false alarm is that
of all its parts together. A long record finds differences that don't matter, a short one misses
some that do: each answer has its own words for that.

No noise is shared with any simulation, and nothing here simulates: records and the intended machine
are all that is used.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import DataError
from hwkit.measured.calibration import Calibration, calibrate_channels
from hwkit.measured.channels import Running
from hwkit.measured.diagnosis import Diagnosis, Named, diagnose
from hwkit.measured.drift import COARSE, Drift, estimate_drift
from hwkit.measured.faults import all_faults, in_words
from hwkit.measured.moments import Moments, lagged_moments
from hwkit.measured.noise import estimate_noise
from hwkit.measured.quantities import Anchor, Quantities, measure_quantities
from hwkit.measured.records import Measurement
from hwkit.measured.setup import Coefficients, Setup, Window, expected, with_array
from hwkit.measured.specification import Answer, Tolerances, judge_specification, resolution
from hwkit.measured.wells import advice, unvisited_wells
from hwkit.model import EnergyModel

FloatArray = NDArray[np.float64]

_MEMORY = 4.0  # time constants of the slowest channel that are waited for
_MOST_MEMORY = 8  # samples
_SMALL = 1e-5

OR = ", or "  # between faults of which the record shows one


@dataclass(frozen=True)
class Question:
    """What is asked of a board.

    Attributes:
        anchor: what fixes the channels' gains.
        tolerances: the specification.
        alpha: chance of a false alarm of "differs from the intended machine".
        level: chance that all intervals hold at once.
        bits: of the converters, as stated, over each channel's span; None if not stated.
        readout: rms noise of the channels before their converters, in x, as stated; None if not.
        lag: time constant of the channels, in model time; 0 for fast ones.
        wanted: change of kT that a record is to resolve, relative.
    """

    anchor: Anchor = "stated"
    tolerances: Tolerances = field(default_factory=Tolerances)
    alpha: float = 0.01
    level: float = 0.95
    bits: float | None = None
    readout: float | None = None
    lag: float = 0.0
    wanted: float = 0.1


@dataclass(frozen=True, eq=False)
class Board:
    """What was measured of a board, and what it says.

    Attributes:
        units: those that move and were estimated.
        faults: in words: dead units and readouts first, then what the diagnosis named.
        diagnosis: the test of "differs from the intended machine".
        quantities: parameters with their anchors.
        answers: parameters against their limits.
        resolved, longer: change of kT that is resolved, and times the length for the wanted one.
        moments: of the records that were used.
        step_bias: largest error of the time step, in standard errors.
        advice: what the records lack; "" if nothing.
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
    running = Running.of(measurement, model)
    calibration = calibrate_channels(measurement, running.steps)
    _check_anchor(question, calibration)
    units = running.moving.tolist()
    if not units:
        raise DataError(
            "no channel moves in the records (standard deviations of "
            f"{np.min(running.spread):.3g} to {np.max(running.spread):.3g} in x), so they show no "
            "machine that runs; check its supplies, the probes and `volt`"
        )
    readouts = running.coarse_readouts(question.bits, units)
    intended = _intended(running, model, question, calibration)
    moments = _moments(running, intended, question, calibration)
    memory = moments.lags - COARSE
    drift = estimate_drift(moments, memory)
    noise = estimate_noise(moments, drift, memory)
    measured = Coefficients.of(drift, noise)
    intended = intended.seen_through(Window.of(moments, noise))
    extra = _calibration_errors(intended, calibration, units)
    known = question.readout is not None or calibration is not None
    diagnosis = diagnose(
        measured,
        intended,
        all_faults(intended, question.anchor == "calibration", known),
        question.alpha,
        None if known else measured.without_excess,
        extra,
    )
    names = running.names(units)
    quantities = measure_quantities(measured, intended, question.anchor, units, names, extra)
    named = [_words(row, intended, units, names) for row in diagnosis.faults]
    faults = [*_dead(units, model), *readouts, *named]
    return Board(
        tuple(units),
        tuple(faults),
        diagnosis,
        quantities,
        judge_specification(quantities, question.tolerances, question.level),
        *resolution(quantities, "noise", question.wanted, question.level),
        moments,
        _largest_bias(drift),
        _advice(running, model, moments),
    )


def _check_anchor(question: Question, calibration: Calibration | None) -> None:
    if question.anchor != "calibration":
        return
    if calibration is None or not calibration.knows_gains:
        raise DataError(
            "no record fixes the gain of the channels; add calibration records with two clamped "
            "voltages for each channel, or name another anchor"
        )


def _intended(
    running: Running, model: EnergyModel, question: Question, calibration: Calibration | None
) -> Setup:
    """Return the intended machine behind its channels, without units that don't move."""
    stated = running.steps**2 / 12 + (question.readout or 0.0) ** 2
    readout = stated if calibration is None else np.maximum(calibration.readout, stated)
    setup = Setup.of(model)
    lag = np.full(model.n_units, question.lag)
    setup = replace(setup, excess=np.diag(readout), lag=lag)
    means = running.mean if calibration is None else calibration.corrected(running.mean)
    still = set(range(model.n_units)) - set(running.moving.tolist())
    return setup.without({unit: float(means[unit]) for unit in sorted(still)})


def _moments(
    running: Running, intended: Setup, question: Question, calibration: Calibration | None
) -> Moments:
    memory = max(1, int(np.ceil(_MEMORY * question.lag / running.step - _SMALL)))
    if memory > _MOST_MEMORY:
        raise DataError(
            f"the channels' time constant is {question.lag / running.step:.3g} samples; at most "
            f"{_MOST_MEMORY / _MEMORY:g} can be taken, so keep every second sample or fewer"
        )
    blocks = running.blocks(running.moving.tolist(), calibration)
    return lagged_moments(blocks, running.samples, running.step, intended.powers, memory + COARSE)


def _calibration_errors(
    intended: Setup, calibration: Calibration | None, units: Sequence[int]
) -> FloatArray | None:
    """Return the covariance that errors of the calibration give the coefficients, (C, C)."""
    if calibration is None:
        return None
    columns = []
    for place, unit in enumerate(units):
        for name, error in (
            ("gain", calibration.gain_stderr[unit]),
            ("offset", calibration.offset_stderr[unit]),
        ):
            if np.isfinite(error):
                moved = getattr(intended, name).copy()
                moved[place] += _SMALL
                change = expected(with_array(intended, name, moved)) - expected(intended)
                columns.append(error * change / _SMALL)
    matrix = np.array(columns)
    return np.asarray(matrix.T @ matrix)


def _words(named: Named, intended: Setup, units: Sequence[int], names: Sequence[str]) -> str:
    """Say what a named fault is, and what it may be in its place."""
    every = ((named.fault, named.size), *named.others)
    return OR.join(in_words(fault, size, intended, units, names) for fault, size in every)


def _dead(units: Sequence[int], model: EnergyModel) -> list[str]:
    still = sorted(set(range(model.n_units)) - set(units))
    return [f"unit {unit} is dead, or its channel is" for unit in still]


def _advice(running: Running, model: EnergyModel, moments: Moments) -> str:
    """Say whether a stationary record never leaves its well."""
    if moments.n_units < model.n_units or any(r.kind == "switched" for r in running.records):
        return ""
    return advice(unvisited_wells(model, moments))


def _largest_bias(drift: Drift) -> float:
    return float((np.abs(drift.step_bias) / drift.stderr).max())
