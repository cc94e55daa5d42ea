"""Generative studies: what the file has a table for, one result of the run folder after another.

Numbers are in `generative.json`; states and fields to look at are in `pictures.npz`, `found.npz`
and `samples-*.npz`.
"""

from hwkit.fidelity import Metric, Verdict
from hwkit.study.kinds.generative import stages
from hwkit.study.kinds.generative.plan import GenerativePlan
from hwkit.study.kinds.generative.results import (
    RESULTS,
    GenerativeResults,
    Losses,
    Search,
    Selected,
    Task,
)
from hwkit.study.kinds.generative.search import search_settings
from hwkit.study.kinds.generative.training import Learnt, learn_all
from hwkit.study.kinds.generative.verdict import judge
from hwkit.study.run import Run


def compute(plan: GenerativePlan, run: Run[GenerativePlan]) -> Verdict:
    """Do every part that the plan names and judge the results."""
    learnt = learn_all(plan, run) if plan.training is not None else {}
    heat = stages.heat_of_machines(run, learnt) if plan.heat is not None else None
    sweep = stages.sweep_of_durations(run) if plan.sweep is not None else None
    search = None
    if plan.search is not None:
        search = run.folder.value("search.json", Search, lambda: search_settings(plan, run))
    selected: Selected | None = None
    metrics: list[Metric] = []
    if plan.found is not None:
        selected, metrics = stages.selected_settings(run, search)
    stages.keep_pictures(run)
    results = GenerativeResults(_losses(learnt) or None, heat, sweep, search, selected)
    run.folder.write_value(RESULTS, results)
    return judge(plan, results, metrics)


def _losses(learnt: dict[Task, Learnt]) -> dict[str, Losses]:
    return {
        task.name: Losses(task, trained.held_out.tolist(), trained.expected.tolist())
        for task, trained in sorted(learnt.items())
    }
