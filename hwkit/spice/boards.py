"""Simulate many circuits of one machine on the same noise, all in the same workers."""

from collections.abc import Callable, Sequence

from hwkit.circuit import Design
from hwkit.langevin import TimeGrid, run_facts
from hwkit.spice.library import find_library
from hwkit.spice.running import FloatArray, Level, Setup, Task, apart, runner
from hwkit.spice.silicon import with_curves
from hwkit.spice.simulate import check_level, circuit_facts, some_ran, stacked
from hwkit.trajectories import Trajectories
from hwkit.wiener import checked_seed
from hwkit.workers import Pool, Progress, run_tasks


def simulate_spice_boards(
    designs: Sequence[Design],
    grid: TimeGrid,
    seed: int,
    starts: FloatArray,
    level: Level = "full",
    jobs: int | Pool = 1,
    progress: Progress | None = None,
) -> list[Trajectories]:
    """Simulate circuits of one machine on the same noise, all in the same workers.

    A board on which every run failed is NaN throughout: it counts, as failed.

    Args:
        designs: at least one, of the same number of units.
        grid, seed: times and root of the noise, the same for each.
        starts: start states, (runs, N), the same for each.
        level, jobs, progress: as for `simulate_spice`.

    Raises:
        SimulationError: if ngspice is missing, or every run of all designs failed.
    """
    find_library()
    made = [with_curves(design) for design in designs] if level == "mixed" else list(designs)
    for design in made:
        check_level(design, level, None)
    root = checked_seed(seed)
    setups = [apart(Setup(design, grid, root, level, None, "")) for design in made]
    runs = [Task(run, x0, None) for run, x0 in enumerate(starts)]
    tasks = [(board, run) for board in range(len(made)) for run in runs]
    found = run_tasks("hwkit.spice.boards:_boards_runner", setups, tasks, jobs, None, progress)
    some_ran(found)
    shape, results = (grid.saved_steps.size, starts.shape[1]), []
    for board, design in enumerate(made):
        first = board * len(runs)
        states, failures = stacked(found[first : first + len(runs)], shape)
        facts = run_facts("ngspice", design.machine, grid.dt, seed, None)
        facts |= circuit_facts(design, level)
        results.append(Trajectories(grid.saved_times, states, failures, facts))
    return results


def _boards_runner(setups: list[Setup]) -> Callable[[tuple[int, Task]], FloatArray]:
    """Return what runs a task on its board; the last board stays loaded."""
    loaded: list[tuple[int, Callable[[Task], FloatArray]]] = []

    def run(task: tuple[int, Task]) -> FloatArray:
        board, own = task
        if not loaded or loaded[0][0] != board:
            loaded[:] = [(board, runner(setups[board]))]
        return loaded[0][1](own)

    return run
