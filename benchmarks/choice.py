"""The choice of the digit alone: `python -m benchmarks.choice --data FOLDER --experts 40 ...`.

Experts of whole pictures make that choice, tiles draw the strokes. Here there are only the former,
in the leading principal components z of the pictures, where a unit at rest is a spring: seconds for
what takes a whole machine a quarter of an hour. Settings of experts are compared by it, not
machines. 7,000 training pictures, judged by 1,000 others of the 8,000 to train; the pictures that
judge machines in the end are not read.

    noising     z' = z + dt (a_k s - kappa z) + sqrt(2 kT dt) xi,    s the components of a picture
    field       y(z') = J z' + b + gain sum_r p_r(z') (b^r + J^r z'),  as in `hwkit.training`
"""

import argparse
import time
from dataclasses import dataclass

import numpy as np
import scipy.linalg

from hwkit.fidelity.manifolds import frechet_distance, inside
from hwkit.model import softmax
from hwkit.patterns import whole_set
from hwkit.training import Protocol, normalized_patterns
from hwkit.training.classes import clusters_within
from hwkit.wiener import child_seed

COMPONENTS, FIT, VALIDATION, HELD_OUT, GENERATED = 50, 7000, 1000, 2000, 1000
KT, STIFFNESS = 0.1, 2.6  # of a unit of Quartic(1, 1) at rest: 2 + 12 <x^2>
PROTOCOL = Protocol(3.2, 0.02, 3.0, 0.625)
SHARED, LEAST = 4, 10.0  # as in `hwkit.training.decoupled_solve`
BANDS = ((0, 10), (10, 30), (30, 50))


class Noising:
    """A spring under the fading force s: mean of x is `scale` s, variance `variance`."""

    def __init__(self):
        dt, n = PROTOCOL.dt, PROTOCOL.n_steps
        force = PROTOCOL.force_scale(np.arange(n) * dt)
        keeps, self.kick = 1 - STIFFNESS * dt, 2 * KT * dt
        self.variance = self.kick / (1 - keeps**2)
        self.scale = np.empty(n + 1)
        self.scale[0] = PROTOCOL.strength / STIFFNESS
        for k in range(n):
            self.scale[k + 1] = keeps * self.scale[k] + dt * force[k]
        # E[y | x', s] = share s: what reverses the step, less the spring
        self.share = -(self.scale[:-1] - keeps * self.scale[1:]) / dt

    def draw(self, pictures, steps, rng):
        """Return states and targets, one for each picture, at steps of a segment."""
        k = rng.integers(steps.start, steps.stop, len(pictures))
        noise = np.sqrt(self.variance) * rng.standard_normal(pictures.shape)
        x = self.scale[k + 1, None] * pictures + noise
        return x.astype(np.float32), (self.share[k, None] * pictures).astype(np.float32)


@dataclass
class Field:
    """Couplings of a segment: shared theta, and experts behind a gate."""

    shared: np.ndarray
    w: np.ndarray
    c: np.ndarray
    experts: np.ndarray  # (R, K + 1, K)

    def __call__(self, x, gain):
        features = _with_one(x)
        field = features @ self.shared
        if len(self.w):
            p = softmax(x @ self.w.T + self.c).astype(np.float32)
            products = (p[:, :, None] * features[:, None, :]).reshape(len(x), -1)
            field += np.float32(gain) * (products @ self.experts.reshape(-1, x.shape[1]))
        return field


def fit(noising, pictures, labels, steps, options, seed):
    """Fit a segment: gates are discriminants of noised clusters, experts decouple."""
    rng = np.random.default_rng(seed)
    x, y = noising.draw(np.tile(pictures, (options.samples, 1)), steps, rng)
    features, n = _with_one(x), x.shape[1]
    shared = _ridge(features.T @ features, features.T @ y, len(x), 1e-6)
    if not options.experts:
        return Field(shared, np.empty((0, n)), np.empty(0), np.empty((0, n + 1, n)))
    w, c = gate(noising, pictures, labels, steps, options)
    p, left = softmax(x @ w.T + c), y - features @ shared
    taken = rng.random(p.shape, dtype=np.float32) < SHARED * p
    experts = np.zeros((options.experts, n + 1, n), dtype=np.float32)
    for r in range(options.experts):
        at = np.flatnonzero(taken[:, r])
        weights = np.maximum(p[at, r], 1 / SHARED)
        if weights.sum() > LEAST:
            root = np.sqrt(weights)[:, None].astype(np.float32)
            f, t = features[at] * root, left[at] * root
            experts[r] = _ridge(f.T @ f, f.T @ t, weights.sum(), options.ridge)
    return Field(shared, w, c, experts)


