"""Arrange the runs of a convergence study: h, h/2, h/4 on one Wiener path per run, both sides."""

from collections.abc import Callable
from functools import partial
from typing import Any, Literal

from hwkit import fidelity
from hwkit.circuit import CELLS, Design, with_fault
from hwkit.errors import ConfigError
from hwkit.langevin import (
    TimeGrid,
    prepare_states,
    simulate_backward_euler,
    simulate_langevin,
)
from hwkit.spice import Level, simulate_spice
from hwkit.trajectories import Trajectories
from hwkit.wiener import child_seed, increments
from hwkit.workers import Pool, Progress

_HALVINGS = (0, 1, 2)

Side = Callable[..., Trajectories]


def converge(
    design: Design,
    t_final: float = 2.5,
    dt: float = 2.5e-3,
    n_trajectories: int = 20,
    seed: int = 0,
    level: Level | Literal["reference"] = "full",
    error: float = 1e-3,
    fault: str | None = None,
    jobs: int | Pool = 1,
    timeout: float | None = None,
    announce: Callable[[str], Progress] | None = None,
) -> fidelity.Verdict:
    """Halve the step twice on the same noise and say what the step costs.

    Starts are prepared uncoupled; dt is the coarsest of the three steps.

    Args:
        design: the circuit.
        t_final: duration, in model time; a whole number of steps.
        dt: time step, in model time.
        n_trajectories: number of runs.
        seed: root of the noise; the same seed gives the same runs.
        level: level of the SPICE runs; "reference" takes backward Euler in their place, which is
            what SPICE integrates, and needs no ngspice.
        error: requested rms error of the end states.
        fault: a fault to lay on the circuit, as a negative control: the verdict must then fail.
        jobs, timeout: as for `simulate_spice`.
        announce: called with the name of each stage, returns its progress function.
    """
    if n_trajectories < 2:
        raise ConfigError("convergence needs 2 runs or more, for a standard error")
    if not error > 0:
        raise ConfigError(f"the requested rms error is {error!r}; it must be above 0")
    family = CELLS.get(design.cell)
    if family is not None and not family.overdamped:
        raise ConfigError(
            f"convergence compares overdamped machines, which family {design.cell} is not; use rc "
            "or resistive, or validate without --converge"
        )
    model, grid = design.model, TimeGrid(t_final, dt)
    x0 = prepare_states(model, t_final, dt, n_trajectories, child_seed(seed, "preparation"))
    noise = child_seed(seed, "generation")
    if fault is not None:
        if level == "reference":
            raise ConfigError("a fault is put into a circuit; choose level 'full' or 'mixed'")
        design = with_fault(design, fault)
    circuit, name = _circuit(design, level, jobs, timeout)
    sides: tuple[list[Trajectories], list[Trajectories]] = ([], [])
    for halvings in _HALVINGS:
        h = dt / 2**halvings
        path = increments(
            noise, range(n_trajectories), grid.n_steps, model.n_units, dt, halvings=halvings
        )
        common: dict[str, Any] = {"n_trajectories": n_trajectories, "x0": x0, "increments": path}
        sides[0].append(simulate_langevin(model, t_final, h, **common))
        progress = announce(f"{name} runs, h = {h:g}") if announce else None
        sides[1].append(circuit(t_final, h, progress, **common))
    names = ("Euler-Maruyama", name)
    return fidelity.merge(fidelity.convergence_metrics(model, *sides, error, names))


def _circuit(
    design: Design, level: Level | Literal["reference"], jobs: int | Pool, timeout: float | None
) -> tuple[Side, str]:
    """Return what runs the circuit's side, and its name."""
    if level == "reference":

        def reference(
            t_final: float, h: float, progress: Progress | None, **common: Any
        ) -> Trajectories:
            return simulate_backward_euler(design.model, t_final, h, **common)

        return reference, "backward Euler"
    spice = partial(simulate_spice, design, level=level, jobs=jobs, timeout=timeout)

    def run(t_final: float, h: float, progress: Progress | None, **common: Any) -> Trajectories:
        return spice(t_final, h, progress=progress, **common)

    return run, f"SPICE ({level})"
