"""Law level: do two machines generate the same distribution?

At most 30 statistics, fixed beforehand, each a mean over runs of one number per run: means and
variances by class and layer, covariances and fourth moments along random projections, increment
variance per unit time, recognisable share, class shares, heat. Each gets a permutation p-value (the
run is what is exchanged), and Holm's method holds the family-wise error at `alpha`.

Two integrators of step h sample laws that differ by O(h) without anything being wrong. Given runs
of both *schemes* on one noise (`scheme` as the circuit is integrated, `reference` as the ideal is),
the expected difference of every statistic is known and is subtracted; its standard error joins the
test's.

Power is stated: the size of change that would have been seen with probability 0.95.
"""

from dataclasses import dataclass
from math import comb

import numba
import numpy as np
from numpy.typing import NDArray
from scipy import stats

from hwkit.errors import DataError
from hwkit.fidelity.verdict import Metric
from hwkit.model import EnergyModel
from hwkit.training import recognise
from hwkit.trajectories import Trajectories
from hwkit.wiener import child_seed

FloatArray = NDArray[np.float64]

ALPHA = 0.01
POWER = 0.95
_PROJECTIONS = 8
_CLASSES = 3  # more classes are pooled, so that the number of statistics stays within 30
_PERMUTATIONS = 20_000


@dataclass(frozen=True, eq=False)
class Sample:
    """One number per run and statistic, (n, S), and which runs count for it, (n, S) of 0 or 1."""

    values: FloatArray
    weights: FloatArray

    @property
    def means(self) -> FloatArray:
        """Mean of each statistic over the runs that count, (S,); NaN if none does."""
        with np.errstate(invalid="ignore"):
            return np.asarray(np.sum(self.values * self.weights, axis=0) / self.weights.sum(axis=0))


@dataclass(frozen=True, eq=False)
class Frame:
    """What both sides are measured against: pooled class centres, directions, names.

    Attributes:
        patterns: normalised patterns (P, n_visible), or None without classes.
        centres: pooled mean end state of each class, (C, N).
        mean: pooled mean end state, (N,).
        directions: random unit vectors, (8, N).
    """

    model: EnergyModel
    patterns: FloatArray | None
    centres: FloatArray
    mean: FloatArray
    directions: FloatArray

    @classmethod
    def of(
        cls, model: EnergyModel, states: FloatArray, patterns: FloatArray | None, seed: int
    ) -> "Frame":
        """Build the frame from the end states of both sides together, (n, N)."""
        generator = np.random.Generator(np.random.Philox(child_seed(seed, "projections")))
        directions = generator.standard_normal((_PROJECTIONS, model.n_units))
        directions /= np.linalg.norm(directions, axis=1, keepdims=True)
        best = _classes(states, patterns)
        centres = np.stack([_mean(states[best == c], states) for c in range(best.max() + 1)])
        return cls(model, patterns, centres, states.mean(axis=0), directions)

    @property
    def layers(self) -> dict[str, slice]:
        """The visible and the hidden units, as far as there are any."""
        n, visible = self.model.n_units, self.model.n_visible
        layers = {"visible": slice(0, visible), "hidden": slice(visible, n)}
        return {name: part for name, part in layers.items() if part.stop > part.start}

    @property
    def names(self) -> list[str]:
        """Names of the statistics, in the order of the columns of `measure`."""
        classes = [f" in class {c}" for c in range(len(self.centres))]
        where = [
            f"{layer}{c}" for c in (classes if len(classes) > 1 else [""]) for layer in self.layers
        ]
        names = [f"mean, {w}" for w in where] + [f"variance, {w}" for w in where]
        names += [f"covariance, projections {k} and {k + 1}" for k in range(0, _PROJECTIONS, 2)]
        names += [f"fourth moment, projection {k}" for k in range(_PROJECTIONS)]
        names += ["increment variance", "heat"]
        if self.patterns is not None:
            names += ["recognisable share"]
            names += [f"share of class {c}" for c in range(len(self.patterns))]
        return names

    def measure(self, runs: Trajectories) -> Sample:
        """Return the statistics of every run; failed runs count only as not recognised."""
        done = runs.completed
        states = np.where(done[:, None], runs.final, 0.0)
        best = np.where(done, _classes(states, self.patterns), -1)
        columns: list[tuple[FloatArray, NDArray[np.bool_]]] = []
        away = states - self.centres[best]
        for moment in ("mean", "variance"):
            for c, centre in enumerate(self.centres):
                for part in self.layers.values():
                    overlap = states[:, part] @ centre[part] / (centre[part] @ centre[part])
                    spread = np.mean(away[:, part] ** 2, axis=1)
                    columns.append((overlap if moment == "mean" else spread, best == c))
        along = (states - self.mean) @ self.directions.T
        columns += [(along[:, k] * along[:, k + 1], done) for k in range(0, _PROJECTIONS, 2)]
        columns += [(along[:, k] ** 4, done) for k in range(_PROJECTIONS)]
        columns.append((increment_variance(runs, self.model), done))
        heat = self.model.heat(np.where(done[:, None], runs.x[:, 0], 0.0), states) / self.model.kT
        columns.append((heat, done))
        if self.patterns is not None:
            seen = recognise(runs.final, self.patterns)
            everyone = np.ones_like(done)
            columns.append((seen.recognisable.astype(float), everyone))
            columns += [
                ((seen.best == c).astype(float), everyone) for c in range(len(self.patterns))
            ]
        values, weights = (
            np.stack(side, axis=1).astype(float) for side in zip(*columns, strict=True)
        )
        return Sample(np.where(weights > 0, values, 0.0), weights)


