"""What a sampler study's page says first: how good samples are, and which parts decide that."""

import numpy as np

from hwkit.ordering import largest
from hwkit.report.answers import SHARE, Answer, Number
from hwkit.report.formats import count
from hwkit.study.finished import FinishedRun
from hwkit.study.kinds.sampler.page import convergence, errors_by_count, exact_covariance
from hwkit.study.kinds.sampler.plan import SamplerPlan
from hwkit.study.kinds.sampler.results import BOARD, ERRORS, SERIES, Errors
from hwkit.study.values import load_array
from hwkit.trajectories import FloatArray


def answer(plan: SamplerPlan, run: FinishedRun) -> Answer:
    """Return the first screen: the error with ideal parts, of a board in SPICE and of boards."""
    errors = run.value(ERRORS, Errors)
    series, board = (load_array(run.result(name)) for name in (SERIES, BOARD))
    samples = count(series.shape[0] * series.shape[1])
    basis = f"covariance from {samples} samples in SPICE"
    numbers = (
        _last("ideal parts: relative error", plan, series, basis),
        _last("one simulated board: relative error", plan, board, basis),
        _boards(errors),
    )
    causes = [cause for cause in errors.causes if cause]
    worst = causes[largest([_rms(errors.causes[cause]) for cause in causes])]
    low, high = plan.published
    sentence = (
        f"The covariance of {samples} samples in SPICE is {100 * numbers[0].value:.1f} % off with "
        f"ideal parts and {100 * numbers[1].value:.1f} % on one simulated board of real ones "
        f"(published: {100 * low:.0f} to {100 * high:.0f} %); of all parts' errors, "
        f"that of {worst} makes most: {100 * _rms(errors.causes[worst]):.1f} %."
    )
    return Answer(sentence, numbers, convergence(plan, series, board))


def _last(name: str, plan: SamplerPlan, series: FloatArray, basis: str) -> Number:
    """Return the error from all samples, and its interval by leaving out one run at a time."""
    exact = exact_covariance(plan)
    value = errors_by_count(series, exact)[1][-1]
    runs = series.shape[0]
    left_out = np.array(
        [errors_by_count(np.delete(series, k, axis=0), exact)[1][-1] for k in range(runs)]
    )
    spread = np.sum((left_out - left_out.mean()) ** 2)
    error = float(np.sqrt((runs - 1) / runs * spread))
    half = min(1.96 * error, value)
    return Number(name, value, value - half, value + 1.96 * error, SHARE, basis)


def _boards(errors: Errors) -> Number:
    squares, rms = np.square(errors.causes[""]), _rms(errors.causes[""])
    known = squares.size > 1 and rms > 0
    error = float(np.std(squares, ddof=1) / squares.size**0.5 / 2 / rms) if known else None
    basis = f"rms over {squares.size} boards, without the error of sampling"
    return Number.mean(f"{squares.size} simulated boards: relative error", rms, error, SHARE, basis)


def _rms(values: list[float]) -> float:
    return float(np.sqrt(np.mean(np.square(values))))
