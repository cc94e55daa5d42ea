"""Co-design studies: plain, device-aware, robust and calibrated machines on the same boards.

Trainings use the noising protocol alone. What is left to choose (the multiple of the tolerances to
train against) is chosen on pilot boards; results come from fresh ones. Every board has noise of its
own, the same for all variants, so differences are paired.
"""

from collections.abc import Mapping

import numpy as np

from hwkit.codesign.boards_evaluation import (
    BoardEvaluator,
    BoardQualities,
    Calibration,
    VariantQuality,
)
from hwkit.fidelity import Verdict
from hwkit.ordering import largest
from hwkit.study.kinds.codesign.plan import CodesignPlan
from hwkit.study.kinds.codesign.results import RESULTS, CodesignResults, VariantBoards
from hwkit.study.kinds.codesign.training import TrainedMachine, Trial
from hwkit.study.kinds.codesign.verdict import judge
from hwkit.study.run import Run
from hwkit.study.values import read_value
from hwkit.training import balanced_share, loss_per_step
from hwkit.wiener import child_seed

_HELD_OUT = "held-out.json"


def compute(plan: CodesignPlan, run: Run[CodesignPlan]) -> Verdict:
    """Train every variant, measure all of them on the same boards and judge them."""
    factors = plan.robust.factors if "robust" in plan.variants else []
    with run.stage("training"):
        trial = Trial.of(plan)
        machines = trial.machines()
        tried = {f"robust x {factor:g}": trial.robust(factor) for factor in factors}
    pilot: dict[str, float] = {}
    if tried:
        pilot = _pilot_scores(trial, run, machines["ideal"], tried)
        machines["robust"] = tried[list(pilot)[largest(list(pilot.values()))]]
    boards = _fresh_boards(trial, run, machines)
    drifts = {name: trained.machine for name, trained in machines.items()}
    with run.stage("held-out losses"):
        losses = run.folder.value(_HELD_OUT, dict[str, list[float]], lambda: trial.held_out(drifts))
    results = CodesignResults(
        boards=boards,
        pilot=pilot,
        loss={name: float(np.mean(values)) for name, values in losses.items()},
        gradient={name: trained.gradient for name, trained in machines.items()},
        units=trial.size(drifts["plain"]),
    )
    run.folder.write_value(RESULTS, results)
    return judge(plan, results, losses)


def _pilot_scores(
    trial: Trial,
    run: Run[CodesignPlan],
    ideal: TrainedMachine,
    tried: Mapping[str, TrainedMachine],
) -> dict[str, float]:
    """Return the score on pilot boards of the machine of every factor."""
    evaluator = evaluator_of(trial, {"ideal": ideal, **tried}, "pilot", None)
    boards = _evaluated(run, evaluator, "pilot", trial.plan.boards.pilot)
    return {name: _score([board[name] for board in boards]) for name in tried}


def _score(boards: list[VariantQuality]) -> float:
    """Return the mean share minus the rarest class's shortfall below half of 1/P."""
    share = float(np.mean([board.share for board in boards]))
    return balanced_share(share, np.mean([board.class_shares for board in boards], axis=0))


def _fresh_boards(
    trial: Trial, run: Run[CodesignPlan], machines: Mapping[str, TrainedMachine]
) -> dict[str, VariantBoards]:
    """Return what machines do on the boards that decide."""
    plan, calibration = trial.plan, None
    if "calibrated" in plan.variants:
        how = plan.calibration
        calibration = Calibration(how.runs, how.t_final, how.dac())
    evaluator = evaluator_of(trial, machines, "fresh", calibration)
    boards = _evaluated(run, evaluator, "fresh", plan.boards.fresh)
    return {
        name: VariantBoards(
            share=[board[name].share for board in boards],
            class_shares=[board[name].class_shares for board in boards],
            loss=[
                loss_per_step(board[name].phi, 1.0, plan.paper.kT, plan.noising.dt)
                for board in boards
            ],
        )
        for name in boards[0]
    }


def evaluator_of(
    trial: Trial,
    machines: Mapping[str, TrainedMachine],
    role: str,
    calibration: Calibration | None,
) -> BoardEvaluator:
    """Return what evaluates the boards of a role: pilot boards give no results."""
    plan = trial.plan
    return BoardEvaluator(
        {name: trained.machine for name, trained in machines.items()},
        plan.mismatch.mismatch(),
        trial.patterns,
        plan.boards.generation(0),
        child_seed(plan.seed, role),
        trial.statistics,
        calibration,
    )


def _evaluated(
    run: Run[CodesignPlan], evaluator: BoardEvaluator, role: str, count: int
) -> list[BoardQualities]:
    """Evaluate boards, each a task of its own with a file of its own."""
    files = [f"{role}-{number}.json" for number in range(count)]
    missing = [number for number in range(count) if not run.folder.has(files[number])]

    def keep(index: int, result: object) -> None:
        if isinstance(result, dict):
            run.folder.write_value(files[missing[index]], result)

    factory = "hwkit.codesign.boards_evaluation:worker"
    run.map(f"{role} boards", factory, evaluator, missing, keep)
    return [read_value(run.folder / file, BoardQualities) for file in files]
