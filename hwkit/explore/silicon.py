"""Transistor machines on a bench: boards of the foundry's mismatch, each measured in ngspice.

No equation says what a transistor's mismatch does: each board's curves are measured when the page
is written (`hwkit.validation.silicon.measured`), and the page holds them. Python's twin of these
boards is `simulate_drift_machines`.
"""

from dataclasses import replace

import numpy as np

from hwkit.errors import DesignError
from hwkit.explore.controls import Values, checked_values, default_controls
from hwkit.explore.description import Bench
from hwkit.langevin import simulate_drift_machines
from hwkit.model import CurveMachine
from hwkit.study.kinds.silicon.plan import BoardsPlan, SiliconPlan
from hwkit.study.kinds.silicon.study import train_machine
from hwkit.tolerance import Limit, Yield, estimate_yield, judge
from hwkit.training import recognise
from hwkit.trajectories import FloatArray
from hwkit.validation.silicon import mismatch_board
from hwkit.validation.silicon.measured import MOST_UNITS, measured_machines
from hwkit.wiener import child_seed
from hwkit.workers import Announce, silent

ABSENT = ("corners and temperatures", "other factors on the mismatch")


def bench_of(plan: SiliconPlan, announce: Announce = silent) -> Bench:
    """Train a study's machine again, and measure its boards.

    Args:
        plan: of the study.
        announce: told of the stages.

    Raises:
        DesignError: if its boards can't be measured.
        SimulationError: if ngspice is missing.
    """
    if not plan.has_bench:
        raise DesignError(
            f"the boards of study {plan.name!r} can't be measured: a bench takes machines of at "
            f"most {MOST_UNITS} units at level 'full'; give the run of a smaller one"
        )
    announce("extraction and training")
    trained, spec = train_machine(plan), plan.boards or BoardsPlan()
    design, seed = trained.design, child_seed(plan.seed, "fabrication")
    boards = [design, *(mismatch_board(design, seed, board) for board in range(spec.count))]
    onsite = trained.curves.onsite_energy(design.scale)
    return Bench(
        plan.title or plan.name,
        design,
        None,
        trained.patterns,
        tuple(str(label) for label in plan.pictures.classes),
        default_controls(design),
        plan.comparison.t_final,
        plan.comparison.dt,
        paths=spec.samples,
        noise_seed=plan.seed,
        boards_seed=seed,
        specification=(
            Limit("recognisable share", low=spec.share),
            Limit("smallest class share", low=spec.class_share),
        ),
        machines=measured_machines(boards, onsite, announce("units swept")),
    )


def powered(bench: Bench, machine: CurveMachine, values: Values) -> CurveMachine:
    """Return a measured machine with the noise power at its value."""
    complete = checked_values(bench.controls, values)
    factors = [complete[control.name] or 0.0 for control in bench.controls]
    return replace(machine, kT=machine.kT * float(np.prod(factors)))


def board_states(
    bench: Bench, boards: list[CurveMachine], paths: int, noise_seed: int | None = None
) -> tuple[FloatArray, FloatArray]:
    """Return starts (paths, N) and end states (boards, paths, N) on the page's noise.

    Args:
        bench: with measured boards.
        boards: machines to run.
        paths: of each.
        noise_seed: root of the noise; the bench's if None.
    """
    root = bench.noise_seed if noise_seed is None else noise_seed
    prepare, generate = (child_seed(root, name, "boards") for name in ("preparation", "generation"))
    times = (bench.t_final, bench.dt, paths)
    starts = simulate_drift_machines([bench.machines[0].uncoupled()], *times, prepare)[0, :, -1]
    return starts, simulate_drift_machines(boards, *times, generate, starts)[:, :, -1]


def first_runs(bench: Bench) -> tuple[list[FloatArray], Yield]:
    """Return end states (samples, N) of the circuit as designed and of board 0, and the yield."""
    opened = [powered(bench, machine, {}) for machine in bench.machines]
    _, shown = board_states(bench, [bench.machines[0], opened[1]], bench.samples)
    _, judged = board_states(bench, opened[1:], bench.paths)
    return list(shown), _yield(bench, judged)


def _yield(bench: Bench, states: FloatArray) -> Yield:
    """Return the yield of boards with end states (boards, paths, N)."""
    found = [recognise(board, bench.patterns) for board in states]
    metrics = {
        "recognisable share": np.array([each.share for each in found]),
        "smallest class share": np.array([each.class_shares.min() for each in found]),
    }
    passed = judge(bench.specification, metrics)[0]
    return estimate_yield(int(np.count_nonzero(passed)), len(states), bench.level, bench.method)
