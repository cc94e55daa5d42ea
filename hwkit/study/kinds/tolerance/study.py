"""Run a tolerance study: boards, yield, sensitivity, budgets, and a check in SPICE.

Results in the run folder: `model.npz`, `batches/`, `results.parquet` (one row a board),
`check.json`, `sensitivity.json`, `tolerance.json` (every answer), `worst.npz` (paths of the worst
boards).
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from hwkit.circuit.variation import Variation
from hwkit.fidelity import Verdict, merge
from hwkit.langevin import prepare_states
from hwkit.model import EnergyModel, load_model, save_model
from hwkit.study.folder import RunFolder
from hwkit.study.kinds.tolerance import answers, checks, grading, parts, searches
from hwkit.study.kinds.tolerance.batches import (
    Batch,
    Campaign,
    Columns,
    compute_batches,
    expected,
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
from hwkit.study.kinds.tolerance.results_grades import GradeChoice
from hwkit.study.kinds.tolerance.telling import sentence
from hwkit.study.run import Run
from hwkit.training import normalized_patterns
from hwkit.twin import bind, simulate_boards
from hwkit.wiener import child_seed
from hwkit.workers import Progress


def compute(plan: TolerancePlan, run: Run[TolerancePlan]) -> Verdict:
    """Make the boards, ask every question of the plan, judge."""
    nominal = prepare(plan, run)
    choice = grading.choose_grades(run, nominal)
    nominal = replace(nominal, variation=grading.with_choice(plan, choice))
    main = boards_of(plan, nominal.variation)
    columns = _boards(run, nominal, main, choice)
    run.folder.write(RESULTS, partial(write_table, columns=columns))
    table = judged(plan, main, columns)
    check = checks.spice_check(run, nominal, main, len(table.boards))
    rare = searches.rare_failure(run, nominal)
    grades = None if choice is None else grading.judge_grades(run, nominal, main, table, choice)
    results = Answers(
        schema_version=SCHEMA_VERSION,
        name=plan.name,
        nominal=answers.nominal_metrics(plan, nominal),
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
        temperatures=answers.by_temperature(plan, table),
        grades=grades,
    )
    results = replace(results, sentence=sentence(plan, results))
    run.folder.write_value(ANSWERS, results)
    return merge(
        answers.yield_metrics(plan, table, results),
        answers.rare_metrics(plan, rare),
        checks.check_metrics(plan, nominal, check),
    )


def boards_of(plan: TolerancePlan, variation: Variation) -> Campaign:
    """Return the boards of the yield."""
    seed, boards = child_seed(plan.seed, "fabrication"), plan.boards
    return Campaign("boards", variation, boards.count, seed, plan.corners(), boards.sampling)


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
        plan.variation(),
    )


def _boards(
    run: Run[TolerancePlan], nominal: Nominal, main: Campaign, choice: GradeChoice | None
) -> Columns:
    """Make the boards of the yield: in waves if there is a stop rule, else with their controls."""
    plan = run.plan
    batches, rule = main.batches(plan.boards.batch), plan.stop.rule()
    if rule is None:
        looser = {} if choice is None else grading.controls(plan, main, choice, main.count)
        beside = [b for each in looser.values() for b in each.batches(plan.boards.batch)]
        make(run, nominal, "boards", [*batches, *beside])
        return rows_of(run.folder, batches)
    rows: Columns = {}
    with run.stage("boards", expected(run, nominal, batches)) as progress:
        size = plan.stop.wave * len(main.places)
        for first in range(0, len(batches), size):
            wave = batches[first : first + size]
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
