"""From the records of a board to what they show of it: channels, moments, coefficients.

Everything that is asked of a board (`judgement`) follows from these coefficients and their errors.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import DataError
from hwkit.measured.calibration import Calibration, calibrate_channels
from hwkit.measured.channels import Running
from hwkit.measured.coefficients import Coefficients
from hwkit.measured.colour import Colour, drift_beside, noise_beside, noise_colours
from hwkit.measured.diagnosis import Diagnosis, diagnose
from hwkit.measured.drift import COARSE, Drift, estimate_drift, features
from hwkit.measured.faults import all_faults, effects
from hwkit.measured.moments import Moments, lagged_moments
from hwkit.measured.noise import Noise, estimate_noise
from hwkit.measured.quantities import Anchor, Quantities, measure_quantities
from hwkit.measured.records import Measurement
from hwkit.measured.segments import Blocks, Cut
from hwkit.measured.setup import Setup
from hwkit.measured.specification import Tolerances
from hwkit.measured.unlagged import remembered, shared_by_neighbours, shared_variance, unlagged
from hwkit.measured.window import Window
from hwkit.model import EnergyModel

FloatArray = NDArray[np.float64]

_MOST_LAG = 2.0  # samples: beyond, the readout's noise is all that is left of the machine's
_OF_READOUT = ("readout", "lag", "all lags", "pick-up")
COLOUR = 0.2  # of the chance of a false alarm: for noise that is said to rise at low frequency
_WHOLE = 1e-5  # of a sample: a lag that is longer by rounding is not


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
class Estimated:
    """What the records show of the units that move, before any question is answered.

    Attributes:
        running: the records.
        readout_known: whether the readout's variance is stated or calibrated.
        moments, drift: of the records.
        measured: coefficients.
        intended: the machine as intended, seen as the records see it.
        extra: covariance that the calibration's errors give the coefficients, (C, C).
        colours: of each unit's noise; empty if the record is too short to tell.
    """

    running: Running
    readout_known: bool
    moments: Moments
    drift: Drift
    measured: Coefficients
    intended: Setup
    extra: FloatArray | None
    colours: tuple[Colour, ...]

    @property
    def units(self) -> list[int]:
        """Units that move."""
        return [int(unit) for unit in self.running.moving]

    @property
    def names(self) -> list[str]:
        """Names of their channels."""
        return self.running.names(self.units)

    @property
    def coloured(self) -> list[int]:
        """Places of the units whose noise rises at low frequency."""
        return [place for place, colour in enumerate(self.colours) if colour.rises]

    def diagnosis(self, question: Question) -> Diagnosis:
        """Name what differs; without a known readout, its variance and lag are not tested.

        Nor are those of a unit whose noise has a colour: its short increments show both.
        """
        known = question.anchor == "calibration"
        faults = all_faults(self.intended, known, self.readout_known)
        tested = self.measured.without_excess
        if self.readout_known:
            tested = self.measured.without_excess_of(self.coloured)
        alpha = (1 - COLOUR) * question.alpha
        return diagnose(self.measured, self.intended, faults, alpha, tested, self.extra)

    def quantities(self, question: Question, diagnosis: Diagnosis | None = None) -> Quantities:
        """Return the parameters that the question's anchor makes known.

        A channel whose readout or lag the diagnosis names has no known readout, unless a fault of
        the machine explains the record nearly as well.
        """
        doubtful = set(self.coloured if self.readout_known else range(len(self.units)))
        for named in diagnosis.faults if diagnosis is not None else ():
            every = (named.fault, *(other for other, _ in named.others))
            if all(fault.kind in _OF_READOUT for fault in every):
                for fault in every:
                    doubtful |= set(fault.places or range(len(self.units)))
        return measure_quantities(
            self.measured,
            self.intended,
            question.anchor,
            self.units,
            self.names,
            self.extra,
            doubtful,
        )


def estimate_board(measurement: Measurement, model: EnergyModel, question: Question) -> Estimated:
    """Estimate the coefficients of a board; arguments and errors as of `judge_board`."""
    running = Running.of(measurement, model)
    calibration = calibrate_channels(measurement, running.steps)
    _check_anchor(question, calibration)
    if not running.moving.size:
        raise DataError(
            "no channel moves in the records (standard deviations of "
            f"{np.min(running.spread):.3g} to {np.max(running.spread):.3g} in x), so they show no "
            "machine that runs; check its supplies, the probes and `volt`"
        )
    intended = _intended(running, model, question, calibration)
    moments = _moments(running, intended, question, calibration)
    phi, memory = remembered(running.step, question.lag), moments.lags - COARSE
    known = question.readout is not None or calibration is not None
    readout, share = np.diagonal(intended.excess), shared_variance(phi) if known else 0.0
    drift = estimate_drift(moments, memory)  # whatever the readout's variance is
    noise = estimate_noise(moments, drift, memory, shared_by_neighbours(phi))
    colours = _colours(running, moments, noise, question, calibration, readout if known else None)
    if any(colour.rises for colour in colours):
        drift = drift_beside(drift, colours)
        noise = estimate_noise(moments, drift, memory, shared_by_neighbours(phi))
        noise = noise_beside(noise, colours)
    if known:
        drift = drift_beside(estimate_drift(moments, memory - 1, share * readout), colours)
    intended = intended.seen_through(Window.of(moments, drift, noise, phi, readout, share))
    extra = _calibration_errors(intended, calibration, running.moving.tolist())
    measured = Coefficients.of(drift, noise)
    return Estimated(running, known, moments, drift, measured, intended, extra, colours)


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
    """Return the moments, up to the channels' memory and the longest increment after it."""
    lag = question.lag / running.step
    if lag > _MOST_LAG + _WHOLE:
        raise DataError(
            f"the channels' time constant is {lag:.3g} samples; at most {_MOST_LAG:g} can be "
            "taken, so keep every second sample or fewer"
        )
    blocks = _blocks(running, question, calibration)
    lags = (2 if lag > 0 else 1) + COARSE
    return lagged_moments(blocks(), running.samples, running.step, intended.powers, lags)


