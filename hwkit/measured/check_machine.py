"""Swapped channels and a wrong rate: what only shows beside the intended machine.

With f the force of the model, h = interval/tau and x_k the samples in model units,

    x_{k+1} - x_k = h f(x_k) + noise of variance 2 kT h.

Channels are swapped if another order of them explains the steps far better: half the difference of
the sums of squares over their variance is a logarithm of likelihoods. The rate is wrong if drift
and noise agree on another h. Neither estimate uses the same sample twice, so that white noise of
the converter drops out, with v_m the mean square of x_{k+m} - x_k:

    a_m = sum f(x_k) (x_{k+1+m} - x_{k+1}) / (m h sum f(x_k) f(x_{k+1}))    drift
    d_m = (v_{m+1} - v_m) / (2 kT h)                                        noise

At a relaxation rate r, a_1 and d_1^2/d_2 are both (1 - exp(-r h))/(r h); 2 a_1 - a_2 is 1 but for
(r h)^2/3. The mean of f is taken out: unknown offsets of the channels make one.
"""

from collections.abc import Iterator
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from hwkit.measured.findings import Finding, Report
from hwkit.measured.records import Measurement, Record
from hwkit.model import EnergyModel
from hwkit.ordering import falling, smallest

FloatArray = NDArray[np.float64]

_MOST_ROWS = 20_000  # rows of four samples that are looked at
_FEWEST_ROWS = 200
_MOST_CHANNELS = 12  # whose orders are tried: those that fit worst
_LOG_LIKELIHOOD = 10.0
_RATIO = 1.25  # of rates that is called wrong
_ERRORS = 6.0  # standard errors
_AGREE = 1.3  # ratio of the rates that drift and noise tell
_FINE = 0.6  # correlation of the forces on neighbouring samples from which the steps above hold


def check_calibration_order(report: Report) -> Iterator[Finding]:
    """Yield pairs of channels whose clamped voltages arrive exchanged."""
    record = report.record
    if not record.clamped:
        return
    levels = np.nanmean(record.read(0, _MOST_ROWS), axis=0)
    clamped = np.array(record.clamped)
    for one, two in combinations(range(record.n_channels), 2):
        apart = abs(clamped[one] - clamped[two])
        crossed = max(abs(levels[one] - clamped[two]), abs(levels[two] - clamped[one]))
        straight = min(abs(levels[one] - clamped[one]), abs(levels[two] - clamped[two]))
        if np.isfinite(apart) and crossed < 0.2 * apart and straight > 0.8 * apart:
            yield report.finding(
                "swapped channels",
                [one, two],
                f"{report.name(one)} and {report.name(two)} show each other's clamped voltages; "
                "exchange their units in the description",
                float(apart),
            )


def check_machine(
    report: Report, measurement: Measurement, model: EnergyModel
) -> Iterator[Finding]:
    """Yield findings about a record of the running machine; none if it is sampled too coarsely.

    Args:
        report: the record.
        measurement: with its scale; all units must be measured.
        model: the intended machine.
    """
    if measurement.second is None or measurement.units != tuple(range(model.n_units)):
        return
    quads = _quads(report.record, measurement)
    if len(quads) < _FEWEST_ROWS:
        return
    h = report.record.interval / measurement.second
    x = quads.transpose(1, 0, 2)
    if _persistence(x, model) < _FINE:
        return
    order = _order(x, model, h)
    moved = [unit for unit, place in enumerate(order) if unit != place]
    if moved:
        places = [measurement.channel_of(unit) for unit in moved]
        names = ", ".join(report.name(place) for place in places)
        better = ", ".join(f"{report.channels[measurement.channel_of(u)].name} shows unit "
                           f"{order.index(u)}" for u in moved)  # fmt: skip
        yield report.finding(
            "swapped channels",
            places,
            f"{names} fit the intended machine only in another order: {better}; check the wiring "
            "or exchange their units in the description",
            float(len(moved)),
        )
        return
    yield from _rate(report, x, model, h)


