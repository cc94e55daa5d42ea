"""Machines and records of the tests: simulated here, never by what is tested."""

import numpy as np

import hwkit
from hwkit.measured import Channel, Measurement, Record
from hwkit.measured.drift import estimate_drift
from hwkit.measured.moments import lagged_moments
from hwkit.measured.noise import estimate_noise

STEP, SECOND, VOLT = 0.05, 1e-6, 0.1


def machine(n=4, seed=1, J4=1.0, size=0.4):
    rng = np.random.default_rng(seed)
    J = np.triu(rng.normal(0, size, (n, n)), 1)
    return hwkit.EnergyModel(J + J.T, rng.normal(0, 0.3, n), hwkit.Quartic(1.0, J4), kT=0.1)


def linear_states(model, seed, runs=32, t_final=80.0):
    """Exact states (runs, T, N) of a machine with J4 = 0, after they have settled."""
    made = hwkit.simulate_ornstein_uhlenbeck(model, t_final, STEP, runs, seed, save_every=1)
    return made.x[:, 60:]


def states(model, seed, runs=32, t_final=60.0, dt=1.25e-3, hot=None):
    """States (runs, T, N) of any machine, settled; `hot` has 10 % more noise."""
    increments = None
    if hot is not None:
        rng = np.random.default_rng(seed)
        increments = rng.normal(0, dt**0.5, (runs, round(t_final / dt), model.n_units))
        increments[..., hot] *= 1.1**0.5
    every = round(STEP / dt)
    made = hwkit.simulate_langevin(
        model, t_final, dt, runs, seed, increments=increments, save_every=every
    )
    return made.x[:, 60:]


def moments_of(x, powers=(1, 2, 3), lags=5, step=STEP):
    return lagged_moments(
        ((True, piece) for piece in x), x.shape[0] * x.shape[1], step, powers, lags
    )


def fitted(x, powers=(1, 2, 3), memory=1):
    moments = moments_of(x, powers, memory + 4)
    drift = estimate_drift(moments, memory)
    return moments, drift, estimate_noise(moments, drift, memory)


def measurement(x, bits=12, calibrations=(), gain=None, offset=None):
    """The records of states behind a converter of a span of -2 to 2 in x."""
    n = x.shape[-1]
    gain = np.ones(n) if gain is None else gain
    offset = np.zeros(n) if offset is None else offset
    channels = tuple(Channel(f"CH{k + 1}", k, VOLT, 0.0, (-2 * VOLT, 2 * VOLT)) for k in range(n))
    if calibrations:  # the readout's noise is the same there
        x = x + 0.01 * np.random.default_rng(99).standard_normal(x.shape)
    shown = _converted(gain * x + offset, bits)
    run = Record(
        "run",
        "switched",
        shown.reshape(-1, n) * VOLT,
        STEP * SECOND,
        segments=(x.shape[1],) * len(x),
        switched_on=0.0,
    )
    held = tuple(_held(k, value, gain, offset, bits) for k, value in enumerate(calibrations))
    return Measurement(channels, (run, *held), SECOND)


def _held(number, value, gain, offset, bits):
    noise = 0.01 * np.random.default_rng(number).standard_normal((4000, gain.size))
    shown = _converted(gain * value + offset + noise, bits) * VOLT
    clamped = (value * VOLT,) * gain.size
    return Record(f"held {number}", "calibration", shown, STEP * SECOND, clamped=clamped)


def _converted(x, bits):
    q = 4 / 2**bits
    return np.clip(np.rint((x + 2) / q) * q - 2, -2, 2 - q)