def _blocks(running: Running, question: Question, calibration: Calibration | None) -> Blocks:
    """Return what makes the states of the units that move, channels' lags taken out."""

    def blocks() -> Iterator[tuple[bool, FloatArray]]:
        states = running.blocks(running.moving.tolist(), calibration)
        if question.lag > 0:
            return unlagged(states, remembered(running.step, question.lag))
        return states

    return blocks


def _colours(
    running: Running,
    moments: Moments,
    noise: Noise,
    question: Question,
    calibration: Calibration | None,
    readout: FloatArray | None,
) -> tuple[Colour, ...]:
    """Return the colour of every unit's noise; () of a record that is too short."""
    cut = Cut.of(running.pieces, running.step, moments.lags - COARSE, moments.powers)
    if cut is None:
        return ()
    places = [features(moments, unit) for unit in range(moments.n_units)]
    shares: list[float | None] = [None] * moments.n_units
    if readout is not None and question.lag == 0:
        shares = [*(readout / (2 * np.diagonal(noise.intensity))).tolist()]
    blocks = _blocks(running, question, calibration)
    return noise_colours(blocks, cut, places, COLOUR * question.alpha, shares)


def _calibration_errors(
    intended: Setup, calibration: Calibration | None, units: Sequence[int]
) -> FloatArray | None:
    """Return the covariance that errors of the calibration give the coefficients, (C, C)."""
    if calibration is None:
        return None
    errors = {"gain": calibration.gain_stderr, "offset": calibration.offset_stderr}
    known = [
        (fault, error)
        for fault in all_faults(intended, False, False)
        if fault.kind in errors and np.isfinite(error := errors[fault.kind][units[fault.places[0]]])
    ]
    faults, sizes = zip(*known, strict=True)  # offsets are always known
    moved = np.array(sizes)[:, None] * effects(intended, faults)
    return np.asarray(moved.T @ moved)
