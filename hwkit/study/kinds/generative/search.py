"""A fast search for settings at which most samples are recognisable and no class is rare.

Every candidate is trained exactly (less than a second) and tried on few samples; the best are tried
again, on more samples and other noise. Score: recognisable share, less what the rarest class lacks
of half its fair share (as in co-design). Seeds are the search's own: no result is judged on them.
"""

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np

from hwkit.errors import SimulationError
from hwkit.langevin import prepare_states, simulate_langevin
from hwkit.ordering import falling
from hwkit.study.kinds.generative.plan import DURATION, GenerativePlan, Settings
from hwkit.training import recognise
from hwkit.wiener import child_seed
from hwkit.workers import Failure, Progress, run_tasks

Trial = dict[str, Any]
"""`settings` as in the study file, `share`, `classes`, `score`, `n`."""


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


def search_settings(plan: GenerativePlan, jobs: int, progress: Progress) -> list[Trial]:
    """Return every trial of the last round, best first, then those of the first round."""
    search = plan.search
    assert search is not None
    every = candidates(plan)
    total = len(every) + min(search.keep, len(every))

    def run(round_: int, chosen: Sequence[Settings], done: int) -> list[Trial]:
        found = run_tasks(
            "hwkit.study.kinds.generative.search:tester",
            (plan, round_),
            list(chosen),
            jobs,
            progress=lambda now, _: progress(done + now, total),
        )
        for settings, outcome in zip(chosen, found, strict=True):
            if isinstance(outcome, Failure):
                raise SimulationError(f"candidate {settings}: {outcome.reason}")
        return ranked([trial for trials in found for trial in trials])

    first = run(0, every, 0)
    longest = {"observation": max(search.observations)}
    kept = list(
        dict.fromkeys(
            Settings(**(trial["settings"] | longest)).model_dump_json() for trial in first
        )
    )[: search.keep]
    second = run(1, [Settings.model_validate_json(text) for text in kept], len(every))
    return second + [trial | {"round": 1} for trial in first]


def ranked(trials: list[Trial]) -> list[Trial]:
    """Return trials by falling score."""
    return [trials[k] for k in falling([trial["score"] for trial in trials])]


def rank(trials: list[Trial], settings: Settings) -> int:
    """Return the place of settings among all trials, 1 for the best; 0 if they were not tried."""
    wanted = settings.model_dump(mode="json")
    places = [k for k, trial in enumerate(trials, start=1) if trial["settings"] == wanted]
    return places[0] if places else 0


class tester:  # noqa: N801  # called like a function by the pool
    """In a worker process: trains and tries one candidate after another."""

    def __init__(self, setup: tuple[GenerativePlan, int]) -> None:
        self._plan, self._round = setup

    def __call__(self, settings: Settings) -> list[Trial]:
        """Return a trial for each time of observation."""
        plan, search = self._plan, self._plan.search
        assert search is not None
        n = search.second if self._round else search.first
        trained = plan.trained(settings)
        seed = child_seed(plan.seed, "search", self._round)  # the same noise for all candidates
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
            seen = recognise(runs.x[:, place], trained.patterns)
            lacking = max(0.0, 0.5 / seen.n_patterns - float(seen.class_shares.min()))
            own = settings.model_copy(update={"observation": t})
            trials.append(
                {
                    "settings": own.model_dump(mode="json"),
                    "share": seen.share,
                    "classes": seen.class_shares.tolist(),
                    "score": seen.share - lacking,
                    "n": n,
                    "round": self._round + 1,
                }
            )
        return trials
