"""Validate one machine's circuit without a study file: drift, extraction, path."""

import numpy as np

from hwkit import fidelity
from hwkit.circuit import Design
from hwkit.langevin import prepare_states, simulate_langevin
from hwkit.netlist import extract_model, render
from hwkit.spice import Level, measure_gradient, simulate_spice
from hwkit.wiener import child_seed
from hwkit.workers import Progress

_DRIFT_STATES = 50


def validate_design(
    design: Design,
    t_final: float = 2.5,
    dt: float = 2.5e-3,
    n_trajectories: int = 20,
    seed: int = 0,
    level: Level = "full",
    jobs: int = 1,
    timeout: float | None = None,
    progress: Progress | None = None,
) -> fidelity.Verdict:
    """Hold a design against its model: force field, extraction, and paths on the same noise.

    Args:
        design: the circuit.
        t_final, dt, n_trajectories, seed: the paths; starts are prepared uncoupled.
        level: level of the SPICE runs.
        jobs, timeout, progress: as for `simulate_spice`.
    """
    model = design.model
    x0 = prepare_states(model, t_final, dt, n_trajectories, child_seed(seed, "preparation"))
    noise = child_seed(seed, "generation")
    every = max(1, round(t_final / dt) // 10)
    ideal = simulate_langevin(model, t_final, dt, n_trajectories, noise, x0, save_every=every)
    real = simulate_spice(
        design,
        t_final,
        dt,
        n_trajectories,
        noise,
        x0,
        save_every=every,
        level=level,
        jobs=jobs,
        timeout=timeout,
        progress=progress,
    )
    flat = ideal.x.reshape(-1, model.n_units)
    states = flat[np.linspace(0, len(flat) - 1, _DRIFT_STATES).astype(int)]
    residual = fidelity.drift_residual(model, states, measure_gradient(design, states, jobs))
    extracted = extract_model(render(design).text)
    return fidelity.merge(
        [fidelity.drift_metric(residual), fidelity.extraction_metric(model, extracted)],
        fidelity.compare(ideal, real).metrics,
    )
