"""What a channel that lags does to the drift and the noise that a record shows.

The channel's output v follows x with a time constant: lag dv/dt = x - v; what is estimated from is
u, from which the stated time constant was taken out (`unlagged`). For a linear force, f = K x, the
covariance of u at any lag is known exactly, and with it T of `noise` as that module computes it,
quadrature included. What the equation of `drift` misses by has the form of readout noise that its
samples share. For a nonlinear force K is the mean of its Jacobian.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hwkit.measured.drift import INTERVAL
from hwkit.measured.linear_system import LinearMachine, discretise
from hwkit.measured.quadrature import weights
from hwkit.measured.unlagged import of_unlagged

FloatArray = NDArray[np.float64]

_CLOSE = 1e-9
_NONE = 2e-3  # lag over step that is none: the exact covariance needs a number above 0
_LEAST_DAMPING = 1e-3  # over the step: the variance needs a number above 0


@dataclass(frozen=True)
class Sampling:
    """How samples are used.

    Attributes:
        lags: those at which increments are taken, in samples.
        first: samples to the start of the drift's increment (`drift`).
        step: time between samples, in model time.
        phi: what was taken out of the samples, of channels that lag (`unlagged`).
    """

    lags: tuple[int, ...]
    first: int
    step: float
    phi: float

    @property
    def _most(self) -> int:
        return max(max(self.lags), 3)


@dataclass(frozen=True, eq=False)
class LagEffect:
    """What lags add to the moments of units that are not coupled.

    Attributes:
        noise: to T, (lags, ..., N).
        variance: to <x^2>, (..., N).
        shared: to the covariance of samples that drift is estimated from, (..., N).
    """

    noise: FloatArray
    variance: FloatArray
    shared: FloatArray


def lag_effect(
    sampling: Sampling, damping: FloatArray, intensity: FloatArray, lag: FloatArray
) -> LagEffect:
    """Return what lags add, for a linear force.

    v has the covariance A exp(-a s) - B exp(-s/lag), with
    A = D / (a (1 - a^2 lag^2)), B = D lag / (1 - a^2 lag^2), a the damping. A fit that strays below
    a lag of 0 finds the straight continuation there.

    Args:
        sampling: how samples are used.
        damping: a, the mean slope of each unit's force with its sign changed, (..., N).
        intensity: D of each unit, (..., N).
        lag: time constant of each channel, in model time, (..., N).
    """
    none = _NONE * sampling.step
    added = _added(sampling, damping, intensity, np.maximum(np.abs(lag), none))
    if sampling.phi == 0:
        added *= np.clip(lag / none, -1, 1)
    elif np.any(lag < 0):
        least = _added(sampling, damping, intensity, np.full_like(lag, none))
        added = np.where(lag < 0, 2 * least - added, added)
    return LagEffect(added[:-2], added[-2], added[-1])


def _added(
    sampling: Sampling, damping: FloatArray, intensity: FloatArray, lag: FloatArray
) -> FloatArray:
    """Return the rows of a `LagEffect`, (lags + 2, ..., N)."""
    step, first = sampling.step, sampling.first
    a = np.maximum(damping, _LEAST_DAMPING / step)
    room = 1 - (a * lag) ** 2
    room = np.where(np.abs(room) > _CLOSE, room, _CLOSE)  # the two terms cancel there
    times = step * np.arange(sampling._most + 2).reshape(-1, *(1,) * a.ndim)
    slow, fast = intensity / (a * room), intensity * lag / room
    ours = slow * np.exp(-a * times) - fast * np.exp(-times / lag)
    covariance = of_unlagged(ours, ours[1], sampling.phi)
    grown = covariance[0] - covariance
    rows = [
        2 * (grown[count] + _integrated(grown, count, a * step) - intensity * step * count)
        for count in sampling.lags
    ]
    rows.append(covariance[0] - intensity / a)
    rows.append(_missed(covariance[first : first + INTERVAL + 1], a * step))
    return np.array(rows)


def _integrated(values: FloatArray, count: int, scale: FloatArray | float) -> FloatArray:
    """Return the integral of values at whole steps, over so many, times a scale."""
    rule = weights(count)
    return np.asarray(scale * np.tensordot(rule, values[: rule.size], axes=1))


def _missed(covariance: FloatArray, decay: FloatArray) -> FloatArray:
    """Return the shared noise by which the drift's equation misses covariances, (..., N)."""
    rule = weights(INTERVAL)[: INTERVAL + 1]
    missed = covariance[-1] - covariance[0] + decay * np.tensordot(rule, covariance, axes=1)
    return np.asarray(-missed / (1 + decay * rule[0]))


def lag_effects(
    sampling: Sampling, slopes: FloatArray, intensity: FloatArray, lag: FloatArray
) -> FloatArray:
    """Return what lagging channels add to T at some lags, (lags, N, N).

    Args:
        sampling: how samples are used.
        slopes: K, (N, N).
        intensity: of each unit's noise, (N,).
        lag: of each channel, (N,), in model time.
    """
    shown = _increments(sampling, slopes, intensity, np.maximum(lag, _NONE * sampling.step))
    return shown - _increments(replace(sampling, phi=0.0), slopes, intensity, None)


def _increments(
    sampling: Sampling, slopes: FloatArray, intensity: FloatArray, lag: FloatArray | None
) -> FloatArray:
    n, step = intensity.size, sampling.step
    rates = None if lag is None else 1 / lag
    machine = LinearMachine(np.zeros(n), slopes, intensity, np.ones(n), rates)
    system = discretise(machine, step)
    state, covariances = system.stationary, []
    for _ in range(sampling._most + 2):
        covariances.append(state[system.observed, system.observed])
        state = system.transition @ state
    shown = of_unlagged(np.array(covariances), covariances[1].T, sampling.phi)
    forces = (shown[0] - shown.transpose(0, 2, 1)) @ slopes.T
    rows = []
    for count in sampling.lags:
        moved = shown[0] - shown[count] - _integrated(forces, count, step)
        rows.append(moved + moved.T)
    return np.array(rows)
