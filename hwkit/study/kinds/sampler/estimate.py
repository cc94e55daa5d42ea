"""What a sampler study takes: its cells run in ngspice and some boards are drawn, for a moment."""

from functools import partial

from hwkit.study.kind import Estimate
from hwkit.study.kinds.sampler import boards
from hwkit.study.kinds.sampler.plan import RUNS, SamplerPlan
from hwkit.study.kinds.sampler.study import design_of
from hwkit.study.meter import Meter, in_spice
from hwkit.study.pieces import Piece
from hwkit.workers import Pool


def estimate(plan: SamplerPlan) -> Estimate:
    """Return runs, minutes and bytes of a study."""
    meter, samples, parts = Meter(), plan.samples, plan.parts
    design = design_of(plan)
    lot = boards.Lot(design, parts, plan.seed)
    stages = {"ideal parts": samples.spacing, "close samples": samples.close}
    stages["one board"] = samples.spacing
    steps = {name: _steps(plan, spacing) for name, spacing in stages.items()}
    spice, drawn = meter.rates(
        in_spice(design, samples.dt, max(steps.values()), tight=True),
        Piece(partial(_boards, lot), parts.boards),
    )
    for name, n in steps.items():
        meter.add(f"SPICE runs: {name}", spice.seconds(RUNS, n, meter.jobs))
    causes = len(boards.CAUSES) + 1
    meter.add("boards", drawn.seconds(causes, parts.boards, meter.jobs))
    searched = len(boards.NEEDED) * (1 + boards.BISECTIONS) * boards.needed_boards(parts)
    draw = partial(_boards, lot, pool=None)
    meter.add("parts that make the published error", meter.line(draw, searched))
    states = len(stages) * samples.count * plan.matrix.cells
    return meter.estimate(len(stages) * RUNS, 8 * states + 300_000)


def _steps(plan: SamplerPlan, spacing: float) -> int:
    """Return the steps of a run: two spacings, and one for each further sample."""
    per_run = plan.samples.count // RUNS
    return (per_run + 1) * max(1, round(spacing / plan.samples.dt))


def _boards(lot: boards.Lot, count: int, pool: Pool | None) -> None:
    """Find the errors of so many boards, with all causes."""
    for number in range(count):
        boards.board_error(lot.design, lot.parts, number, lot.seed)
