"""Distribution level: do two machines generate the same distribution?

At most 30 statistics, fixed beforehand, each a mean over runs of one number per run: means and
variances by class and layer, covariances and fourth moments along random projections, increment
variance per unit time, recognisable share, class shares, heat. Each gets a permutation p-value (the
run is what is exchanged), and Holm's method holds the family-wise error at `alpha`.

Two integrators of step h sample distributions that differ by O(h) without anything being wrong.
Given runs of both *schemes* on one noise (`scheme` as the circuit is integrated, `reference` as the
ideal is), the expected difference of every statistic is known and is subtracted; its standard error
joins the test's.

Power is stated: the change of each statistic that such a test finds with 95 % power.
"""

from math import comb

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import DataError
from hwkit.fidelity.permutation import holm, relabel
from hwkit.fidelity.power import ALPHA, POWER, detectable_changes, many_runs_change
from hwkit.fidelity.same_noise import check_other_noise
from hwkit.fidelity.statistics import Frame, Sample
from hwkit.fidelity.verdict import Metric
from hwkit.model import EnergyModel
from hwkit.ordering import largest
from hwkit.trajectories import Trajectories
from hwkit.wiener import child_seed

FloatArray = NDArray[np.float64]

FEWER_RUNS = "fewer runs"  # quantity of rows that say what fewer runs would have said
_PERMUTATIONS = 20_000


def distribution_metrics(
    ideal: Trajectories,
    real: Trajectories,
    model: EnergyModel,
    patterns: FloatArray | None = None,
    schemes: tuple[Trajectories, Trajectories] | None = None,
    resolution: float | None = 0.03,
    seed: int = 0,
    permutations: int = _PERMUTATIONS,
) -> list[Metric]:
    """Test whether `real` has the distribution of `ideal`.

    Args:
        ideal, real: runs on different noise, with states of neighbouring steps saved.
        model: the ideal machine.
        patterns: normalised patterns (P, n_visible), for classes and recognisability.
        schemes: as many runs of the circuit's scheme as of the ideal's, on the same noise, to
            correct for the known O(h) difference; None for no correction.
        resolution: change of the increment variance, relative to kT, that must be visible.
        seed: of the permutations and projections.
        permutations: number of relabellings.

    Returns:
        One row per statistic (value: Holm-adjusted p, limit ALPHA) and one for the resolution.

    Raises:
        DataError: if both sides have the same noise or differ in times or units, if too little was
            saved, or if there are too few permutations to reject anything.
    """
    _check_sides(ideal, real, *(schemes or ()))
    pooled = np.concatenate([side.final[side.completed] for side in (ideal, real)])
    frame = Frame.of(model, pooled, patterns, seed)
    a, b = frame.measure(ideal), frame.measure(real)
    shift, shift_error = np.zeros((2, len(frame.names)))
    if schemes is not None:
        shift, shift_error = _scheme_shift(*(frame.measure(side) for side in schemes))
        b = Sample(b.values - shift * b.weights, b.weights)
    names, groups = _grouped(frame.names)
    _check_permutations(permutations, len(names))
    difference, stderr = b.means - a.means, np.hypot(_standard_error(a, b), shift_error)
    relabelled = relabel(a, b, groups, child_seed(seed, "permutations"), permutations, shift_error)
    p, adjusted = relabelled.p, holm(relabelled.p)
    change = detectable_changes(a, b, frame.names, groups, relabelled)
    n, n_ideal = (int(side.completed.sum()) for side in (real, ideal))
    if comb(n + n_ideal, n) < len(names) / ALPHA:
        change[:] = np.inf  # not even the most extreme split would be rejected
    rows = []
    for k, name in enumerate(names):
        worst = groups[k][largest(np.abs(difference[groups[k]]))]
        note = (
            f"{b.means[worst]:.4g} against {a.means[worst]:.4g} ± {stderr[worst]:.2g}, "
            f"p = {p[k]:.2g}; {_power(change[worst])}"
        )
        if np.isnan(stderr[worst]):
            note = "no run to compare on one of the sides; see the class shares"
        rows.append(_row(name, float(adjusted[k]), ideal, real, note))
    k = frame.names.index("increment variance")
    of_many = many_runs_change(float(stderr[k]), len(names))
    return [*rows, _resolution_metric(float(change[k]), of_many, resolution, ideal, real)]


def _check_permutations(permutations: int, n_statistics: int) -> None:
    if n_statistics > ALPHA * (permutations + 1):
        raise DataError(
            f"{permutations} permutations can't reject one of {n_statistics} statistics at "
            f"{ALPHA:.0%}; take {int(n_statistics / ALPHA)} or more"
        )


