"""Run a design in ngspice, driven by the same Wiener increments as the ideal machine.

One run is one ngspice transient with backward Euler on the grid of the increments. At level "full"
the netlist holds every coupling; at level "mixed" ngspice holds the cells, and the crossbar's
currents, computed from the last accepted states, join the noise at each node: an error of order dt.
Every run happens in a worker process: a crash or a hang of ngspice costs that run alone.

Where ngspice was built with the solver KLU, coupled circuits use it: the same states to rounding,
up to several times faster. Isolated cells don't: their matrix needs no elimination.
"""

from dataclasses import replace
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hwkit.circuit import Design
from hwkit.errors import ConfigError, DesignError, SimulationError
from hwkit.langevin import SaveEvery, TimeGrid, checked_increments, checked_starts, run_facts
from hwkit.netlist import tight_options
from hwkit.spice.cost import mixed_level_cost, netlist_cost
from hwkit.spice.crossbar import Crossbar
from hwkit.spice.experts import ExpertCrossbar, check_segments
from hwkit.spice.foreign import ForeignCircuit
from hwkit.spice.library import find_library
from hwkit.spice.runnable import Circuit
from hwkit.spice.running import Level, Setup, Task, apart, beside
from hwkit.spice.silicon import with_curves
from hwkit.trajectories import Trajectories
from hwkit.wiener import checked_seed
from hwkit.workers import Failure, Pool, Progress, run_tasks

FloatArray = NDArray[np.float64]

LagCheck = Literal["auto", "always", "never"]

LAG_SECONDS = 10.0  # estimated; a check that takes longer is left out
_LAG_SHARE = 0.5  # of the estimated time of the runs themselves, if that is longer
LAG_RUNS = 2


def simulate_spice(
    design: Circuit,
    t_final: float,
    dt: float = 2.5e-3,
    n_trajectories: int = 1,
    seed: int = 0,
    x0: ArrayLike | None = None,
    increments: ArrayLike | None = None,
    save_every: SaveEvery = None,
    level: Level = "full",
    crossbar: Crossbar | ExpertCrossbar | None = None,
    jobs: int | Pool = 1,
    timeout: float | None = None,
    tight: bool = False,
    progress: Progress | None = None,
    lag_check: LagCheck = "auto",
) -> Trajectories:
    """Simulate a design's circuit in ngspice; failed runs are NaN and named in `failures`.

    Args:
        design: the circuit; a foreign one runs at level "full" only.
        t_final: duration, in model time; a whole number of steps.
        dt: time step, in model time.
        n_trajectories: number of runs.
        seed: root of the noise; the same seed gives the same runs.
        x0, increments, save_every: as for `simulate_langevin`.
        level, crossbar: "full", or "mixed" with the crossbar outside ngspice: the design's ideal
            one if None.
        jobs, timeout: worker processes, or a pool elsewhere; seconds that one run may take.
        tight: solve each step to 1e-6 relative; by default ngspice makes one Newton iteration.
        progress: called as progress(done, total).
        lag_check: of the mixed level: repeat two runs with the full netlist and store the rms
            difference of their end states as `lag_error`, with `lag_runs`. "auto" does so where it
            takes an estimated 10 s or half the time of the runs; else `lag_check` says why not.

    Raises:
        SimulationError: if ngspice is not installed, or if every run failed.
        DataError, ConfigError: if the arguments don't fit each other.
    """
    design = _ready(design, level, crossbar)
    grid, n_units = TimeGrid(t_final, dt, save_every), design.machine.n_units
    if isinstance(design, Design):
        check_segments(design, grid)
    seed = checked_seed(seed)
    starts = checked_starts(x0, n_trajectories, n_units)
    given = checked_increments(increments, n_trajectories, grid.n_steps, n_units)
    _check_lag_check(lag_check, level, crossbar)
    find_library()  # complain here, once, rather than in every worker
    setup = Setup(design, grid, seed, level, crossbar, _tight(design) if tight else "")
    paths = [None] * n_trajectories if given is None else given
    tasks = [Task(run, *each) for run, each in enumerate(zip(starts, paths, strict=True))]
    results = run_tasks("hwkit.spice.running:runner", apart(setup), tasks, jobs, timeout, progress)
    states, failures = stacked(some_ran(results), (grid.saved_steps.size, n_units))
    attributes = run_facts("ngspice", design.machine, grid.dt, seed, given)
    attributes |= circuit_facts(design, level)
    if isinstance(design, Design) and level == "mixed" and crossbar is None:
        left_out = lag_left_out(design, grid.n_steps, n_trajectories, lag_check)
        lag = {} if left_out else _lag(setup, tasks[:LAG_RUNS], states, jobs, timeout)
        attributes |= {"lag_check": left_out} if left_out else lag
    return Trajectories(grid.saved_times, states, failures, attributes)


