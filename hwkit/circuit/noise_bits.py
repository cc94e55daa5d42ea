"""Streams of bits in place of Gaussian noise: what a one-bit source of current makes.

A bit b = +-1 is held for a time T. A source of +-A then has the power spectral density (two-sided)
A^2 T sinc^2(f T), the white noise's own far below 1 / T for A^2 T = that density. As increments of
a path with the variance dt,

    dW = b dt / sqrt(T)     over each step of the T / dt that a bit lasts

so that what a bit adds up to has the variance T. Bits are the signs of the Wiener path's own
increments over T: circuits with and without bits run on the same noise.
"""

from collections.abc import Sequence

import numpy as np

from hwkit.circuit.design import Design
from hwkit.circuit.parts import FloatArray
from hwkit.errors import ConfigError
from hwkit.wiener import increments

_WHOLE = 1e-6


def noise_increments(
    design: Design, seed: int, runs: Sequence[int] | range, n_steps: int, dt: float
) -> FloatArray:
    """Return the increments that drive a design's noise sources, (len(runs), n_steps, N).

    Args:
        design: the circuit.
        seed, runs: root of the noise, and numbers of the runs.
        n_steps, dt: steps, in model time.

    Raises:
        ConfigError: if its bits don't last a whole number of steps.
    """
    path = increments(seed, runs, n_steps, design.machine.n_units, dt)
    return path if design.bit_hold is None else as_bits(path, dt, design.bit_hold)


def as_bits(path: FloatArray, dt: float, hold: float) -> FloatArray:
    """Return a path of bits, (R, K, N), with the signs of a Wiener path's increments (R, K, N).

    Args:
        path: Wiener increments.
        dt: their step, in model time.
        hold: time for which a bit is held, a whole number of steps.

    Raises:
        ConfigError: if it is not.
    """
    ratio = hold / dt
    if ratio < 1 - _WHOLE or abs(ratio - round(ratio)) > _WHOLE * ratio:
        raise ConfigError(
            f"bits last {hold:g} in model time, which is not a whole number of steps of {dt:g}; "
            "choose a step that divides it"
        )
    steps, n_steps = round(ratio), path.shape[1]
    firsts = np.arange(0, n_steps, steps)
    sums = np.add.reduceat(path, firsts, axis=1)
    bits = np.where(sums < 0, -1.0, 1.0)
    held = np.repeat(bits, steps, axis=1)[:, :n_steps]
    return np.asarray(held * dt / np.sqrt(hold))
