"""What a generative study takes: one exact training is timed, all else is scaled by size.

A cycle of gradient descent costs a time for each pattern, step and pair of units; the rates are
those of one core of an ordinary machine, measured with 1,296 units.
"""

import time

from hwkit.forecast import ideal_runs, step_count
from hwkit.spice.cost import mixed_level_cost
from hwkit.study.kind import Estimate
from hwkit.study.kinds.generative.plan import DURATION, GenerativePlan, Settings
from hwkit.study.kinds.generative.search import candidates
from hwkit.study.kinds.generative.training import ways
from hwkit.training import Protocol
from hwkit.workers import available_cores

_BATCH_SECONDS, _ONLINE_SECONDS = 5e-11, 1e-9  # of a cycle, for a pattern, a step and a pair
_HELD_OUT_SECONDS = 4e-10  # for a path kept aside, a step and a pair

Runs = list[tuple[int, int]]
"""Numbers of runs and of their steps."""


def estimate(plan: GenerativePlan) -> Estimate:
    """Return runs, minutes and bytes of a study."""
    units, workers = plan.data.patterns().shape[1] + plan.machine.n_hidden, available_cores()
    started = time.perf_counter()
    plan.trained(Settings())
    training = time.perf_counter() - started
    trainings, searched = _search(plan)
    runs = [*_samples(plan), *searched]
    in_spice = plan.found.spice_samples if plan.found is not None else 0
    durations = len(plan.sweep.times) if plan.sweep is not None else 0
    alone = _generation(_samples(plan), units) + training * (2 * durations + 1)
    shared = _descents(plan, units) + _generation(searched, units) + training * trainings
    if plan.found is not None and in_spice:
        steps = step_count(plan.found.settings.observation, plan.found.dt)
        shared += mixed_level_cost(units, steps, in_spice).seconds
    stored = 0 if plan.found is None else plan.found.samples + 2 * in_spice
    return Estimate(
        runs=sum(n for n, _ in runs) + in_spice,
        minutes=(alone + shared / workers) / 60,
        bytes=8 * units * (len(ways(plan)) * units + 2 * stored) + 1_000_000,
        note="the comparison of runs in SPICE with the full netlist is not counted"
        if in_spice
        else "",
    )


def _samples(plan: GenerativePlan) -> Runs:
    """Return the runs that this process makes, preparation aside."""
    runs: Runs = []
    if plan.heat is not None:
        runs += [(plan.heat.samples, step_count(DURATION, plan.heat.dt))] * len(ways(plan))
    if plan.sweep is not None:
        how = plan.sweep
        runs += [(how.samples, step_count(t, how.dt)) for t in how.times for _ in range(2)]
    if plan.found is not None:
        steps = step_count(plan.found.settings.observation, plan.found.dt)
        counts = (plan.found.samples, plan.found.control_samples, plan.found.spice_samples)
        runs += [(n, steps) for n in counts if n]
    return runs


def _search(plan: GenerativePlan) -> tuple[int, Runs]:
    """Return how many machines a search trains, and its runs."""
    if plan.search is None:
        return 0, []
    how, tried = plan.search, len(candidates(plan))
    steps, again = step_count(max(how.observations), how.dt), min(how.keep, tried)
    return tried + again, [(how.first, steps)] * tried + [(how.second, steps)] * again


def _generation(runs: Runs, units: int) -> float:
    return sum(ideal_runs(units**2, units, steps, n).seconds for n, steps in runs)


def _descents(plan: GenerativePlan, units: int) -> float:
    """Return seconds on one core of all trainings by gradient descent."""
    how = plan.training
    if how is None:
        return 0.0
    per_cycle = _BATCH_SECONDS * how.batch_cycles + _ONLINE_SECONDS * how.online_cycles
    aside = _HELD_OUT_SECONDS * how.held_out * len(ways(plan)) / len(how.fields)
    steps = step_count(Protocol().t_final, plan.dt)
    return (per_cycle + aside) * len(how.fields) * len(plan.data.classes) * steps * units**2
