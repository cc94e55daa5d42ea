"""What a sampler study says: the error budget of boards, and one board in SPICE."""

import math

import numpy as np

from hwkit.circuit import Design
from hwkit.fidelity import Metric
from hwkit.fidelity.lc_parts import fitted_covariance
from hwkit.fidelity.sampling import (
    correlation_time,
    relative_error,
    sampling_floor,
    second_moments,
)
from hwkit.study.kinds.sampler.boards import board_error, needed_boards, readout_gains
from hwkit.study.kinds.sampler.plan import SamplerPlan
from hwkit.study.kinds.sampler.results import Errors
from hwkit.trajectories import FloatArray


def close_metrics(design: Design, close: FloatArray) -> list[Metric]:
    """Say what the same number of samples is worth when they are taken too close together.

    Those are (runs, T, N).
    """
    n, covariance = close.shape[0] * close.shape[1], fitted_covariance(design)
    times = 2 * correlation_time(close)
    floor = sampling_floor(covariance, n)
    return [
        Metric(
            "budget: sampling",
            "distribution",
            floor,
            n=n,
            note="floor of independent samples",
        ),
        Metric(
            "budget: sampling, correlated",
            "distribution",
            floor * np.sqrt(times),
            n=n,
            note=f"samples taken close together: {times:.2f} count as one",
        ),
    ]


def budget_metrics(plan: SamplerPlan, errors: Errors) -> list[Metric]:
    """Return what each cause makes alone, and how large it would have to be."""
    rows = []
    for cause, values in errors.causes.items():
        sample = np.array(values)
        size = "" if not cause else f" of {getattr(plan.parts, cause):g}"
        rows.append(
            Metric(
                f"budget: {cause or 'all parts together'}",
                "distribution",
                float(np.sqrt(np.mean(sample**2))),
                stderr=_rms_error(sample),
                n=sample.size,
                note=f"{cause}{size} alone; rms over boards, infinitely many samples"
                if cause
                else "rms over boards, infinitely many samples",
                quantity=cause or "all",
            )
        )
    low, high = plan.published
    for cause, needed in errors.needed.items():
        rows.append(
            Metric(
                f"needed for the published error: {cause}",
                "distribution",
                math.nan if needed is None else needed,
                n=needed_boards(plan.parts),
                note=f"{cause} alone, to make {float(np.mean(plan.published)):.0%} with sampling "
                f"(published: {low:.0%} to {high:.0%})",
            )
        )
    return rows


def _rms_error(errors: FloatArray) -> float:
    squares = errors**2
    return float(np.std(squares, ddof=1) / np.sqrt(errors.size) / 2 / np.sqrt(squares.mean()))


def board_metrics(
    design: Design, board: Design, plan: SamplerPlan, series: FloatArray
) -> list[Metric]:
    """Compare one board's SPICE samples, read out with its gains, with the predicted error.

    The samples are (runs, T, N), in model units.
    """
    gain = readout_gains(design, plan.parts, 0, plan.seed, "")
    samples = series.reshape(-1, design.model.n_units) * gain
    ideal = fitted_covariance(design)
    error = relative_error(second_moments(samples), ideal)
    predicted = board_error(design, plan.parts, 0, plan.seed)
    floor = sampling_floor(fitted_covariance(board), len(samples))
    return [
        Metric(
            "one board: error of the inverse in SPICE",
            "distribution",
            error,
            n=len(samples),
            note=f"its parts alone make {predicted:.3g}, the sampling floor {floor:.3g}",
        )
    ]