def gate(noising, pictures, labels, steps, options):
    """Return w (R, K) and c (R,): Fisher's discriminant of the noised clusters."""
    scale = (noising.scale[steps.start + 1] + noising.scale[steps.stop]) / 2
    counts = np.bincount(labels, minlength=options.experts)
    means = scale * np.stack([pictures[labels == r].mean(axis=0) for r in range(options.experts)])
    within = np.cov((scale * pictures - means[labels]).T) + noising.variance * np.eye(len(means.T))
    w = scipy.linalg.solve(within, means.T, assume_a="pos").T / options.temper
    c = np.log(counts / counts.sum()) - 0.5 * np.sum(w * means, axis=1)
    return w.astype(np.float32), c.astype(np.float32)


def generate(noising, fields, gain, seed):
    """Return generated components, in units of pictures."""
    rng, dt, n = np.random.default_rng(seed), PROTOCOL.dt, PROTOCOL.n_steps
    size = (GENERATED, COMPONENTS)
    x = np.float32(np.sqrt(noising.variance)) * rng.standard_normal(size, dtype=np.float32)
    for k in reversed(range(n)):
        field = fields[k * len(fields) // n](x, gain)
        x += -np.float32(dt) * (np.float32(STIFFNESS) * x + field)
        x += np.float32(np.sqrt(noising.kick)) * rng.standard_normal(size, dtype=np.float32)
    return x / noising.scale[0]


def components(folder):
    """Return components and labels of the pictures to fit, and components of the others."""
    training, _ = whole_set("mnist", folder).split(FIT + VALIDATION, HELD_OUT)
    part, aside = training.split(FIT, VALIDATION, child_seed(0, "validation"))
    fitted, others = normalized_patterns(part.pictures), normalized_patterns(aside.pictures)
    n = fitted.shape[1]
    values = (n - COMPONENTS, n - 1)
    basis = scipy.linalg.eigh(np.cov(fitted[:4000].T), subset_by_index=values)[1][:, ::-1]
    return fitted @ basis, np.asarray(part.labels), others @ basis


def measure(options, seed, fitted, labels, others):
    noising, start = Noising(), time.process_time()
    own = clusters_within(fitted, labels, options.experts, seed) if options.experts else labels
    each = PROTOCOL.n_steps // options.segments
    segments = [range(k * each, (k + 1) * each) for k in range(options.segments)]
    fields = [fit(noising, fitted, own, steps, options, seed + steps.start) for steps in segments]
    noise = np.random.default_rng(9).standard_normal(others.shape)
    real = others + np.sqrt(noising.variance) / noising.scale[0] * noise
    shown = (options.experts, options.samples, options.temper, options.segments, seed)
    for gain in options.gain:
        made = generate(noising, fields, gain, seed + 1000)
        spread = made.var(axis=0) / real.var(axis=0)
        cells = [
            *(f"{value:g}" for value in (*shown, gain)),
            f"{inside(made, real).mean():.3f}",
            f"{inside(real, made).mean():.3f}",
            f"{frechet_distance(made, real):.1f}",
            ", ".join(f"{spread[low:high].mean():.2f}" for low, high in BANDS),
            f"{time.process_time() - start:.1f}",
        ]
        print("| " + " | ".join(cells) + " |", flush=True)


def _ridge(A, B, weight, ridge):
    return scipy.linalg.solve(
        A / weight + ridge * np.eye(len(A)), B / weight, assume_a="pos"
    ).astype(np.float32)


def _with_one(x):
    return np.hstack([x, np.ones((len(x), 1), dtype=np.float32)])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True, help="folder of MNIST's idx files")
    parser.add_argument("--experts", type=int, default=40)
    parser.add_argument("--samples", type=int, default=3)
    parser.add_argument("--temper", type=float, default=1.0)
    parser.add_argument("--gain", type=float, nargs="+", default=[1.0])
    parser.add_argument("--ridge", type=float, default=0.03)
    parser.add_argument("--segments", type=int, default=10)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    options = parser.parse_args()
    pictures = components(options.data)
    bands = ", ".join(f"{low}-{high}" for low, high in BANDS)
    print("| experts | samples | temper | segments | seed | gain | precision | recall | FD of the "
          f"components | variance over that of pictures, {bands} | CPU s |")  # fmt: skip
    print("| --- " * 11 + "|")
    for seed in options.seeds:
        measure(options, seed, *pictures)


if __name__ == "__main__":
    main()
