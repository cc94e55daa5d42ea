"""Were two sets of runs driven alike? Asked before anything is compared run by run.

Runs that are subtracted from each other must have the same starts, the same noise at the same step,
and be of the same machine. Simulators store what drove their runs (`hwkit.langevin.facts`). Step
and machine are compared where both sides say them; noise must be known. Runs measured elsewhere
carry nothing: there the caller's word is needed, `same_noise=True`.
Distributions are compared on different noise; that is asked here too.
"""

from collections.abc import Sequence

import numpy as np

from hwkit.errors import DataError
from hwkit.ordering import largest
from hwkit.trajectories import GIVEN, Trajectories

_CLOSE = 1e-9  # of starts in units of x, of times and steps relatively
_SAME_PATH = 1e-7  # of sums over one path refined in different ways, relatively
_DISTRIBUTIONS = "or compare their distributions instead (hwkit.fidelity.distribution_metrics)"
_WORD = "if they were driven alike, say so with same_noise=True (--same-noise)"


def check_same_noise(ideal: Trajectories, real: Trajectories) -> None:
    """Refuse pairs whose starts, noise, step or machine differ, or that don't say.

    Raises:
        DataError: naming the first thing that differs, with both values.
    """
    sides = (ideal, real)
    noise, model = (tuple(_fact(runs, name) for runs in sides) for name in ("noise", "model"))
    for side, value in zip(("ideal", "circuit's"), noise, strict=True):
        if value is None:
            raise DataError(f"the {side} side doesn't say which noise drove it; {_WORD}")
    if noise[0] != noise[1]:
        raise _differ("noise", noise, f"drive both with the same noise, {_DISTRIBUTIONS}")
    for name, what, remedy in (
        ("dt", "step dt", f"run both at one step, {_DISTRIBUTIONS}"),
        ("mass", "mass", "run one machine on both sides"),
    ):
        first, second = (_number(runs, name) for runs in sides)
        if first is not None and second is not None and not np.isclose(first, second, _CLOSE, 0):
            raise _differ(what, (first, second), remedy)
    if None not in model and model[0] != model[1]:
        raise _differ("machine (digest of the model)", model, "run one machine on both sides")
    _check_starts(ideal, real)


def check_other_noise(ideal: Trajectories, real: Trajectories) -> None:
    """Refuse two sides that were driven by the same noise, as far as they say what drove them.

    The same are: one seed; the same increments, given to both; one given path, refined for one of
    them. A seed beside increments made from it, increments of which one side took a part, and runs
    that don't say can't be recognised.

    Raises:
        DataError: naming the noise.
    """
    sides = (ideal, real)
    shared = set(ideal.seeds) & set(real.seeds)
    first, second = (some.attributes.get("noise") for some in sides)
    one, other = (_number(some, "noise_sum") for some in sides)
    if shared:
        noise, remedy = f"the seed {min(shared)}", "different seeds"
    elif first == second and str(first).startswith(GIVEN):
        noise, remedy = "the same increments", "increments of different seeds"
    elif None not in (one, other) and np.isclose(one or 0.0, other or 0.0, _SAME_PATH, 0):
        noise, remedy = "increments of one path, refined", "increments of different seeds"
    else:
        return
    raise DataError(
        f"both sides were made with {noise}: the same noise would hide differences; "
        f"give the two sides {remedy}"
    )


def check_one_path(runs: Sequence[Trajectories]) -> None:
    """Refuse runs at different steps that were not driven by refinements of one path.

    Raises:
        DataError: naming the step.
    """
    sums = [_number(some, "noise_sum") for some in runs]
    for some, total in zip(runs, sums, strict=True):
        h = some.attributes.get("dt", "unknown")
        if total is None:
            raise DataError(
                f"the runs at step {h} don't say that they follow one path refined; give "
                f"increments of one seed with halvings (hwkit.wiener.increments), or {_WORD}"
            )
        first = sums[0] or 0.0
        if not np.isclose(total, first, rtol=_SAME_PATH, atol=_SAME_PATH):
            raise DataError(
                f"the noise at step {h} sums to {total:.9g}, at the first step to {first:.9g}; "
                "refine one path (hwkit.wiener.increments with halvings)"
            )


def _fact(runs: Trajectories, name: str) -> str | int | float | None:
    """Return a stored fact; a seed is part of the noise."""
    value = runs.attributes.get(name)
    if name != "noise" or "seed" not in runs.attributes:
        return value
    return f"{value or 'wiener 1'}, seed {runs.attributes['seed']}"


def _number(runs: Trajectories, name: str) -> float | None:
    value = runs.attributes.get(name)
    if isinstance(value, str):
        raise DataError(f"the stored {name} is {value!r}, not a number; run the simulation again")
    return value


def _differ(what: str, values: Sequence[object], remedy: str) -> DataError:
    first, second = (f"{v:g}" if isinstance(v, float) else v for v in values)
    return DataError(
        f"the {what} of the ideal side is {first}, of the circuit's {second}: paths differ for "
        f"that alone; {remedy}"
    )


def _check_starts(ideal: Trajectories, real: Trajectories) -> None:
    both = ideal.completed & real.completed
    for name, first, second in (("x", ideal.x, real.x), ("v", ideal.v, real.v)):
        if first is None or second is None:
            continue
        apart = np.where(both[:, None], np.abs(first[:, 0] - second[:, 0]), 0.0)
        if np.any(apart > _CLOSE * (1 + np.abs(first[:, 0]))):
            run, unit = (int(i) for i in np.unravel_index(largest(apart), apart.shape))
            raise DataError(
                f"run {run} starts at {name}[{unit}] = {first[run, 0, unit]:g} on the ideal side "
                f"and at {second[run, 0, unit]:g} on the circuit's; start both from the same x0"
            )
