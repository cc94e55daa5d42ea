"""Run a tolerance study: boards, yield, sensitivity, budgets, and a check in SPICE.

Results in the run folder: `model.npz`, `batches/`, `results.parquet` (one row a board),
`check.json`, `sensitivity.json`, `tolerance.json` (every answer), `worst.npz` (paths of the worst
boards).
"""

import time
from collections.abc import Sequence
from functools import partial

from hwkit.circuit.variation.drawing import Drawing
from hwkit.fidelity import Verdict, merge
from hwkit.forecast import Forecast
from hwkit.langevin import prepare_states
from hwkit.model import EnergyModel, load_model, save_model
from hwkit.study.folder import RunFolder
from hwkit.study.kinds.tolerance import answers, checks, parts, searches
from hwkit.study.kinds.tolerance.batches import (
    Batch,
    Campaign,
    Columns,
    compute_batches,
    judged,
    make,
    merged,
    missing,
    rows_of,
    write_table,
)
from hwkit.study.kinds.tolerance.nominal import Nominal, choose_mode
from hwkit.study.kinds.tolerance.plan import TolerancePlan
from hwkit.study.kinds.tolerance.results import ANSWERS, RESULTS, SCHEMA_VERSION, Answers
from hwkit.study.run import Run
from hwkit.tolerance import drawn
from hwkit.training import normalized_patterns
from hwkit.twin import bind, simulate_boards
from hwkit.wiener import child_seed
from hwkit.workers import Progress

_MANY_PATHS = 50_000  # from which on boards are timed, to say what they will take


def compute(plan: TolerancePlan, run: Run[TolerancePlan]) -> Verdict:
    """Make the boards, ask every question of the plan, judge."""
    nominal = prepare(plan, run)
    main = boards_of(plan)
    columns = _boards(run, nominal, main)
    run.folder.write(RESULTS, partial(write_table, columns=columns))
    table = judged(plan, main, columns)
    check = checks.spice_check(run, nominal, main, len(table.boards))
    rare = searches.rare_failure(run, nominal)
    results = Answers(
        schema_version=SCHEMA_VERSION,
        name=plan.name,
        nominal=answers.nominal_metrics(nominal),
        yields=answers.board_yield(table),
        causes=table.causes,
        metrics=answers.distributions(table),
        check=check,
        sensitivity=parts.sensitivity(run, nominal),
        sobol=parts.sobol(run, nominal),
        curves=searches.curves(run, nominal),
        budget=searches.budget(run, nominal),
        rare=answers.rare_facts(rare),
        worst=checks.worst(run, nominal, main, table),
    )
    run.folder.write_value(ANSWERS, results)
    return merge(
        answers.yield_metrics(plan, table),
        answers.rare_metrics(plan, rare),
        checks.check_metrics(plan, nominal, check),
    )


def boards_of(plan: TolerancePlan) -> Campaign:
    """Return the boards of the yield."""
    seed = child_seed(plan.seed, "fabrication")
    return Campaign("boards", plan.variation(), plan.boards.count, seed, plan.boards.sampling)


def prepare(plan: TolerancePlan, run: Run[TolerancePlan]) -> Nominal:
    """Train the machine and run the nominal board."""
    with run.stage("training"):
        model = trained_model(plan, run.folder)
    with run.stage("nominal board"):
        return nominal_board(plan, model)


def trained_model(plan: TolerancePlan, folder: RunFolder) -> EnergyModel:
    """Return the machine of a run folder, trained if it is not there."""
    return folder.result("model.npz", lambda: train(plan), save_model, load_model)


def train(plan: TolerancePlan) -> EnergyModel:
    """Train the study's machine."""
    return plan.machine.train(plan.data.patterns(), plan.protocol.protocol()).model


def nominal_board(plan: TolerancePlan, model: EnergyModel) -> Nominal:
    """Compile the machine, prepare its starts and run the nominal board."""
    design = plan.circuit.design(model)
    bound = bind(design)
    mode = choose_mode(bound, plan.boards.mode)
    seeds = {name: child_seed(plan.seed, name, "boards") for name in ("preparation", "generation")}
    t_final, dt, paths = plan.protocol.t_final, plan.boards.dt, plan.boards.paths
    starts = prepare_states(model, t_final, dt, paths, seeds["preparation"])
    seed = seeds["generation"]
    runs = simulate_boards(design, t_final, dt, paths, seed, starts, mode=mode, bound=bound)
    return Nominal(
        design,
        normalized_patterns(plan.data.patterns()),
        starts,
        seed,
        t_final,
        dt,
        mode,
        runs.x[0, :, -1],
        plan.metrics(),
    )


def _boards(run: Run[TolerancePlan], nominal: Nominal, main: Campaign) -> Columns:
    """Make the boards of the yield, in waves if there is a stop rule."""
    plan = run.plan
    batches, rule = main.batches(plan.boards.batch), plan.stop.rule()
    expected = _expected(run, nominal, batches)
    if rule is None:
        make(run, nominal, "boards", batches, expected)
        return rows_of(run.folder, batches)
    rows: Columns = {}
    with run.stage("boards", expected) as progress:
        for first in range(0, len(batches), plan.stop.wave):
            wave = batches[first : first + plan.stop.wave]
            _wave(run, nominal, wave, first, len(batches), progress)
            rows = merged([rows, rows_of(run.folder, wave)])
            if rule.satisfied(judged(plan, main, rows).estimate):
                break
    return rows


def _wave(
    run: Run[TolerancePlan],
    nominal: Nominal,
    wave: Sequence[Batch],
    first: int,
    total: int,
    progress: Progress,
) -> None:
    """Compute what is missing of a wave; `progress` is that of all batches."""
    todo = missing(run.folder, wave)
    before = first + len(wave) - len(todo)
    if todo:
        within = partial(_shifted, progress, before, total)
        compute_batches(run, nominal, "boards", todo, within)
    progress(first + len(wave), total)


def _shifted(progress: Progress, before: int, total: int, done: int, _: int) -> None:
    progress(before + done, total)


def _expected(
    run: Run[TolerancePlan], nominal: Nominal, batches: Sequence[Batch]
) -> Forecast | None:
    """Return what the boards will take here; None on a cluster, and for a few."""
    boards = sum(len(batch.boards) for batch in missing(run.folder, batches))
    if not isinstance(run.pool, int) or boards * run.plan.boards.paths < _MANY_PATHS:
        return None
    return Forecast(boards * _board_seconds(run.plan, nominal) / run.jobs, 0.0)


def _board_seconds(plan: TolerancePlan, nominal: Nominal) -> float:
    """Time a few boards for a few steps and return the seconds that a whole one takes."""
    bound, paths = bind(nominal.design), plan.boards.paths
    drawing = Drawing(nominal.design, plan.variation(), 0)
    steps = max(1, round(plan.protocol.t_final / plan.boards.dt))
    few = min(steps, 50)

    def timed(n: int) -> float:
        started = time.perf_counter()
        simulate_boards(
            nominal.design,
            few * nominal.dt,
            nominal.dt,
            paths,
            boards=drawn(drawing, range(n)),
            mode=nominal.mode,
            bound=bound,
            threads=1,
        )
        return time.perf_counter() - started

    timed(1)
    return max(timed(3) - timed(1), 1e-6) / 2 * steps / few
