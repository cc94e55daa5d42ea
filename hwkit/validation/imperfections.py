"""Runs for an error budget: each cause alone and all together, on common random numbers.

Built in are what every simulation of a circuit adds: the time step (the full circuit's scheme at h
against Euler-Maruyama at h/8 on the same Wiener path), the crossbar's lag at level "mixed", and the
finite bandwidth of noise sources that join their knots linearly, as trnoise does. The others are
named by the user: options of the circuit family, and tolerances of parts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Literal

import numpy as np

from hwkit.circuit import Design, compile_model, family_options
from hwkit.errors import ConfigError
from hwkit.fidelity.budget import Cause, ErrorBudget, Statistic, error_budget
from hwkit.langevin import TimeGrid, prepare_states, simulate_langevin
from hwkit.spice import simulate_spice
from hwkit.trajectories import FloatArray, Trajectories
from hwkit.twin import simulate_boards
from hwkit.wiener import child_seed, increments
from hwkit.workers import Announce, Pool, available_cores

Level = Literal["full", "mixed", "twin"]

HALVINGS = 3  # of the step of the reference
_RUNS_AT_ONCE = 10  # of the reference: its increments fill memory
BANDWIDTH = "noise bandwidth"


@dataclass(frozen=True)
class Imperfection:
    """A cause that the user names.

    Attributes:
        name: of the cause.
        options: of the circuit family, such as {"saturation_volt": 0.3}.
        tolerance: role -> standard deviation of the relative error of each part, one board.
    """

    name: str
    options: Mapping[str, Any] = field(default_factory=dict)
    tolerance: Mapping[str, float] = field(default_factory=dict)


def design_budget(
    design: Design,
    imperfections: list[Imperfection],
    statistics: Mapping[str, Statistic],
    t_final: float = 2.5,
    dt: float = 2.5e-3,
    n_trajectories: int = 100,
    seed: int = 0,
    level: Level = "mixed",
    jobs: int | Pool = 1,
    timeout: float | None = None,
    announce: Announce | None = None,
) -> ErrorBudget:
    """Run a design with each imperfection alone and with all, and split the difference.

    Args:
        design, imperfections: the circuit with ideal parts, started uncoupled; and the causes.
        statistics: name -> function of runs that returns one number for each, (runs,).
        t_final: duration, in model time; a whole number of steps.
        dt: time step, in model time.
        n_trajectories: number of runs.
        seed: root of the noise; the same seed gives the same runs.
        level: full or mixed in ngspice, or "twin": backward Euler, which ngspice meets to 1e-6.
        jobs, timeout, announce: as for `converge`.

    Raises:
        ConfigError: if two causes have one name, or an imperfection changes nothing.
    """
    _check(design, imperfections)
    model, grid = design.model, TimeGrid(t_final, dt)
    noise, starts = child_seed(seed, "generation"), child_seed(seed, "preparation")
    x0 = prepare_states(model, t_final, dt, n_trajectories, starts)
    path = increments(noise, range(n_trajectories), grid.n_steps, model.n_units, dt)
    slow = _joined_linearly(path)

    def run(what: str, built: Design, given: FloatArray = path, at: Level = level) -> Trajectories:
        progress = announce(f"budget: {what}") if announce else None
        common: dict[str, Any] = {"n_trajectories": n_trajectories, "x0": x0, "increments": given}
        if at == "twin":
            threads = jobs if isinstance(jobs, int) else available_cores()
            common |= {"mode": "implicit", "threads": threads}
            return simulate_boards(built, t_final, dt, **common).of_board(0)
        if at == "mixed":
            common["lag_check"] = "never"  # measured here, on all runs
        spice = partial(simulate_spice, level=at, jobs=jobs, timeout=timeout, progress=progress)
        return spice(built, t_final, dt, **common)

    ideal = _reference(model, t_final, dt, x0, noise)
    base = run("ideal parts", design)
    full = run("full netlist", design, at="full") if level == "mixed" else base
    causes = [Cause("time step", ideal, full)]
    if level == "mixed":
        causes.append(Cause("crossbar's lag", full, base))
    causes.append(Cause(BANDWIDTH, base, run(BANDWIDTH, design, slow)))
    causes += [
        Cause(x.name, base, run(x.name, imperfect(design, [x], seed))) for x in imperfections
    ]
    together = run("all together", imperfect(design, imperfections, seed), slow)
    # One Wiener path a run, refined for the reference, smoothed for sources: other numbers.
    return error_budget(causes, ideal, together, statistics, same_noise=True)


def _joined_linearly(path: FloatArray) -> FloatArray:
    """Return the increments of sources that join their knots linearly, the first one 0."""
    slow = np.copy(path)
    slow[:, 1:] = 0.5 * (path[:, 1:] + path[:, :-1])
    slow[:, 0] = 0.5 * path[:, 0]
    return slow


def imperfect(design: Design, imperfections: list[Imperfection], seed: int) -> Design:
    """Return a design with some imperfections: other options, and one board's part values."""
    options = {k: v for one in imperfections for k, v in one.options.items()}
    if options:
        design = compile_model(
            design.model, design.cell, design.scale, family_options(design.cell, options)
        )
    sigmas = {role: s for one in imperfections for role, s in one.tolerance.items()}
    for role, sigma in sigmas.items():
        parts = design.group(role)
        root = child_seed(seed, "fabrication", role)
        draw = np.random.Generator(np.random.Philox(root)).standard_normal(len(parts))
        changed = replace(parts, values=parts.values * (1 + sigma * draw))
        groups = tuple(changed if p.role == role else p for p in design.parts)
        design = replace(design, parts=groups)
    return design


def _check(design: Design, imperfections: list[Imperfection]) -> None:
    names = [one.name for one in imperfections]
    for one in imperfections:
        if names.count(one.name) > 1:
            raise ConfigError(f"two causes of the budget are called {one.name!r}")
        if not one.options and not one.tolerance:
            raise ConfigError(f"cause {one.name!r} changes nothing; give options or a tolerance")
        family_options(design.cell, one.options)
        for role, sigma in one.tolerance.items():
            design.group(role)
            if not 0 < sigma < np.inf:
                raise ConfigError(
                    f"cause {one.name!r}: tolerance of {role} is {sigma!r}; it must be above 0"
                )


def _reference(model: Any, t_final: float, dt: float, x0: FloatArray, noise: int) -> Trajectories:
    """Return ideal runs at dt/8 on the refinement of the same Wiener paths."""
    grid, ends = TimeGrid(t_final, dt), []
    for first in range(0, len(x0), _RUNS_AT_ONCE):
        runs = range(first, min(first + _RUNS_AT_ONCE, len(x0)))
        path = increments(noise, runs, grid.n_steps, model.n_units, dt, halvings=HALVINGS)
        given: dict[str, Any] = {"n_trajectories": len(runs), "x0": x0[runs], "increments": path}
        ends.append(simulate_langevin(model, t_final, dt / 2**HALVINGS, **given))
    return Trajectories(ends[0].t, np.concatenate([part.x for part in ends]))
