"""Convergence in the time step: of which order is the error, and which step is short enough?

Runs at h, h/2, h/4 on one Wiener path per run give, for the end states x_h,

    step error        x_h - x_0           of one simulator; its differences x_h - x_{h/2} show it
    path error        circuit - ideal     at each step; both errors are in it

With e(h) = c h^p the order p is the slope of log rms against log h. A step error is not seen
directly: rms(x_h - x_{h/2}) = c h^p (1 - 2^-p), which gives c; each halving adds noise that the
coarser path has not seen, so its order is known to about 0.1 only and is reported. Statistics are
extrapolated run by run, S_0 = (S_h - 6 S_{h/2} + 8 S_{h/4}) / 3, which removes the terms in h and
h^2; so the standard error comes from the runs.

A circuit that is another machine keeps a path error however short its steps: its extrapolated end
states differ from the ideal ones, and its path error does not fall with order 1.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import DataError
from hwkit.fidelity.path import final_differences
from hwkit.fidelity.same_noise import check_one_path
from hwkit.fidelity.verdict import Metric
from hwkit.model import EnergyModel
from hwkit.trajectories import Trajectories

FloatArray = NDArray[np.float64]

ORDER_LIMITS = (0.85, 1.15)
_WEIGHTS = np.array([1.0, -6.0, 8.0]) / 3
_STEPS = 3


def convergence_metrics(
    model: EnergyModel,
    ideal: Sequence[Trajectories],
    circuit: Sequence[Trajectories],
    error: float = 1e-3,
    names: tuple[str, str] = ("Euler-Maruyama", "SPICE"),
    order_limits: tuple[float, float] = ORDER_LIMITS,
    same_noise: bool = False,
) -> list[Metric]:
    """Return orders, steps that meet an error, and statistics extrapolated to h = 0.

    Args:
        model: the machine, for energy and heat.
        ideal, circuit: runs at h, h/2, h/4 from the same starts on one refined path per run.
        error: requested rms error of the end states; also the limit of what is left at h = 0.
        names: of the two simulators.
        order_limits: smallest and largest order of the path error.
        same_noise: the caller's word for the starts and paths, in place of what the runs store.

    Raises:
        DataError: if the runs don't belong together.
    """
    if not error > 0:
        raise DataError(f"the requested error is {error!r}; it must be above 0")
    steps = _steps(ideal, circuit, same_noise)
    both = np.all([runs.completed for runs in (*ideal, *circuit)], axis=0)
    n = int(both.sum())
    if n < 2:
        raise DataError(f"{n} runs completed at all three steps; a standard error needs 2 or more")
    finals = [np.stack([runs.final[both] for runs in side]) for side in (ideal, circuit)]
    starts = ideal[0].x[both, 0]
    path = _squares(finals[1] - finals[0])
    metrics = _scaling("path error", path, steps, error, order_limits, _direct)
    for name, states in zip(names, finals, strict=True):
        moves = _squares(states[:-1] - states[1:])
        metrics += _scaling(f"step error of {name}", moves, steps[:-1], error, None, _from_moves)
    left = _squares(np.tensordot(_WEIGHTS, finals[1] - finals[0], 1)[None])[0]
    value, stderr = _jackknife(left[None], lambda squares: float(np.sqrt(squares[0].mean())))
    note = "rms of circuit - ideal, extrapolated run by run; another machine would leave more"
    metrics.append(Metric("path error at h = 0", "path", value, error, "<=", stderr, n, note=note))
    metrics += _statistics(model, starts, finals, names)
    return metrics


def _steps(
    ideal: Sequence[Trajectories], circuit: Sequence[Trajectories], same_noise: bool
) -> FloatArray:
    """Return h, h/2, h/4, after a check that all runs belong together."""
    steps = []
    for side, runs in (("ideal", ideal), ("circuit's", circuit)):
        if len(runs) != _STEPS:
            raise DataError(f"the {side} side has runs at {len(runs)} steps; give {_STEPS}")
        found = np.array([float(some.attributes.get("dt", np.nan)) for some in runs])
        if not np.allclose(found, found[0] / 2.0 ** np.arange(_STEPS), rtol=1e-9, atol=0):
            raise DataError(
                f"the {side} side's steps are {', '.join(f'{h:g}' for h in found)}; each must be "
                "half of the one before"
            )
        steps.append(found)
    for k in range(_STEPS):
        final_differences(ideal[k], circuit[k], same_noise)
        if not np.array_equal(circuit[k].x[:, 0], ideal[0].x[:, 0], equal_nan=True):
            lost = circuit[k].completed & ideal[0].completed
            if not np.allclose(circuit[k].x[lost, 0], ideal[0].x[lost, 0], rtol=0, atol=1e-9):
                raise DataError(f"runs at step {k} start elsewhere on the two sides")
    if not same_noise:
        check_one_path(ideal)
    if not np.isclose(steps[0][0], steps[1][0], rtol=1e-9, atol=0):
        raise DataError(
            f"the ideal side starts with h = {steps[0][0]:g}, the circuit's with {steps[1][0]:g}"
        )
    return np.asarray(steps[0])


def _squares(differences: FloatArray) -> FloatArray:
    """Return mean squares over units, (steps, runs)."""
    return np.asarray(np.mean(differences**2, axis=2))


def _direct(rms: float, order: float) -> float:
    return rms


def _from_moves(rms: float, order: float) -> float:
    return rms / (1 - 2.0**-order) if order > 0 else float("nan")


def _scaling(
    what: str,
    squares: FloatArray,
    steps: FloatArray,
    error: float,
    limits: tuple[float, float] | None,
    amount: Callable[[float, float], float],
) -> list[Metric]:
    """Fit an order to mean squares (steps, runs), and find the step that meets an error."""

    def order(some: FloatArray) -> float:
        rms = np.sqrt(some.mean(axis=1))
        return float(np.polyfit(np.log(steps), np.log(rms), 1)[0]) if np.all(rms > 0) else np.nan

    def coarse(some: FloatArray) -> float:
        return amount(float(np.sqrt(some[0].mean())), order(some))

    def step(some: FloatArray) -> float:
        """Extrapolate from the finest step: the power law is best there."""
        p = order(some)
        here = amount(float(np.sqrt(some[-1].mean())), p)
        return float(steps[-1] * (error / here) ** (1 / p)) if p > 0 and here > 0 else np.nan

    n = squares.shape[1]
    p, p_error = _jackknife(squares, order)
    size, size_error = _jackknife(squares, coarse)
    h, h_error = _jackknife(squares, step)
    name, note = f"order of the {what}", "slope of log rms against log h; expected 1"
    orders = [Metric(name, "path", p, stderr=p_error, n=n, note=note)]
    if limits is not None:
        low, high = limits
        orders = [
            Metric(name, "path", p, high, "<=", p_error, n, note=note),
            Metric(f"{name}, lower limit", "path", p, low, ">=", p_error, n, note=note),
        ]
    meets = f"h that meets an rms of {error:g}; extrapolated from {_list(steps)}"
    return [
        *orders,
        Metric(f"{what} at h = {steps[0]:g}", "path", size, stderr=size_error, n=n),
        Metric(f"step for this {what}", "path", h, stderr=h_error, n=n, note=meets),
    ]


def _list(steps: FloatArray) -> str:
    return "h = " + ", ".join(f"{h:g}" for h in steps)


def _statistics(
    model: EnergyModel, starts: FloatArray, finals: list[FloatArray], names: tuple[str, str]
) -> list[Metric]:
    """Extrapolate means over runs of both sides; finals are (steps, runs, N) at h, h/2, h/4."""
    statistics: dict[str, Callable[[FloatArray], FloatArray]] = {
        "mean energy": model.energy,
        "mean x^2": lambda x: np.asarray(np.mean(x**2, axis=-1)),
        "mean heat": lambda x: model.energy(starts) - model.energy(x),
    }
    metrics = []
    for what, statistic in statistics.items():
        values = [np.stack([statistic(x) for x in states]) for states in finals]
        limits = [_WEIGHTS @ side for side in values]
        for name, side, limit in zip(names, values, limits, strict=True):
            at = ", ".join(f"{mean:.6g}" for mean in side.mean(axis=1))
            note = f"at h, h/2, h/4: {at}"
            if limit is not limits[0]:
                apart, apart_error = _mean(limit - limits[0])
                note += f"; on the same noise {apart:.2g} +- {apart_error:.1g} above {names[0]}"
            value, stderr = _mean(limit)
            title = f"{what} at h = 0, {name}"
            metrics.append(Metric(title, "path", value, stderr=stderr, n=limit.size, note=note))
    return metrics


def _mean(values: FloatArray) -> tuple[float, float]:
    return float(values.mean()), float(values.std(ddof=1) / np.sqrt(values.size))


def _jackknife(squares: FloatArray, estimate: Callable[[FloatArray], float]) -> tuple[float, float]:
    """Return an estimate from (steps, runs) and its standard error, leaving out one run a time."""
    n = squares.shape[1]
    kept = ~np.eye(n, dtype=bool)
    values = np.array([estimate(squares[:, keep]) for keep in kept])
    return estimate(squares), float(np.sqrt((n - 1) / n * np.sum((values - values.mean()) ** 2)))