def _quads(record: Record, measurement: Measurement) -> FloatArray:
    """Return states of four samples in a row, (rows, 4, N), from where the machine runs."""
    if record.kind == "calibration":
        return np.empty((0, 4, len(measurement.units)))
    skip = 0 if record.switched_on is None else record.before_switch + 1
    parts, rows = [], 0
    for piece in record.pieces:
        stop = min(piece.stop, piece.start + skip + 3 + _MOST_ROWS - rows)
        x = measurement.in_units(record.read(piece.start + skip, max(stop, piece.start + skip)))
        if len(x) > 3:
            parts.append(np.stack([x[:-3], x[1:-2], x[2:-1], x[3:]], axis=1))
            rows += len(parts[-1])
        if rows >= _MOST_ROWS:
            break
    made = np.concatenate(parts) if parts else np.empty((0, 4, len(measurement.units)))
    whole: FloatArray = made[np.isfinite(made).all(axis=(1, 2))]
    return whole


def _misfit(x: FloatArray, order: list[int], model: EnergyModel, h: float) -> FloatArray:
    """Return the variance of what the force leaves of each unit's steps, (N,), in an order."""
    here, then = x[0][:, order], x[1][:, order]
    return np.asarray((then - here - h * model.force(here)).var(axis=0))


def _order(x: FloatArray, model: EnergyModel, h: float) -> list[int]:
    """Return the order of the columns that fits best, exchanging two at a time."""
    order = list(range(model.n_units))
    left = _misfit(x, order, model, h)
    # Noise of the converter adds to the steps' variance, which the machine alone would make 2 kT h.
    weight = len(x[0]) / (2 * np.maximum(left, 2 * model.kT * h))
    worst = falling(left)[:_MOST_CHANNELS].tolist()
    total = float(weight @ left)
    for _ in range(len(worst)):
        trials = []
        for one, two in combinations(sorted(worst), 2):
            trial = list(order)
            trial[one], trial[two] = trial[two], trial[one]
            trials.append((float(weight @ _misfit(x, trial, model, h)), trial))
        if not trials:
            break
        least, better = trials[smallest([misfit for misfit, _ in trials])]
        if not total - least > _LOG_LIKELIHOOD:
            break
        total, order = least, better
    return order


def _persistence(x: FloatArray, model: EnergyModel) -> float:
    """Return the correlation of the forces on neighbouring samples, about exp(-r h)."""
    here, then = _force(x[0], model), _force(x[1], model)
    return float(np.sum(here * then) / np.sum(here * here))


def _force(x: FloatArray, model: EnergyModel) -> FloatArray:
    """Return the force without its mean, which an offset of the channels makes, (rows, N)."""
    force = model.force(x)
    return np.asarray(force - force.mean(axis=0))


def _rate(report: Report, x: FloatArray, model: EnergyModel, h: float) -> Iterator[Finding]:
    """Yield a finding if drift and noise agree on another rate."""
    here, force = _force(x[0], model), _force(x[1], model)
    product, interval = float(np.sum(here * force)), report.record.interval
    mean_squares = [float(np.square(x[m] - x[0]).mean()) for m in (1, 2, 3)]
    noise = np.diff(mean_squares) / (2 * model.kT * h)
    if product <= 0 or noise.min() <= 0:
        return
    one, two = (float(np.sum(here * (x[1 + m] - x[1]))) / (m * h * product) for m in (1, 2))
    ratio, by_noise = 2 * one - two, float(noise[0] ** 2 / noise[1])
    spread = np.sqrt(2 * model.kT * h * max(by_noise, 1.0) * np.square(here).sum())
    error = 2 * float(spread) / (h * product)
    if one <= 0 or ratio <= 0 or max(one / by_noise, by_noise / one) > _AGREE:
        return
    if max(ratio, 1 / ratio) > _RATIO and abs(ratio - 1) > _ERRORS * error:
        yield report.finding(
            "wrong rate",
            [],
            f"drift and noise are both about {ratio:.2g} times what {interval:.4g} s between "
            f"samples would give; the interval is rather {ratio * interval:.2g} s, or all time "
            "constants of the board are off by this factor",
            ratio,
        )
