"""The statistics of the distribution level: one number per run, in a frame both sides share.

Means and variances by class and layer, covariances and fourth moments along random projections,
increment variance per unit time, heat, recognisable share and class shares: at most 30 in all.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import DataError
from hwkit.model import EnergyModel
from hwkit.training import recognise
from hwkit.trajectories import Trajectories
from hwkit.wiener import child_seed

FloatArray = NDArray[np.float64]

_PROJECTIONS = 8
_CLASSES = 3  # more classes are pooled, so that the number of statistics stays within 30


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
    """Return <dx^2> / (2 mu kT dt) of each run, (runs,).

    The mean is over units and saved pairs of neighbouring steps.

    Raises:
        DataError: if no two neighbouring steps were saved.
    """
    dt = float(runs.attributes["dt"])
    gaps = np.diff(runs.t)
    pairs = np.flatnonzero(np.abs(gaps - dt) < 1e-6 * dt)
    if pairs.size == 0:
        raise DataError(
            "the distribution level needs states of neighbouring steps, but the saved times are at "
            f"least {gaps.min():g} apart; save them with save_every=neighbouring_steps(...)"
        )
    moves = np.where(runs.completed[:, None, None], runs.x[:, pairs + 1] - runs.x[:, pairs], 0.0)
    return np.asarray(np.mean(moves**2, axis=(1, 2)) / (2 * model.mobility * model.kT * dt))


def neighbouring_steps(n_steps: int, pairs: int = 5) -> tuple[int, ...]:
    """Return the steps to save for the distribution level: pairs of neighbours, one at the end."""
    count = min(pairs, max(n_steps // 2, 1))
    ends = np.linspace(n_steps / count, n_steps, count).astype(int)
    return tuple(sorted({int(k) for end in ends for k in (end - 1, end)}))


def _classes(states: FloatArray, patterns: FloatArray | None) -> NDArray[np.intp]:
    if patterns is None or len(patterns) > _CLASSES:
        return np.zeros(len(states), dtype=np.intp)
    return recognise(states, patterns).best


def _mean(members: FloatArray, everyone: FloatArray) -> FloatArray:
    return np.asarray((members if len(members) else everyone).mean(axis=0))
