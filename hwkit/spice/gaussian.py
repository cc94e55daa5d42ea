"""Samples of a Gaussian from a circuit in ngspice: family spu, or any linear design.

    design = hwkit.compile_model(gaussian_machine(A), "spu")
    samples = sample_gaussian(design, 1000)          # precision A, so their covariance is A^-1

Samples are taken from a few long runs, so far apart that they count as independent.
"""

import numpy as np
from numpy.typing import NDArray

from hwkit.circuit import Design
from hwkit.errors import ConfigError, SimulationError
from hwkit.spice.simulate import simulate_spice
from hwkit.workers import Pool, Progress

FloatArray = NDArray[np.float64]


def sample_gaussian(
    design: Design,
    n_samples: int,
    dt: float = 0.05,
    spacing: float = 5.0,
    n_runs: int = 8,
    seed: int = 0,
    jobs: int | Pool = 1,
    timeout: float | None = None,
    progress: Progress | None = None,
) -> FloatArray:
    """Return samples of a design's states at stationarity, (n_runs, n_samples / n_runs, N).

    Args:
        design: a linear circuit.
        n_samples: in all; a whole number of them for each run.
        dt: time step. Backward Euler makes the covariance wrong by a known amount of order dt.
        spacing: model time between samples, and before the first one twice that.
        n_runs: how many independent runs share them.
        seed, jobs, timeout, progress: as for `simulate_spice`.

    Raises:
        ConfigError: if the numbers don't fit.
        SimulationError: if a run fails.
    """
    per_run, rest = divmod(n_samples, n_runs)
    if rest or per_run < 1:
        raise ConfigError(f"{n_samples} samples don't divide into {n_runs} runs; change either")
    every = round(spacing / dt)
    if every < 1:
        raise ConfigError(f"spacing = {spacing:g} is less than one step of dt = {dt:g}")
    runs = simulate_spice(
        design,
        (per_run + 1) * every * dt,
        dt,
        n_runs,
        seed,
        save_every=every,
        jobs=jobs,
        timeout=timeout,
        tight=True,
        progress=progress,
    )
    if runs.failures:
        run, reason = next(iter(runs.failures.items()))
        raise SimulationError(f"run {run} of the samples failed: {reason}")
    return runs.x[:, 2:]
