"""From the records of a board to its verdict: channels, coefficients, faults, limits.

Two answers that don't replace each other. *Is it inside its specification?* compares intervals with
limits; *does it differ from the intended machine?* is a test, whose chance of a false alarm is that
of all its parts together. A long record finds differences that don't matter, a short one misses
some that do: each answer has its own words for that.

No noise is shared with any simulation, and nothing here simulates: records and the intended machine
are all that is used.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import DataError
from hwkit.measured.calibration import Calibration, calibrate_channels
from hwkit.measured.diagnosis import Diagnosis, diagnose
from hwkit.measured.drift import COARSE, estimate_drift
from hwkit.measured.faults import all_faults, in_words
from hwkit.measured.moments import Moments, lagged_moments
from hwkit.measured.noise import estimate_noise
from hwkit.measured.quantities import Anchor, Quantities, measure_quantities
from hwkit.measured.readout import converter_step, resolved_bits
from hwkit.measured.records import Measurement, Record
from hwkit.measured.setup import Coefficients, Setup, Window, expected
from hwkit.measured.specification import Answer, Tolerances, judge_specification, resolution
from hwkit.model import EnergyModel

FloatArray = NDArray[np.float64]

_STEP_SAMPLES = 200_000  # in which a converter's step is looked for
_DEAD = 0.05  # spread over the median spread of the channels, below which a unit does not move
_COARSER = 1.5  # step over the stated one, from which a readout is named
_MEMORY = 4.0  # time constants of the slowest channel that are waited for
_MOST_MEMORY = 8  # samples
_SLACK = 1e-6


@dataclass(frozen=True)
class Question:
    """What is asked of a board.

    Attributes:
        anchor: what fixes the channels' gains.
        tolerances: the specification.
        alpha: chance of a false alarm of "differs from the intended machine".
        level: chance that all intervals hold at once.
        bits: of the converters, as stated, over each channel's span; None if not stated.
        lag: time constant of the channels, in seconds; 0 for fast ones.
        wanted: change of kT that a record is to resolve, relative.
    """

    anchor: Anchor = "stated"
    tolerances: Tolerances = field(default_factory=Tolerances)
    alpha: float = 0.01
    level: float = 0.95
    bits: float | None = None
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
        duration: of the records that were used, in model time.
        step_bias: largest error of the time step, in standard errors.
    """

    units: tuple[int, ...]
    faults: tuple[str, ...]
    diagnosis: Diagnosis
    quantities: Quantities
    answers: tuple[Answer, ...]
    resolved: float
    longer: float
    duration: float
    step_bias: float

    @property
    def different(self) -> bool:
        """Whether the board differs from the intended machine."""
        return bool(self.faults)

    @property
    def inside(self) -> bool | None:
        """Whether the board is inside its specification; None if that can't be told."""
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
    records = _running(measurement, model)
    step = _step(measurement, records)
    spread, mean, steps = _look(measurement, records)
    moving = spread > _DEAD * np.median(spread)
    calibration = calibrate_channels(measurement, steps)
    _check_anchor(question, calibration)
    setup = _intended(measurement, model, question, steps, calibration)
    stuck = {int(u): float(mean[u]) for u in np.flatnonzero(~moving)}
    if calibration is not None:
        stuck = {u: _corrected(calibration, np.array([z]), [u])[0] for u, z in stuck.items()}
    alive = np.flatnonzero(moving)
    names = [measurement.channels[measurement.channel_of(unit)].name for unit in alive.tolist()]
    readouts = _readouts(measurement, question, steps, alive)
    left = setup.without(stuck)
    memory = int(np.clip(np.ceil(_MEMORY * setup.lag.max() / step), 1, _MOST_MEMORY))
    blocks = _blocks(measurement, records, alive, calibration)
    total = sum(record.n_samples for record in records)
    moments = lagged_moments(blocks, total, step, setup.powers, memory + COARSE)
    drift = estimate_drift(moments, memory)
    noise = estimate_noise(moments, drift, memory)
    measured = Coefficients.of(drift, noise)
    left = left.seen_through(Window.of(moments, noise))
    extra = _calibration_errors(left, calibration, alive)
    faults = all_faults(left, question.anchor == "calibration", _readout_known(question, steps))
    diagnosis = diagnose(
        measured, left, faults, question.alpha, _tested(measured, question, steps), extra
    )
    quantities = measure_quantities(
        measured, left, question.anchor, alive.tolist(), names, extra
    )
    found = [
        in_words(named.fault, named.size, left, alive.tolist(), names)
        for named in diagnosis.faults
    ]
    dead = [f"unit {unit} is dead, or its channel" for unit in stuck]
    resolved, longer = resolution(quantities, "noise", question.wanted, question.level)
    bias = np.abs(drift.step_bias) / drift.stderr
    return Board(
        tuple(alive.tolist()),
        (*dead, *readouts, *found),
        diagnosis,
        quantities,
        judge_specification(quantities, question.tolerances, question.level),
        resolved,
        longer,
        moments.duration,
        float(bias.max()),
    )
