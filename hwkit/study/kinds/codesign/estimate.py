"""What a co-design study takes: one machine is trained each way, a board runs for a few steps."""

from dataclasses import replace
from functools import partial

from hwkit.codesign.boards_evaluation import BoardEvaluator, Calibration
from hwkit.forecast import step_count
from hwkit.study.kind import Estimate
from hwkit.study.kinds.codesign.plan import CodesignPlan
from hwkit.study.kinds.codesign.study import evaluator_of
from hwkit.study.kinds.codesign.training import HELD_OUT, TrainedMachine, Trial
from hwkit.study.meter import Meter
from hwkit.study.pieces import Piece
from hwkit.workers import Pool

_FEWEST_STEPS = 20


def estimate(plan: CodesignPlan) -> Estimate:
    """Return runs, minutes and bytes of a study."""
    meter, boards = Meter(), plan.boards
    factors = plan.robust.factors if "robust" in plan.variants else []
    trial = meter.timed("training", lambda: Trial.of(plan))
    machines = meter.timed("training", trial.machines)
    tried: dict[str, TrainedMachine] = {}
    if factors:
        robust = meter.timed("robust", lambda: trial.robust(factors[0]))
        meter.add("training", meter.stages.pop("robust") * len(factors))
        tried = {f"robust x {factor:g}": robust for factor in factors}
    pilot = {"ideal": machines["ideal"], **tried}
    fresh = machines | ({"robust": tried[next(iter(tried))]} if tried else {})
    how = plan.calibration
    recorded = "calibrated" in plan.variants
    calibration = Calibration(how.runs, how.t_final, how.dac()) if recorded else None
    evaluators = [evaluator_of(trial, fresh, "fresh", calibration)]
    evaluators += [evaluator_of(trial, pilot, "pilot", None)] if tried else []
    steps = step_count(boards.t_final, boards.dt)
    pieces = [Piece(partial(_boards, one), steps, _FEWEST_STEPS) for one in evaluators]
    stages = (("fresh boards", boards.fresh), ("pilot boards", boards.pilot))
    for (stage, n), rate in zip(stages, meter.rates(*pieces), strict=False):
        meter.add(stage, rate.seconds(n, steps, meter.jobs))
    drifts = {name: trained.machine for name, trained in fresh.items()}
    meter.add("held-out losses", meter.line(partial(trial.held_out, drifts), HELD_OUT))
    built = boards.pilot * len(pilot) * bool(tried) + boards.fresh * (len(fresh) + recorded)
    runs = built * boards.samples + boards.fresh * how.runs * recorded
    return meter.estimate(runs, 1_000 * built + 300_000)


def _boards(evaluator: BoardEvaluator, steps: int, _: Pool) -> None:
    """Evaluate a board in so many steps; what is recorded of it is as much shorter."""
    generation, how = evaluator.generation, evaluator.calibration
    shorter = replace(generation, t_final=steps * generation.dt)
    if how is not None:
        share = steps * generation.dt / generation.t_final
        recorded = max(_FEWEST_STEPS, round(share * how.t_final / generation.dt))
        how = replace(how, t_final=recorded * generation.dt)
    replace(evaluator, generation=shorter, calibration=how).evaluate(0)
