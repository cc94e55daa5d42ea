"""What a channel that lags does to the noise that a record shows.

The channel's output v follows x with a time constant: lag dv/dt = x - v; what is estimated from is
u, from which the stated time constant was taken out (`unlagged`). For a linear force, f = K x, the
covariance of u at any lag is known exactly, and with it T of `noise` as that module computes it,
quadrature included. For a nonlinear force K is the mean of its Jacobian.
"""

import numpy as np
from numpy.typing import NDArray

from hwkit.measured.linear_system import LinearMachine, discretise
from hwkit.measured.quadrature import weights
from hwkit.measured.unlagged import of_unlagged

FloatArray = NDArray[np.float64]

_CLOSE = 1e-9
_NONE = 2e-3  # lag over step that is none: the exact covariance needs a number above 0
_LEAST_DAMPING = 1e-3  # over the step: the variance needs a number above 0


def lag_effect(
    lags: tuple[int, ...],
    step: float,
    damping: FloatArray,
    intensity: FloatArray,
    lag: FloatArray,
    phi: float,
) -> tuple[FloatArray, FloatArray]:
    """Return what lags add to T of units that are not coupled, (lags, N), and to <x^2>, (N,).

    v has the covariance A exp(-a s) - B exp(-s/lag), with
    A = D / (a (1 - a^2 lag^2)), B = D lag / (1 - a^2 lag^2), a the damping.

    Args:
        lags: in samples.
        step: time between samples, in model time.
        damping: a, the mean slope of each unit's force with its sign changed, (N,).
        intensity: D of each unit, (N,).
        lag: time constant of each channel, in model time, (N,).
        phi: what was taken out of the samples.
    """
    a, lagging = np.maximum(damping, _LEAST_DAMPING / step), np.maximum(lag, _NONE * step)
    room = 1 - (a * lagging) ** 2
    room = np.where(np.abs(room) > _CLOSE, room, _CLOSE)  # the two terms cancel there
    most = max(max(lags), 3)
    times = step * np.arange(most + 2)[:, None]
    slow, fast = intensity / (a * room), intensity * lagging / room
    ours = slow * np.exp(-a * times) - fast * np.exp(-times / lagging)
    shown = of_unlagged(ours[:, :, None] * np.eye(a.size), phi)
    grown = np.diagonal(shown[0] - shown, axis1=1, axis2=2)
    rows = []
    for count in lags:
        rule = weights(count)
        integral = a * step * (rule @ grown[: rule.size])
        rows.append(2 * (grown[count] + integral) - 2 * intensity * step * count)
    here = (lag > 0) | (phi > 0)
    return np.array(rows) * here, (np.diagonal(shown[0]) - intensity / a) * here


def lag_effects(
    lags: tuple[int, ...],
    step: float,
    slopes: FloatArray,
    intensity: FloatArray,
    lag: FloatArray,
    phi: float,
) -> FloatArray:
    """Return what lagging channels add to T at some lags, (lags, N, N).

    Args:
        lags: in samples.
        step: time between samples, in model time.
        slopes: K, (N, N).
        intensity: of each unit's noise, (N,).
        lag: of each channel, (N,), in model time.
        phi: what was taken out of the samples.
    """
    shown = _increments(lags, step, slopes, intensity, np.maximum(lag, _NONE * step), phi)
    return shown - _increments(lags, step, slopes, intensity, None, 0.0)


def _increments(
    lags: tuple[int, ...],
    step: float,
    slopes: FloatArray,
    intensity: FloatArray,
    lag: FloatArray | None,
    phi: float,
) -> FloatArray:
    n, most = intensity.size, max(max(lags), 3)
    rates = None if lag is None else 1 / lag
    machine = LinearMachine(np.zeros(n), slopes, intensity, np.ones(n), rates)
    system = discretise(machine, step)
    state, covariances = system.stationary, []
    for _ in range(most + 2):
        covariances.append(state[system.observed, system.observed])
        state = system.transition @ state
    shown = of_unlagged(np.array(covariances), phi)
    forces = (shown[0] - shown.transpose(0, 2, 1)) @ slopes.T
    rows = []
    for count in lags:
        grown = shown[0] - shown[count]
        rule = weights(count)
        integral = step * np.tensordot(rule, forces[: rule.size], axes=1)
        rows.append(grown + grown.T - integral - integral.T)
    return np.array(rows)