def _ready(design: Circuit, level: Level, crossbar: Crossbar | ExpertCrossbar | None) -> Circuit:
    """Return a design that carries what the level needs of it, if it can be run there."""
    if level == "mixed" and isinstance(design, Design):
        design = with_curves(design)
    check_level(design, level, crossbar)
    return design


def check_level(design: Circuit, level: Level, crossbar: Crossbar | ExpertCrossbar | None) -> None:
    """Refuse what can't be run at a level, or beside a crossbar."""
    if not isinstance(design, Circuit):
        kind = type(design).__name__
        raise DesignError(
            f"simulate_spice takes a circuit and got {kind}; make one with hwkit.compile_model"
        )
    if level not in ("full", "mixed"):
        raise ConfigError(f"level {level!r} is unknown; choose 'full' or 'mixed'")
    if level == "mixed":
        if isinstance(design, ForeignCircuit):
            raise ConfigError("a foreign netlist has no crossbar to take out; choose level 'full'")
        if crossbar is None and not design.transistors:  # which `apart` takes apart
            beside(design)  # refuses a design without one, here and not in every worker
    elif isinstance(design, Design) and design.gated and not design.has("coupling"):
        raise ConfigError("the design's couplings are beside its netlist; choose level 'mixed'")
    n_units = design.machine.n_units
    if crossbar is not None and (level != "mixed" or crossbar.n_units != n_units):
        raise ConfigError(f"a crossbar is for level 'mixed' and {n_units} units")


def _tight(design: Circuit) -> str:
    """Return the options that have a circuit solved to 1e-6."""
    return tight_options(design.solving_scale)


def circuit_facts(design: Circuit, level: Level) -> dict[str, Any]:
    """Return what is stored of the circuit beside its runs."""
    mass = {"mass": design.mass} if design.mass else {}
    return {"level": level, "cell": design.cell} | mass


def stacked(results: list[Any], shape: tuple[int, int]) -> tuple[FloatArray, dict[int, str]]:
    """Return the states of all runs, (runs, T, N), failed ones NaN, and why those failed."""
    failures = {run: r.reason for run, r in enumerate(results) if isinstance(r, Failure)}
    lost = np.full(shape, np.nan)
    return np.stack([lost if isinstance(r, Failure) else r for r in results]), failures


def some_ran(results: list[Any]) -> list[Any]:
    """Return results of runs; refuse them if every one is a failure."""
    if all(isinstance(result, Failure) for result in results):
        raise SimulationError(
            f"all {len(results)} SPICE runs failed; the first: {results[0].reason}"
        )
    return results


def _check_lag_check(
    lag_check: LagCheck, level: Level, crossbar: Crossbar | ExpertCrossbar | None
) -> None:
    if lag_check not in get_args(LagCheck):
        raise ConfigError(f"lag_check is {lag_check!r}; choose {', '.join(get_args(LagCheck))}")
    if lag_check == "auto":
        return
    if level != "mixed":
        raise ConfigError(
            f"lag_check is {lag_check!r}, but level {level!r} has no lag; leave it out or choose "
            "level 'mixed'"
        )
    if crossbar is not None:
        raise ConfigError(
            f"lag_check is {lag_check!r}, but the netlist does not hold a crossbar that is given; "
            "leave lag_check out"
        )


def lag_left_out(design: Design, n_steps: int, n_runs: int, lag_check: LagCheck) -> str:
    """Say why the lag is not checked; nothing if it is to be."""
    if not (design.has("coupling") or design.transistors):
        return "not checked: there is no full netlist, since the couplings are beside it"
    if lag_check == "always":
        return ""
    if lag_check == "never":
        return "not checked, as asked for"
    if design.gated:
        return "not checked: what the full gated netlist takes is not estimated; ask for 'always'"
    few = min(LAG_RUNS, n_runs)
    cost = netlist_cost(design, "full", n_steps, few)
    own = mixed_level_cost(design.machine.n_units, n_steps, n_runs)
    limit = max(LAG_SECONDS, _LAG_SHARE * own.seconds)
    if cost.seconds <= limit and not cost.at_least:
        return ""
    return (
        f"not checked: {few} runs of the full netlist take an estimated {cost.describe()}, above "
        f"the limit of {limit:.2g} s; lag_check = 'always' (--lag-check always) makes them"
    )


def _lag(
    setup: Setup, tasks: list[Task], states: FloatArray, jobs: int | Pool, timeout: float | None
) -> dict[str, float]:
    """Repeat some mixed-level runs with the full netlist and return how far apart they end."""
    full = replace(setup, level="full", grid=replace(setup.grid, save_every=None))
    results = run_tasks("hwkit.spice.running:runner", full, tasks, jobs, timeout)
    differences = [
        states[task.run, -1] - result[-1]
        for task, result in zip(tasks, results, strict=True)
        if not isinstance(result, Failure) and np.isfinite(states[task.run, -1]).all()
    ]
    error = float(np.sqrt(np.mean(np.square(differences)))) if differences else float("nan")
    return {"lag_error": error, "lag_runs": len(differences)}
