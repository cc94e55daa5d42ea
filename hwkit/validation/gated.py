"""Validate the circuit of a gated or segmented machine: force, paths on the same noise, classes."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwkit import fidelity
from hwkit.circuit import (
    Design,
    Scale,
    compile_cells,
    compile_model,
    compile_segments,
    with_fault,
)
from hwkit.errors import ConfigError
from hwkit.fidelity import Metric
from hwkit.langevin import TimeGrid, prepare_states, simulate_gated, simulate_gated_implicit
from hwkit.model import GatedMachine, SegmentedMachine
from hwkit.spice import Level, measure_gradient, measure_mixed_gradient, simulate_spice
from hwkit.trajectories import FloatArray, Trajectories
from hwkit.validation.design import TIGHT_RUNS, drift_states
from hwkit.wiener import child_seed, increments
from hwkit.workers import Pool, Progress

Classify = Callable[[FloatArray], NDArray[Any]]


def gated_design(
    machine: GatedMachine | SegmentedMachine,
    t_final: float,
    level: Level = "full",
    cell: str = "rc",
    scale: Scale | None = None,
    options: Any = None,
) -> Design:
    """Return the circuit of a gated machine that runs at a level of SPICE.

    Args:
        machine: the machine.
        t_final: duration of the run that segments share, in model time.
        level: "full": couplings in the netlist; "mixed": cells and gates alone.
        cell, scale, options: as for `compile_model`.

    Raises:
        DesignError: if the family has no gates, or the machine is too large for a netlist.
    """
    segmented = isinstance(machine, SegmentedMachine)
    if level == "mixed":
        return compile_cells(machine, t_final if segmented else None, cell, scale, options)
    if isinstance(machine, SegmentedMachine):
        return compile_segments(machine, t_final, cell, scale, options)
    return compile_model(machine, cell, scale, options)


def validate_gated(
    design: Design,
    t_final: float = 2.5,
    dt: float = 2.5e-3,
    n_trajectories: int = 20,
    seed: int = 0,
    level: Level = "full",
    fault: str | None = None,
    classify: Classify | None = None,
    class_limit: float = 0.97,
    jobs: int | Pool = 1,
    timeout: float | None = None,
    progress: Progress | None = None,
) -> fidelity.Verdict:
    """Compare a gated design with its machine: force field, paths at dt and dt/2, classes.

    Starts are prepared uncoupled.

    Args:
        design: made by `compile_model`, `compile_segments` (level "full") or `compile_cells`
            (level "mixed").
        t_final: duration, in model time; a whole number of steps.
        dt: time step, in model time.
        n_trajectories: number of runs.
        seed: root of the noise; the same seed gives the same runs.
        level: level of the SPICE runs.
        fault: a fault to lay on the circuit, as a negative control: the verdict must then fail.
        classify: takes states (n, n_visible) and returns a class each; None for no such row.
        class_limit: smallest share of runs whose classes are equal.
        jobs, timeout, progress: as for `simulate_spice`.

    Raises:
        ConfigError: if the design is of another machine.
    """
    machine = _machine(design)
    design = design if fault is None else with_fault(design, fault)
    grid = TimeGrid(t_final, dt)
    x0 = prepare_states(design.model, t_final, dt, n_trajectories, child_seed(seed, "preparation"))
    noise = child_seed(seed, "generation")
    spice = partial(simulate_spice, design, t_final, level=level, jobs=jobs, timeout=timeout)
    run = partial(spice, progress=progress)
    sides = [_pair(machine, grid, x0, noise, halvings, run) for halvings in (0, 1)]
    (ideal, real), fine = sides
    coarse, halved_step = (fidelity.final_differences(*side) for side in sides)
    rows = fidelity.compare(ideal, real).metrics
    [halved] = [
        Metric("path error at half the step", m.level, m.value, None, m.direction, m.stderr, m.n)
        for m in fidelity.path_metrics(*fine) if m.name == "path error"
    ]  # fmt: skip
    few = min(n_trajectories, TIGHT_RUNS)
    tight = spice(dt=dt, n_trajectories=few, x0=x0[:few], seed=noise, tight=True)
    agreed = [class_metric(ideal, real, classify, class_limit)] if classify else []
    return fidelity.merge(
        [gated_drift(design, drift_states(ideal), level, jobs=jobs, timeout=timeout)],
        [*rows, halved, *fidelity.order_metrics(coarse, halved_step)],
        [gated_scheme(design, tight, level)],
        agreed,
    )


def _pair(
    machine: GatedMachine | SegmentedMachine,
    grid: TimeGrid,
    x0: FloatArray,
    seed: int,
    halvings: int,
    spice: Callable[..., Trajectories],
) -> tuple[Trajectories, Trajectories]:
    """Return ideal runs and the circuit's on one Wiener path, at a halved step."""
    n = len(x0)
    path = increments(seed, range(n), grid.n_steps, machine.n_units, grid.dt, halvings=halvings)
    h = grid.dt / 2**halvings
    common: dict[str, Any] = {
        "n_trajectories": n, "x0": x0, "increments": path,
        "save_every": max(1, grid.n_steps // 10) * 2**halvings,
    }  # fmt: skip
    return simulate_gated(machine, grid.t_final, h, **common), spice(dt=h, **common)


def _machine(design: Design) -> GatedMachine | SegmentedMachine:
    if not isinstance(design.machine, GatedMachine | SegmentedMachine):
        raise ConfigError("the design is not of a gated machine; use validate_design")
    return design.machine


def gated_drift(
    design: Design, states: FloatArray, level: Level = "full", limit: float = 1e-6, **measuring: Any
) -> Metric:
    """Return the drift error of a gated design at states (n, N); of segments, the first one's."""
    measure = measure_gradient if level == "full" else measure_mixed_gradient
    first = _machine(design).segments[0]
    gradient = measure(design, states, **measuring)
    return fidelity.drift_metric(fidelity.drift_residual(first, states, gradient), limit)


def gated_scheme(design: Design, tight: Trajectories, level: Level, limit: float = 1e-6) -> Metric:
    """Return the largest distance of tightly solved runs to the scheme that ngspice integrates."""
    [seed] = tight.seeds
    reference = simulate_gated_implicit(
        _machine(design),
        float(tight.t[-1]),
        float(tight.attributes["dt"]),
        tight.n_trajectories,
        seed,
        tight.x[:, 0],
        couplings="implicit" if level == "full" else "explicit",
    )
    worst = float(np.max(np.abs(fidelity.final_differences(reference, tight))))
    name = {"full": "backward Euler", "mixed": "semi-implicit Euler"}[level]
    note = "tight tolerances; largest over units and runs"
    return Metric(f"distance to {name}", "path", worst, limit, n=tight.n_trajectories, note=note)


def class_metric(
    ideal: Trajectories, real: Trajectories, classify: Classify, limit: float = 0.97
) -> Metric:
    """Return the share of runs whose end states are of one class on both sides; failed ones count.

    Args:
        ideal, real: runs on the same noise.
        classify: takes states (n, N), returns a class each.
        limit: smallest share.
    """
    both = ideal.completed & real.completed
    equal = np.zeros(both.size, dtype=bool)
    equal[both] = classify(ideal.final[both]) == classify(real.final[both])
    share, n = float(equal.mean()), equal.size
    stderr = fidelity.share_error(share, n)
    return Metric("equal classes", "quality", share, limit, ">=", stderr, n, real.seeds)