def increment_variance(runs: Trajectories, model: EnergyModel) -> FloatArray:
    """Return <dx^2> / (2 mu kT dt) of each run, over units and saved pairs of neighbouring steps.

    Raises:
        DataError: if no two neighbouring steps were saved.
    """
    dt = float(runs.attributes["dt"])
    gaps = np.diff(runs.t)
    pairs = np.flatnonzero(np.abs(gaps - dt) < 1e-6 * dt)
    if pairs.size == 0:
        raise DataError(
            "the law level needs states of neighbouring steps, but the saved times are at least "
            f"{gaps.min():g} apart; save them with save_every=neighbouring_steps(...)"
        )
    moves = np.where(runs.completed[:, None, None], runs.x[:, pairs + 1] - runs.x[:, pairs], 0.0)
    return np.asarray(np.mean(moves**2, axis=(1, 2)) / (2 * model.mobility * model.kT * dt))


def neighbouring_steps(n_steps: int, pairs: int = 5) -> tuple[int, ...]:
    """Return the steps to save for the law level: pairs of neighbours, the last pair at the end."""
    count = min(pairs, max(n_steps // 2, 1))
    ends = np.linspace(n_steps / count, n_steps, count).astype(int)
    return tuple(sorted({int(k) for end in ends for k in (end - 1, end)}))


def law_metrics(
    ideal: Trajectories,
    real: Trajectories,
    model: EnergyModel,
    patterns: FloatArray | None = None,
    schemes: tuple[Trajectories, Trajectories] | None = None,
    resolution: float | None = 0.03,
    seed: int = 0,
    permutations: int = _PERMUTATIONS,
) -> list[Metric]:
    """Test whether `real` has the law of `ideal`.

    Args:
        ideal, real: runs with disjoint seeds, with states of neighbouring steps saved.
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
    if len(names) > ALPHA * (permutations + 1):
        raise DataError(
            f"{permutations} permutations can't reject one of {len(names)} statistics at "
            f"{ALPHA:.0%}; take {int(len(names) / ALPHA)} or more"
        )
    difference, stderr = b.means - a.means, np.hypot(_standard_error(a, b), shift_error)
    p = _permutation_p(a, b, groups, child_seed(seed, "permutations"), permutations, shift_error)
    adjusted = holm(p)
    seeds = (*ideal.seeds, *real.seeds)
    visible = _visible_change(stderr, len(names))
    rows = []
    for k, name in enumerate(names):
        worst = groups[k][int(np.argmax(np.abs(difference[groups[k]])))]
        note = (
            f"{b.means[worst]:.4g} against {a.means[worst]:.4g} ± {stderr[worst]:.2g}, "
            f"p = {p[k]:.2g}; would have seen a change of {visible[worst]:.2g} "
            f"with probability {POWER:g}"
        )
        if np.isnan(stderr[worst]):
            note = "no run to compare on one of the sides; see the class shares"
        n = real.n_trajectories
        rows.append(
            Metric(f"law: {name}", "law", float(adjusted[k]), ALPHA, ">=", None, n, seeds, note)
        )
    change = float(visible[frame.names.index("increment variance")])
    n, n_ideal = (int(side.completed.sum()) for side in (real, ideal))
    if comb(n + n_ideal, n) < len(names) / ALPHA:
        change = np.inf  # not even the most extreme split would be rejected
    return [*rows, _resolution_metric(change, resolution, ideal, real)]


def holm(p: FloatArray) -> FloatArray:
    """Return Holm-adjusted p-values: rejecting those below alpha errs with probability <= alpha."""
    order = np.argsort(p)
    steps = np.maximum.accumulate(p[order] * (p.size - np.arange(p.size)))
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(steps, 1.0)
    return adjusted


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
    if set(ideal.seeds) & set(real.seeds):
        raise DataError(
            f"both sides were made with the seed {ideal.seeds[0]}: the same noise would hide "
            "differences of the law; give the two sides different seeds"
        )
    for name, side in (("ideal", ideal), ("circuit's", real)):
        if side.completed.sum() < 2:
            raise DataError(
                f"the {name} side has {side.completed.sum()} completed runs; give 2 or more"
            )


def _classes(states: FloatArray, patterns: FloatArray | None) -> NDArray[np.intp]:
    if patterns is None or len(patterns) > _CLASSES:
        return np.zeros(len(states), dtype=np.intp)
    return recognise(states, patterns).best


def _mean(members: FloatArray, everyone: FloatArray) -> FloatArray:
    return np.asarray((members if len(members) else everyone).mean(axis=0))


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


def _permutation_p(
    a: Sample,
    b: Sample,
    groups: list[list[int]],
    seed: int,
    permutations: int,
    shift_error: FloatArray | float = 0.0,
) -> FloatArray:
    """Return the p-value of each group's largest |standardised difference|, exchanging runs.

    `shift_error`: standard error of what was subtracted from `b`; exchanging runs doesn't show it.
    """
    values, weights = np.vstack([a.values, b.values]), np.vstack([a.weights, b.weights])
    columns, n_statistics = np.hstack([values * weights, weights]), values.shape[1]
    total, real = columns.sum(axis=0), columns[len(a.values) :].sum(axis=0)
    sums, totals, counts = total[:n_statistics], total[n_statistics:], real[n_statistics:]
    with np.errstate(divide="ignore", invalid="ignore"):
        # About the common mean: the same for every relabelling, and 0 only if all are equal.
        spread = np.sqrt(np.sum(weights * (values - sums / totals) ** 2, axis=0) / totals)
        apart = spread * np.sqrt(1 / counts + 1 / (totals - counts))
        widening = np.hypot(apart, shift_error) / apart

    def scores(inside: FloatArray) -> FloatArray:
        """Standardised differences of means, from the sums over the runs labelled b."""
        inner, count = inside[..., :n_statistics], inside[..., n_statistics:]
        with np.errstate(divide="ignore", invalid="ignore"):
            size = np.abs(inner / count - (sums - inner) / (totals - count)) / spread
        # A relabelling that leaves one side without a run that counts says nothing: no difference.
        return np.where((spread > 0) & (count > 0) & (count < totals), size, 0.0)

    def largest(size: FloatArray) -> FloatArray:
        return np.stack([np.max(size[..., group], axis=-1) for group in groups], axis=-1)

    observed = largest(scores(real) / np.nan_to_num(widening, nan=1.0))
    drawn = _relabelled_sums(columns, len(b.values), permutations, np.uint64(seed))
    exceeded = np.sum(largest(scores(drawn)) >= observed - 1e-12, axis=0)
    return np.asarray((1 + exceeded) / (permutations + 1))


@numba.njit(cache=True, nogil=True)
def _relabelled_sums(columns, n_inside, permutations, state):  # type: ignore[no-untyped-def]
    """Sum the columns over `n_inside` rows drawn without replacement, many times.

    Partial Fisher-Yates shuffles; random numbers by SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
    """
    n = columns.shape[0]
    order = np.arange(n)
    sums = np.zeros((permutations, columns.shape[1]))
    for p in range(permutations):
        for k in range(n_inside):
            state += np.uint64(0x9E3779B97F4A7C15)
            z = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            z ^= z >> np.uint64(31)
            j = k + np.int64(z % np.uint64(n - k))
            order[k], order[j] = order[j], order[k]
            for c in range(columns.shape[1]):
                sums[p, c] += columns[order[k], c]
    return sums


def _visible_change(stderr: FloatArray, n_statistics: int) -> FloatArray:
    """Change that Holm's first step would reject with probability POWER."""
    quantiles = stats.norm.isf(ALPHA / (2 * n_statistics)) + stats.norm.ppf(POWER)
    return np.asarray(quantiles * stderr)


def _resolution_metric(
    change: float, resolution: float | None, ideal: Trajectories, real: Trajectories
) -> Metric:
    """Say which change of kT the runs can resolve, and how many they would need to be."""
    n, n_ideal = real.n_trajectories, ideal.n_trajectories
    note = f"would have seen {change:.1%} of kT with probability {POWER:g}"
    if np.isinf(change):
        note = f"{n} runs beside {n_ideal} ideal ones can't reject anything; give more"
    elif resolution is not None and change > resolution:
        # stderr^2 falls with 1/n + 1/n_ideal: more runs alone if they do, else more on both sides.
        allowed = (1 / n + 1 / n_ideal) * (resolution / change) ** 2
        alone = allowed >= 2 / n_ideal
        needed = int(np.ceil(1 / (allowed - 1 / n_ideal) if alone else 2 / allowed))
        note += f"; {n} runs can't resolve {resolution:.1%}, {needed} can"
        note += "" if alone else " beside as many ideal ones"
    return Metric(
        "law: resolution of kT", "law", change, resolution, "<=", None, n, real.seeds, note
    )