def _row(name: str, p: float, ideal: Trajectories, real: Trajectories, note: str) -> Metric:
    seeds, title = (*ideal.seeds, *real.seeds), f"distribution: {name}"
    n = real.n_trajectories
    return Metric(title, "distribution", p, ALPHA, ">=", None, n, seeds, note, name)


def _check_sides(ideal: Trajectories, real: Trajectories, *schemes: Trajectories) -> None:
    for name, side in (("the circuit's", real), *(("a scheme's", side) for side in schemes)):
        if ideal.n_units != side.n_units:
            raise DataError(f"the ideal side has {ideal.n_units} units, {name} {side.n_units}")
        if ideal.t.size != side.t.size or not np.allclose(ideal.t, side.t, 0, 1e-9 * ideal.t[-1]):
            raise DataError(
                f"the ideal side has {ideal.t.size} saved times to {ideal.t[-1]:g}, {name} "
                f"{side.t.size} to {side.t[-1]:g}, and not the same ones; save the same times"
            )
    if len({side.n_trajectories for side in schemes}) > 1:
        counts = " and ".join(str(side.n_trajectories) for side in schemes)
        raise DataError(f"the schemes have {counts} runs; give both as many, on the same noise")
    check_other_noise(ideal, real)
    for name, side in (("ideal", ideal), ("circuit's", real)):
        if side.completed.sum() < 2:
            raise DataError(
                f"the {name} side has {side.completed.sum()} completed runs; give 2 or more"
            )


def _grouped(names: list[str]) -> tuple[list[str], list[list[int]]]:
    """Make one statistic of the class shares: the largest standardised difference of them."""
    shares = [k for k, name in enumerate(names) if name.startswith("share of class")]
    rest = [k for k in range(len(names)) if k not in shares]
    grouped = [names[k] for k in rest] + (["class shares"] if shares else [])
    return grouped, [[k] for k in rest] + ([shares] if shares else [])


def _standard_error(a: Sample, b: Sample) -> FloatArray:
    """Standard error of the difference of means under a common spread, (S,)."""
    counts = [side.weights.sum(axis=0) for side in (a, b)]
    squares = sum(np.sum(side.weights * (side.values - side.means) ** 2, axis=0) for side in (a, b))
    with np.errstate(divide="ignore", invalid="ignore"):
        pooled = squares / (counts[0] + counts[1])
        return np.asarray(np.sqrt(pooled * (1 / counts[0] + 1 / counts[1])))


def _scheme_shift(circuit: Sample, reference: Sample) -> tuple[FloatArray, FloatArray]:
    """Return how far two schemes differ on one noise, and its standard error, each (S,).

    A class that one of them never reaches has no known shift, and stays as it is.
    """
    with np.errstate(invalid="ignore"):
        pull = [
            side.weights * (side.values - side.means) / side.weights.sum(axis=0)
            for side in (circuit, reference)
        ]
    error = np.sqrt(np.sum((pull[0] - pull[1]) ** 2, axis=0))  # of pairs: most of it cancels
    return np.nan_to_num(circuit.means - reference.means), np.nan_to_num(error)


def _power(change: float) -> str:
    if np.isinf(change):
        return f"no change can be detected with {POWER:.0%} power"
    return f"{POWER:.0%} power to detect a change of {change:.3g}"


def _resolution_metric(
    change: float,
    of_many: float,
    resolution: float | None,
    ideal: Trajectories,
    real: Trajectories,
) -> Metric:
    """Say which change of kT the runs can resolve, and how many they would need to be.

    `of_many`: the change by the formula of many runs, which falls with their standard error.
    """
    n, n_ideal = real.n_trajectories, ideal.n_trajectories
    note = f"{POWER:.0%} power to detect {change:.1%} of kT"
    if np.isinf(change):
        note = f"{n} runs beside {n_ideal} ideal ones can't reject anything; give more"
    elif resolution is not None and change > resolution:
        # stderr^2 falls with 1/n + 1/n_ideal: more runs alone if they do, else more on both sides.
        allowed = (1 / n + 1 / n_ideal) * (resolution / of_many) ** 2
        alone = allowed >= 2 / n_ideal
        needed = int(np.ceil(1 / (allowed - 1 / n_ideal) if alone else 2 / allowed))
        note += f"; {n} runs can't resolve {resolution:.1%}, {needed} can"
        note += "" if alone else " beside as many ideal ones"
    return Metric(
        "distribution: resolution of kT",
        "distribution",
        change,
        resolution,
        "<=",
        None,
        n,
        real.seeds,
        note,
        "resolution of kT",
    )
