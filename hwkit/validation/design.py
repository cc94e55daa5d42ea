"""Validate one machine's circuit without a study file: drift, extraction, path."""

from functools import partial

import numpy as np

from hwkit import fidelity
from hwkit.circuit import Design, with_fault
from hwkit.langevin import prepare_states, simulate_langevin, simulate_underdamped
from hwkit.spice import LagCheck, Level, simulate_spice
from hwkit.trajectories import FloatArray, Trajectories
from hwkit.validation.drift import drift_metrics, extraction
from hwkit.validation.dynamics import has_cells
from hwkit.validation.sampler import validate_sampler
from hwkit.validation.schemes import scheme_differences, scheme_metric, with_lag
from hwkit.wiener import child_seed
from hwkit.workers import Pool, Progress

TIGHT_RUNS = 2
_DRIFT_STATES = 50


def validate_design(
    design: Design,
    t_final: float = 2.5,
    dt: float = 2.5e-3,
    n_trajectories: int = 20,
    seed: int = 0,
    level: Level = "full",
    fault: str | None = None,
    jobs: int | Pool = 1,
    timeout: float | None = None,
    progress: Progress | None = None,
    lag_check: LagCheck = "auto",
) -> fidelity.Verdict:
    """Compare a design with its model: force field, extraction, and paths on the same noise.

    Starts are prepared uncoupled.

    A machine with inertia (family rlc) is compared sharply with backward Euler; its distance to the
    ideal paths, of order dt, is reported. Family spu has no paths of a gradient machine: what is
    judged there are its samples.

    Args:
        design: the circuit.
        t_final: duration, in model time; a whole number of steps.
        dt: time step, in model time.
        n_trajectories: number of runs.
        seed: root of the noise; the same seed gives the same runs.
        level: level of the SPICE runs.
        fault: a fault to lay on the circuit, as a negative control: the verdict must then fail.
        jobs, timeout, progress, lag_check: as for `simulate_spice`.
    """
    model = design.model
    design = design if fault is None else with_fault(design, fault)
    if has_cells(design):
        return validate_sampler(design, seed=seed, jobs=jobs, timeout=timeout, progress=progress)
    every = max(1, round(t_final / dt) // 10)
    noise = child_seed(seed, "generation")
    x0 = prepare_states(model, t_final, dt, n_trajectories, child_seed(seed, "preparation"))
    reference = simulate_langevin
    if design.mass:
        reference = partial(simulate_underdamped, mass=design.mass)
    ideal = reference(model, t_final, dt, n_trajectories, noise, x0, save_every=every)
    spice = partial(simulate_spice, design, t_final, dt, level=level, jobs=jobs, timeout=timeout)
    real = spice(
        n_trajectories, noise, x0, save_every=every, progress=progress, lag_check=lag_check
    )
    again: LagCheck = "never" if level == "mixed" else "auto"  # checked above
    few = min(n_trajectories, TIGHT_RUNS)
    tight = spice(few, noise, x0[:few], tight=True, lag_check=again)
    states = drift_states(ideal)
    compared = fidelity.compare(ideal, real, path_limit=None if design.mass else "step")
    return fidelity.merge(
        [*drift_metrics(design, states, jobs=jobs, timeout=timeout), extraction(design)],
        with_lag(compared.metrics, real),
        [scheme_metric(scheme_differences(model, level, tight), level)],
    )


def drift_states(ideal: Trajectories) -> FloatArray:
    """Return states of generated paths, evenly spaced, at which to measure the force, (50, N)."""
    flat = ideal.x.reshape(-1, ideal.n_units)
    return np.asarray(flat[np.linspace(0, len(flat) - 1, _DRIFT_STATES).astype(int)])
