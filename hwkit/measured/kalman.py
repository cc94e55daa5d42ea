"""Exact likelihood of a linear machine's records, by the Kalman filter, and its gradient.

    log L = -1/2 sum_k [ log det 2 pi S_k + e_k^T S_k^-1 e_k ],   e_k = y_k - H m_k|k-1

Each piece of a record starts in the stationary state. The gradient follows from the smoothed
moments (Fisher's identity): it is the mean, given the record, of the gradient of the joint density
of record and states. Covariances don't depend on the record; they are iterated until they no longer
change to rounding, at either end of a piece, and are constant between.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwkit.compiling import kept, numba
from hwkit.measured.linear_system import System, Tangents

FloatArray = NDArray[np.float64]
Spreads = tuple[FloatArray, FloatArray, FloatArray, FloatArray]

_CONVERGED = 1e-15  # relative change of a covariance in one step


@dataclass(frozen=True, eq=False)
class Filtered:
    """Covariances of the first samples, as long as they change; the last ones hold from there on.

    Attributes:
        predicted: P_k|k-1, (T, S, S).
        updated: P_k|k, (T, S, S).
        gains: K_k, (T, S, N).
        precisions: S_k^-1, (T, N, N).
        logdets: log det 2 pi S_k, (T,).
        back: P_k|k F^T P_k+1|k^-1, (T, S, S).
    """

    predicted: FloatArray
    updated: FloatArray
    gains: FloatArray
    precisions: FloatArray
    logdets: FloatArray
    back: FloatArray


@dataclass(frozen=True, eq=False)
class Smoothed:
    """Sums of moments of the states about their mean, given the record."""

    first: FloatArray  # E[u_0 u_0^T]
    start: FloatArray  # E[u_0]
    same: FloatArray  # of all but the last
    later: FloatArray  # of all but the first
    crossed: FloatArray  # u_{k+1} u_k^T
    ends: FloatArray  # sum of u_{k+1} - F u_k
    misread: FloatArray  # (y - H z)(y - H z)^T
    samples: int


def log_likelihood(system: System, pieces: list[FloatArray]) -> float:
    """Return log L of records, each (samples, N)."""
    total = 0.0
    filtered = _covariances(system, max(map(len, pieces)))
    for piece in pieces:
        *_, squares = _means(system, filtered, piece)
        ends = np.minimum(np.arange(len(piece)), len(filtered.logdets) - 1)
        total -= 0.5 * (squares + float(filtered.logdets[ends].sum()))
    return total


def gradient(system: System, tangents: Tangents, pieces: list[FloatArray]) -> FloatArray:
    """Return the gradient of log L by the parameters, (P,)."""
    filtered = _covariances(system, max(map(len, pieces)))
    spreads = {n: _spreads(filtered, n) for n in {len(piece) for piece in pieces}}
    smoothed = [_smooth(system, filtered, spreads[len(piece)], piece) for piece in pieces]
    total: FloatArray = np.sum([_joint(system, tangents, part) for part in smoothed], axis=0)
    return total


def _covariances(system: System, samples: int) -> Filtered:
    rows: list[tuple[NDArray[Any], ...]] = []
    predicted, seen = system.stationary, system.observed
    for _ in range(samples):
        innovation = predicted[seen, seen] + np.diag(system.readout)
        precision = np.linalg.inv(innovation)
        gain = predicted[:, seen] @ precision
        updated = predicted - gain @ innovation @ gain.T
        following = system.transition @ updated @ system.transition.T + system.noise
        back = np.linalg.solve(following, system.transition @ updated).T
        logdet = np.linalg.slogdet(2 * np.pi * innovation)[1]
        rows.append((predicted, updated, gain, precision, np.array(logdet), back))
        change = float(np.max(np.abs(following - predicted)))
        if change <= _CONVERGED * float(np.max(np.abs(predicted))):
            break
        predicted = following
    return Filtered(*(np.stack(column) for column in zip(*rows, strict=True)))


@kept(numba.njit)
def _filter(
    y: FloatArray,
    mean: FloatArray,
    transition: FloatArray,
    gains: FloatArray,
    precisions: FloatArray,
    first: int,
    updated: FloatArray,
) -> float:  # pragma: no cover - compiled
    """Write updated means about `mean`, (samples, S); return the sum of e^T S^-1 e."""
    samples, n = y.shape
    states, last = mean.size, gains.shape[0] - 1
    predicted, error, squares = np.zeros(states), np.empty(n), 0.0
    for k in range(samples):
        at = min(k, last)
        for i in range(n):
            error[i] = y[k, i] - mean[first + i] - predicted[first + i]
        for i in range(n):
            for j in range(n):
                squares += error[i] * precisions[at, i, j] * error[j]
        for i in range(states):
            value = predicted[i]
            for j in range(n):
                value += gains[at, i, j] * error[j]
            updated[k, i] = value
        for i in range(states):
            value = 0.0
            for j in range(states):
                value += transition[i, j] * updated[k, j]
            predicted[i] = value
    return squares


@kept(numba.njit)
def _backwards(
    smoothed: FloatArray, transition: FloatArray, back: FloatArray
) -> None:  # pragma: no cover - compiled
    """Turn updated means into smoothed ones, in place."""
    samples, states = smoothed.shape
    last, away = back.shape[0] - 1, np.empty(states)
    for k in range(samples - 2, -1, -1):
        at = min(k, last)
        for i in range(states):
            value = smoothed[k + 1, i]
            for j in range(states):
                value -= transition[i, j] * smoothed[k, j]
            away[i] = value
        for i in range(states):
            value = 0.0
            for j in range(states):
                value += back[at, i, j] * away[j]
            smoothed[k, i] += value


def _means(system: System, filtered: Filtered, y: FloatArray) -> tuple[FloatArray, float]:
    updated = np.empty((len(y), system.mean.size))
    squares = _filter(
        np.ascontiguousarray(y),
        system.mean,
        system.transition,
        filtered.gains,
        filtered.precisions,
        system.observed.start,
        updated,
    )
    return updated, float(squares)


def _smooth(system: System, filtered: Filtered, spreads: Spreads, y: FloatArray) -> Smoothed:
    u, _ = _means(system, filtered, y)
    _backwards(u, system.transition, filtered.back)
    own, crossed, first, last = spreads
    moved = u[1:] - u[:-1] @ system.transition.T
    misread = y - system.mean[system.observed] - u[:, system.observed]
    seen = system.observed
    return Smoothed(
        first=np.outer(u[0], u[0]) + first,
        start=u[0],
        same=u[:-1].T @ u[:-1] + own - last,
        later=u[1:].T @ u[1:] + own - first,
        crossed=u[1:].T @ u[:-1] + crossed,
        ends=moved.sum(axis=0),
        misread=misread.T @ misread + own[seen, seen],
        samples=len(y),
    )


def _spreads(filtered: Filtered, samples: int) -> Spreads:
    """Return sums of smoothed covariances and of those with the next, the first and the last."""
    end = len(filtered.back) - 1
    last = covariance = filtered.updated[min(samples - 1, end)]
    own, crossed = covariance.copy(), np.zeros_like(covariance)
    k = samples - 2
    while k >= 0:
        at, following = min(k, end), filtered.predicted[min(k + 1, end)]
        back = filtered.back[at]
        before = covariance
        crossed += before @ back.T
        covariance = filtered.updated[at] + back @ (before - following) @ back.T
        own += covariance
        k -= 1
        change = float(np.max(np.abs(covariance - before)))
        if k > end and change <= _CONVERGED * float(np.max(np.abs(covariance))):
            own += (k - end) * covariance
            crossed += (k - end) * (covariance @ back.T)
            k = end
    return own, crossed, covariance, last


def _joint(system: System, tangents: Tangents, moments: Smoothed) -> FloatArray:
    """Return the gradient of the joint density's logarithm, averaged over the states."""
    F, n = system.transition, moments.samples
    moved = moments.crossed @ F.T
    spread = moments.later - moved - moved.T + F @ moments.same @ F.T
    noise, start = np.linalg.inv(system.noise), np.linalg.inv(system.stationary)
    by_noise = 0.5 * (noise @ spread @ noise - (n - 1) * noise)
    by_start = 0.5 * (start @ moments.first @ start - start)
    by_transition = noise @ (moments.crossed - F @ moments.same)
    by_mean = (np.eye(len(F)) - F).T @ noise @ moments.ends + start @ moments.start
    by_readout = 0.5 * (np.diagonal(moments.misread) / system.readout**2 - n / system.readout)
    return np.asarray(
        np.einsum("pij,ij->p", tangents.noise, by_noise)
        + np.einsum("pij,ij->p", tangents.stationary, by_start)
        + np.einsum("pij,ij->p", tangents.transition, by_transition)
        + tangents.mean @ by_mean
        + tangents.readout @ by_readout
    )
