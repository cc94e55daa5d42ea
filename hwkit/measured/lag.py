"""What a channel that lags does to the noise that a record shows.

The channel's output v follows x with a time constant: lag dv/dt = x - v. For a linear force,
f = K x, the covariance of v at any lag is known exactly, and with it T of `noise` as that module
computes it, quadrature included. For a nonlinear force K is the mean of its Jacobian.
"""

import numpy as np
from numpy.typing import NDArray

from hwkit.measured.linear_system import LinearMachine, discretise
from hwkit.measured.quadrature import weights

FloatArray = NDArray[np.float64]

_CLOSE = 1e-9
_NONE = 2e-3  # lag over step that is none: the exact covariance needs a number above 0


def lag_effect(
    lags: tuple[int, ...], step: float, damping: float, intensity: float, lag: float
) -> FloatArray:
    """Return what a lagging channel adds to T at some lags, (lags,), for a linear force.

    v has the covariance A exp(-a u) - B exp(-u/lag), with
    A = D / (a (1 - a^2 lag^2)), B = D lag / (1 - a^2 lag^2), a the damping.

    Args:
        lags: in samples.
        step: time between samples, in model time.
        damping: a, the mean slope of the force with its sign changed.
        intensity: D.
        lag: time constant of the channel, in model time.
    """
    if lag <= 0 or damping <= 0:
        return np.zeros(len(lags))
    room = 1 - (damping * lag) ** 2
    room = room if abs(room) > _CLOSE else _CLOSE  # the two terms cancel there
    slow, fast = intensity / (damping * room), intensity * lag / room
    most = max(max(lags), 3)
    times = step * np.arange(most + 1)
    covariance = slow * np.exp(-damping * times) - fast * np.exp(-times / lag)
    grown = covariance[0] - covariance
    rows = []
    for count in lags:
        rule = weights(count)
        integral = damping * step * float(rule @ grown[: rule.size])
        rows.append(2 * (grown[count] + integral) - 2 * intensity * step * count)
    return np.array(rows)


def lag_effects(
    lags: tuple[int, ...], step: float, slopes: FloatArray, intensity: FloatArray, lag: FloatArray
) -> FloatArray:
    """Return what lagging channels add to T at some lags, (lags, N, N).

    Args:
        lags: in samples.
        step: time between samples, in model time.
        slopes: K, (N, N).
        intensity: of each unit's noise, (N,).
        lag: of each channel, (N,), in model time.
    """
    shown = _increments(lags, step, slopes, intensity, np.maximum(lag, _NONE * step))
    return shown - _increments(lags, step, slopes, intensity, None)


def _increments(
    lags: tuple[int, ...],
    step: float,
    slopes: FloatArray,
    intensity: FloatArray,
    lag: FloatArray | None,
) -> FloatArray:
    n, most = intensity.size, max(max(lags), 3)
    rates = None if lag is None else 1 / lag
    machine = LinearMachine(np.zeros(n), slopes, intensity, np.ones(n), rates)
    system = discretise(machine, step)
    state, covariances = system.stationary, []
    for _ in range(most + 1):
        covariances.append(state[system.observed, system.observed])
        state = system.transition @ state
    zero = covariances[0]
    forces = [(zero - later.T) @ slopes.T for later in covariances]
    rows = []
    for count in lags:
        grown = zero - covariances[count]
        points = zip(weights(count), forces, strict=False)
        integral = step * sum((weight * force for weight, force in points), np.zeros((n, n)))
        rows.append(grown + grown.T - integral - integral.T)
    return np.array(rows)
