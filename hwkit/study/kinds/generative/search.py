"""A fast search for settings at which most samples are recognisable and no class is rare.

Every candidate is trained exactly (less than a second) and tried on few samples; the best are tried
again, on more samples and other noise. Score: recognisable share minus the rarest class's shortfall
below half of 1/P, P the number of classes (as in co-design). The search has seeds of its own: no
result is judged on them.
"""

from collections.abc import Callable
from itertools import product

import numpy as np

from hwkit.langevin import prepare_states, simulate_langevin
from hwkit.ordering import falling
from hwkit.study.kinds.generative.plan import DURATION, GenerativePlan, Settings
from hwkit.study.kinds.generative.results import Search, SearchTrial
from hwkit.study.run import Run
from hwkit.training import balanced_share, recognise
from hwkit.wiener import child_seed


def candidates(plan: GenerativePlan) -> list[Settings]:
    """Return all combinations, each once; observation is the longest, looked at on the way."""
    search = plan.search
    assert search is not None
    hidden = [
        (kind, amplitude)
        for kind in search.hidden
        for amplitude in (search.amplitudes if kind == "codes" else [1.0])
    ]
    weightings: list[list[float] | None] = [*search.weights] or [None]
    return [
        Settings(
            hidden=kind,
            amplitude=amplitude,
            t_final=t_final,
            strength=strength,
            biases=biases,
            weights=weights,
            observation=max(search.observations),
        )
        for (kind, amplitude), (t_final, strength), biases, weights in product(
            hidden, search.noising, search.biases, weightings
        )
    ]


def search_settings(plan: GenerativePlan, run: Run[GenerativePlan]) -> Search:
    """Try every candidate, then the best of them again."""
    search = plan.search
    assert search is not None
    first = _tried(run, "search: all candidates", 0, candidates(plan))
    longest = {"observation": max(search.observations)}
    best = dict.fromkeys(
        trial.settings.model_copy(update=longest).model_dump_json() for trial in first
    )
    again = [Settings.model_validate_json(text) for text in list(best)[: search.keep]]
    second = _tried(run, "search: the best again", 1, again)
    return Search([*second, *first])


def _tried(
    run: Run[GenerativePlan], stage: str, round_: int, chosen: list[Settings]
) -> list[SearchTrial]:
    """Return the trials of one round, best first."""
    results = run.map(stage, f"{__name__}:worker", (run.plan, round_), chosen)
    return ranked([trial for trials in results for trial in trials])


def ranked(trials: list[SearchTrial]) -> list[SearchTrial]:
    """Return trials by falling score."""
    return [trials[k] for k in falling([trial.score for trial in trials])]


def rank(trials: list[SearchTrial], settings: Settings) -> int:
    """Return the place of settings among all trials, 1 for the best; 0 if they were not tried."""
    places = [k for k, trial in enumerate(trials, start=1) if trial.settings == settings]
    return places[0] if places else 0


def worker(setup: tuple[GenerativePlan, int]) -> Callable[[Settings], list[SearchTrial]]:
    """Return what tries one candidate after another, in a worker process."""
    return lambda settings: tried(*setup, settings)


def tried(plan: GenerativePlan, round_: int, settings: Settings) -> list[SearchTrial]:
    """Train a candidate and return a trial for each time of observation."""
    search = plan.search
    assert search is not None
    n = search.second if round_ else search.first
    trained = plan.trained(settings)
    seed = child_seed(plan.seed, "search", round_)  # the same noise for all candidates
    x0 = prepare_states(trained.model, DURATION, search.dt, n, child_seed(seed, "preparation"))
    steps = tuple(sorted({round(t / search.dt) for t in search.observations}))
    runs = simulate_langevin(
        trained.model,
        settings.observation,
        search.dt,
        n,
        child_seed(seed, "generation"),
        x0,
        save_every=steps,
        precision="single",
    )
    trials = []
    for t in search.observations:
        place = int(np.argmin(np.abs(runs.t - t)))
        samples = recognise(runs.x[:, place], trained.patterns)
        trials.append(
            SearchTrial(
                settings=settings.model_copy(update={"observation": t}),
                share=samples.share,
                classes=samples.class_shares.tolist(),
                score=balanced_share(samples.share, samples.class_shares),
                n=n,
                round=round_ + 1,
            )
        )
    return trials
