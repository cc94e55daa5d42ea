"""What a tolerance study takes: some boards are made, the check runs for some steps."""

from dataclasses import replace
from functools import partial

from hwkit.forecast import step_count
from hwkit.study.kind import Estimate
from hwkit.study.kinds.tolerance import batches
from hwkit.study.kinds.tolerance.batches import Batch
from hwkit.study.kinds.tolerance.checks import WORST_BOARDS, WORST_PATHS
from hwkit.study.kinds.tolerance.counting import SEARCH_STEPS, campaigns, count_boards
from hwkit.study.kinds.tolerance.grading import with_choice
from hwkit.study.kinds.tolerance.nominal import Nominal
from hwkit.study.kinds.tolerance.parts import derivatives
from hwkit.study.kinds.tolerance.plan import TolerancePlan
from hwkit.study.kinds.tolerance.study import boards_of, nominal_board, train
from hwkit.study.meter import Meter, in_spice
from hwkit.study.pieces import Piece, Rate
from hwkit.tolerance.scaled_sigma import MOST_ADDED
from hwkit.twin import Mode, bind, simulate_boards
from hwkit.workers import Pool

_ROW_BYTES = 9  # of one number of one board, in both tables together
_WORST_RUNS = (WORST_BOARDS + 1) * WORST_PATHS  # the nominal board is run with them


def estimate(plan: TolerancePlan) -> Estimate:
    """Return runs, minutes and bytes of a study."""
    meter = Meter()
    model = meter.timed("training", lambda: train(plan))
    nominal = meter.timed("nominal board", lambda: nominal_board(plan, model))
    nominal = replace(nominal, variation=with_choice(plan, None))
    drawn = Piece(partial(_boards, nominal, plan), plan.boards.batch, 1)
    steps = step_count(plan.protocol.t_final, plan.boards.dt)
    checked = [in_spice(nominal.design, plan.boards.dt, steps, tight=True)]
    board, *check = meter.rates(drawn, *(checked if plan.check.boards else []))
    _campaigns(plan, meter, board)
    if check:
        _check(plan, meter, nominal, check[0])
    _sensitivities(plan, meter, nominal)
    meter.add("worst boards", _WORST_RUNS / plan.boards.paths * board.unit)
    boards, paths = count_boards(plan), plan.boards.paths
    note = (
        f"{boards} boards with {paths} paths each, in the twin's {nominal.mode} mode; a search of "
        f"the budget is counted with {SEARCH_STEPS} steps"
    )
    if plan.rare.boards:
        note += f"; up to {MOST_ADDED} further scales of rare failures are not timed"
    size = boards * (len(plan.metrics()) + 3) * _ROW_BYTES + 2**20
    return meter.estimate(boards * paths, size, note)


def _boards(nominal: Nominal, plan: TolerancePlan, count: int, pool: Pool) -> None:
    """Draw and measure so many boards."""
    campaign = replace(boards_of(plan, nominal.variation), count=max(count, plan.boards.count))
    batch = Batch(campaign, range(count), campaign.places[0])
    pool.run(f"{batches.__name__}:worker", nominal, [batch], None, None, None)


def _campaigns(plan: TolerancePlan, meter: Meter, board: Rate) -> None:
    """Count the boards of every question."""
    one_by_one = {"budget"}  # each yield decides what is made next
    for stage, (boards, often) in campaigns(plan).items():
        for made in [[boards]] * often if stage in one_by_one else [[boards] * often]:
            _made(plan, meter, board, stage, made, waves=stage == "boards")


def _made(
    plan: TolerancePlan,
    meter: Meter,
    board: Rate,
    stage: str,
    campaigns: list[int],
    waves: bool = False,
) -> None:
    """Count campaigns of so many boards that are made together, in batches."""
    size = plan.boards.batch
    cut = [min(size, n - first) for n in campaigns for first in range(0, n, size)]
    together = len(cut)
    if waves and plan.stop.rule() is not None:
        together = plan.stop.wave
    for first in range(0, len(cut), max(together, 1)):
        wave = cut[first : first + together]
        meter.tasks(stage, board, [board.task + n * board.unit for n in wave])


def _check(plan: TolerancePlan, meter: Meter, nominal: Nominal, rate: Rate) -> None:
    """Count the boards that run in ngspice, and in the twin beside it."""
    paths = min(plan.check.paths, plan.boards.paths)
    steps, bound = step_count(nominal.t_final, nominal.dt), bind(nominal.design)

    def twin(n: int, mode: Mode) -> None:
        times = (n * nominal.dt, nominal.dt, paths)
        simulate_boards(nominal.design, *times, mode=mode, bound=bound)

    modes: set[Mode] = {"implicit", nominal.mode}
    seconds = rate.seconds(paths, steps, meter.jobs)
    beside = sum(meter.line(partial(twin, mode=mode), steps) for mode in sorted(modes))
    meter.add("check in SPICE", plan.check.boards * seconds)
    meter.add("check in the twin", plan.check.boards * beside)


def _sensitivities(plan: TolerancePlan, meter: Meter, nominal: Nominal) -> None:
    """Count derivatives to all parts, which budgets that trim need once more."""
    trims = plan.budget is not None and plan.budget.trim
    often = bool(plan.sensitivity.top) + bool(trims)
    if not often:
        return

    def differentiated(n: int) -> None:
        derivatives(plan, replace(nominal, t_final=n * nominal.dt))

    steps = step_count(nominal.t_final, nominal.dt)
    meter.add("sensitivities", often * meter.line(differentiated, steps, min(steps, 4)))
