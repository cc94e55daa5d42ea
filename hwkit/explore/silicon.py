"""Transistor machines on a bench: boards of the foundry's mismatch, each measured in ngspice.

No equation says what a transistor's mismatch does: each board's curves are measured when the page
is written (`hwkit.validation.silicon.measured`), and the page holds them. Python's twin of these
boards is `simulate_drift_machines`.
"""

from dataclasses import replace

import numpy as np

from hwkit.errors import DesignError
from hwkit.explore.controls import Control, Values, checked_values, default_controls
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

ABSENT = ("corners and temperatures",)


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
    factors = tuple(sorted(set(spec.factors)))
    boards = [
        mismatch_board(design, seed, board, factor)
        for factor in factors
        for board in range(spec.count)
    ]
    onsite = trained.curves.onsite_energy(design.scale)
    return Bench(
        plan.title or plan.name,
        design,
        None,
        trained.patterns,
        tuple(str(label) for label in plan.pictures.classes),
        (_mismatch(factors), *default_controls(design)),
        plan.comparison.t_final,
        plan.comparison.dt,
        paths=spec.samples,
        noise_seed=plan.seed,
        boards_seed=seed,
        specification=(
            Limit("recognisable share", low=spec.share),
            Limit("smallest class share", low=spec.class_share),
        ),
        machines=measured_machines([design, *boards], onsite, announce("units swept")),
    )


def _mismatch(factors: tuple[float, ...]) -> Control:
    """Return the control of the mismatch, at the foundry's if that is one of its factors."""
    value = 1.0 if 1.0 in factors else factors[0]
    title = "Mismatch of transistors, times the foundry's"
    return Control(
        "mismatch", title, "mismatch", "×", factors[0], factors[-1], 0.0, value, choices=factors
    )


def board_of(bench: Bench, values: Values, number: int) -> CurveMachine:
    """Return a measured board with the controls at some values."""
    complete, count = checked_values(bench.controls, values), bench.measured_boards or 0
    first = 1
    for control in bench.controls:
        if control.kind == "mismatch":
            first += count * control.choices.index(complete[control.name] or 0.0)
    return powered(bench, bench.machines[first + number], values)


def powered(bench: Bench, machine: CurveMachine, values: Values) -> CurveMachine:
    """Return a measured machine with the noise power at its value."""
    complete = checked_values(bench.controls, values)
    factors = [complete[each.name] or 0.0 for each in bench.controls if each.kind == "factor"]
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
    boards = [board_of(bench, {}, number) for number in range(bench.measured_boards or 0)]
    _, shown = board_states(bench, [bench.machines[0], boards[0]], bench.samples)
    _, judged = board_states(bench, boards, bench.paths)
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
