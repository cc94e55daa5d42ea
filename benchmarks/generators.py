"""Generators of whole data sets: `python -m benchmarks.generators digits|mnist --data FOLDER`.

Trains every machine with several seeds on the same training pictures and judges what it generates
beside baselines and controls, all in one run. Means over seeds are before the range. The split and
the judge are the same for all seeds; the seed changes clusters, noise and samples. Nothing is
chosen by held-out pictures. What `docs/` says of these machines comes from here.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

import hwkit
from benchmarks.timing import peak_gigabytes
from hwkit.fidelity import generator_quality, judge_of, permuted_pixels
from hwkit.langevin import prepare_states, simulate_gated
from hwkit.model import Quartic, SegmentedMachine
from hwkit.patterns import whole_set
from hwkit.training import (
    GroupPlan,
    Protocol,
    TilePlan,
    prepared_states,
    slowed,
    train_drift,
    train_gated,
)
from hwkit.training.clusters import clusters
from hwkit.wiener import child_seed

MEASURES = ("fd", "confident", "smallest_class", "precision", "recall", "novelty")
KT, MIXTURE, CLIP = 0.1, 60, 4.0


@dataclass(frozen=True)
class Problem:
    """A data set, its split, sample counts and machines, as docs/ defines the measures."""

    source: str
    train: int
    held_out: int
    judge_units: int
    generated: int
    protocol: Protocol
    cases: dict[str, Callable] = field(default_factory=dict)
    slowness: int = 1  # of generation, where noising has no force


def trained(groups, segments, samples):
    """Return a function that trains: (problem material, seed) -> machine and its protocol."""

    def train(material, seed):
        return train_gated(
            material.judge.training, groups, labels=material.judge.labels, segments=segments,
            samples=samples, protocol=material.protocol, seed=seed,
        ).machine  # fmt: skip

    return train


def local(count):
    """Experts of all tiles of MNIST but those of the border, which is hardly ever inked."""
    return TilePlan(count, border=2).groups(784)


def experts(count, prototypes=0, **options):
    own = [GroupPlan(count, within_classes=True, **options)] if count else []
    return own + ([GroupPlan(prototypes, False, within_classes=True)] if prototypes else [])


def no_diagonal(directed):
    def train(material, seed):
        pictures = material.judge.training
        off = ~np.eye(pictures.shape[1], dtype=bool)
        return train_drift(
            pictures, 0, None, directed=directed, mask=off, protocol=material.protocol
        ).machine

    return train


def papers(material, seed):
    pictures = material.judge.training
    n_hidden = {64: 64}.get(pictures.shape[1], 512)
    return hwkit.train(pictures, n_hidden, biases="hidden", protocol=material.protocol).model


def symmetric(train):
    """The same machine with the couplings of each set made symmetric after training."""

    def even(J):
        return None if J is None else (J + np.swapaxes(J, -1, -2)) / 2

    def part(machine):
        groups = tuple(replace(group, J=even(group.J)) for group in machine.groups)
        return replace(machine, J=even(machine.J), groups=groups)

    def changed(material, seed):
        machine = train(material, seed)
        parts = tuple(part(each) for each in machine.segments)
        return parts[0] if len(parts) == 1 else SegmentedMachine(parts)

    return changed


DIGITS = Problem("digits", 1400, 397, 64, 1500, Protocol(dt=2.5 / 128), {
    "pairwise, 1 segment": trained([], 1, 20),
    "pairwise, 8 segments": trained([], 8, 20),
    "pairwise, zero diagonal": no_diagonal(True),
    "pairwise, zero diagonal, symmetric": no_diagonal(False),
    "the paper's machine, 64 + 64": papers,
    "100 prototypes, 8 segments": trained(experts(0, 100), 8, 20),
    "10 experts, 1 segment": trained(experts(10), 1, 20),
    "10 experts, made symmetric": symmetric(trained(experts(10), 1, 20)),
    "10 experts + 100 prototypes, 8 segments": trained(experts(10, 100), 8, 20),
})  # fmt: skip
LOCAL = "100 experts of rank 50 + 24 experts a tile, 10 segments"
MNIST = Problem("mnist", 8000, 2000, 128, 1000, Protocol(3.2, 0.02, 3.0, 0.625), {
    "pairwise, 1 segment": trained([], 1, 6),
    "pairwise, 10 segments": trained([], 10, 3),
    "24 experts a tile, 10 segments": trained(local(24), 10, 3),
    "40 experts of rank 50 + 24 experts a tile, 10 segments": trained(
        local(24) + experts(40, rank=50), 10, 3
    ),
    LOCAL: trained(
        local(24) + experts(100, rank=50, samples=8), 10, 3
    ),
}, slowness=2)  # fmt: skip
BARS = {
    "10 experts, 1 segment": "precision 0.85, recall 0.90, confident 0.78, every class 5 %",
    "10 experts + 100 prototypes, 8 segments": "precision 0.92, recall 0.93, confident 0.84",
    LOCAL: "precision 0.86, recall 0.84, confident 0.70, every class 3 %, FD 0.6 of pairwise",
}


class Material:
    """Judge, protocol and the floor of a problem."""

    def __init__(self, problem, folder):
        training, held_out = whole_set(problem.source, folder).split(
            problem.train, problem.held_out
        )
        self.problem = problem
        self.judge = judge_of(
            training.pictures, training.labels, held_out.pictures, held_out.labels,
            problem.judge_units,
        )  # fmt: skip
        self.protocol = problem.protocol
        self.prepared = self.at_start(self.judge.held_out, 1)

    def at_start(self, pictures, seed):
        return prepared_states(self.protocol, pictures, Quartic(), KT, 1.0, seed)

    def quality(self, states, seed):
        return generator_quality(self.judge, states, self.prepared, seed)

    def generate(self, machine, seed):
        dt, n = self.protocol.dt, self.problem.generated
        machine, t = slowed(machine, self.protocol, self.problem.slowness)
        x0 = prepare_states(machine, t, dt, n, child_seed(seed, "starts"))
        x = simulate_gated(machine, t, dt, n, child_seed(seed, "noise"), x0).final
        return x[:, : self.judge.training.shape[1]]

    def baselines(self, seed):
        """Floor, fitted normal, mixture of normals, and both controls, by name."""
        x, n = self.judge.training, self.problem.generated
        draw = np.random.default_rng(seed)
        some = draw.integers(len(x), size=n)
        return {
            "floor": self.at_start(np.resize(self.judge.held_out, (n, x.shape[1])), seed + 2),
            "fitted normal": _normals(x, np.zeros(len(x), dtype=int), n, draw),
            f"mixture of {MIXTURE} normals": _normals(x, clusters(x, MIXTURE, seed), n, draw),
            "control: permuted pixels": self.at_start(permuted_pixels(x[some]), seed + 3),
            "control: copies": self.at_start(x[some], seed + 4),
        }


def _normals(pictures, labels, n, draw):
    """Draw from normals fitted to clusters, each as likely as its share."""
    out = np.empty((n, pictures.shape[1]))
    for row, label in enumerate(labels[draw.integers(len(labels), size=n)]):
        own = pictures[labels == label]
        mean = own.mean(axis=0)
        weights = draw.standard_normal(len(own)) / np.sqrt(max(len(own) - 1, 1))
        out[row] = mean + weights @ (own - mean)
    return out


def line(name, runs, times=((0.0, 0.0),), clips=0):
    def shown(values):
        return f"{statistics.mean(values):.3g} ({min(values):.3g} to {max(values):.3g})"

    cells = [shown([getattr(run, measure).value for run in runs]) for measure in MEASURES]
    train, sample = (statistics.mean(each) for each in zip(*times, strict=True))
    failed = sum(run.failed for run in runs)
    extra = [
        f"{train:.0f}, {sample:.0f}",
        f"{peak_gigabytes():.2f}",
        f"{clips + failed}",
        BARS.get(name, ""),
    ]
    print("| " + " | ".join([name, *cells, *extra]) + " |", flush=True)


def measure(material, name, train, seeds):
    runs, times, clips = [], [], 0
    for seed in range(seeds):
        start = time.perf_counter()
        machine = train(material, seed)
        between = time.perf_counter()
        states = material.generate(machine, seed)
        times.append((between - start, time.perf_counter() - between))
        clips += int(np.count_nonzero(np.abs(states) > CLIP))
        runs.append(material.quality(states, seed))
    line(name, runs, times, clips)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("problem", choices=["digits", "mnist"])
    parser.add_argument("--data", help="folder of MNIST's idx files")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--only", help="machines whose name holds this text")
    arguments = parser.parse_args()
    problem = {"digits": DIGITS, "mnist": MNIST}[arguments.problem]
    material = Material(problem, arguments.data)
    print(f"\n## Generators: {problem.source}\n")
    print(
        f"{problem.train:,} pictures to train, {problem.held_out:,} held out, {problem.generated:,}"
        f" generated; strength {problem.protocol.strength:g}, "
        f"{problem.protocol.n_steps} steps, {arguments.seeds} seeds. The "
        f"judge is right on {material.judge.accuracy:.1%} of the held-out pictures. Clips: states "
        f"beyond {CLIP:g} or not finite, of all seeds.\n"
    )
    print("| machine | " + " | ".join(MEASURES) + " | train, sample, s | GB | clips | bar |")
    print("| --- " * (len(MEASURES) + 5) + "|", flush=True)
    if arguments.only is None:
        seeds = [material.baselines(seed) for seed in range(arguments.seeds)]
        for name in seeds[0]:
            line(name, [material.quality(states[name], k) for k, states in enumerate(seeds)])
    for name, train in problem.cases.items():
        if arguments.only is None or arguments.only in name:
            measure(material, name, train, arguments.seeds)


if __name__ == "__main__":
    main()
