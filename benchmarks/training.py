"""Exact training against gradient descent, and its cost: `python -m benchmarks.training`.

Prints a section of docs/performance.md. `--mnist FOLDER` takes the ten thousand images from MNIST's
idx files there; else they are made from the ten that ship with the package, by shifts and noise.
"""

import argparse
import statistics
import time
from itertools import pairwise
from pathlib import Path

import numpy as np

import hwkit
from benchmarks.timing import peak_gigabytes, row, seconds, spread, table
from hwkit.model import Quartic, layered_mask
from hwkit.patterns import mnist_patterns, read_idx
from hwkit.training import (
    Descent,
    HeldOutLoss,
    Noising,
    Protocol,
    descend,
    normalized_patterns,
    unit_fields,
)
from hwkit.wiener import child_seed
from hwkit.workers import Failure, run_tasks

INTRODUCTION = """
## Training

    python -m benchmarks.training

Exact: one call of `hwkit.train`, moments and all. Batch gradient descent: cycles of one new path of
each of three MNIST digits, 784 + 512 units, rate dt / t_final; its time is that of the cycles
alone, without judging them. Held-out loss: mean per step over 3 x 10 paths kept aside, the same for
both. Plateau: the first cycle whose held-out loss is within 1e-5, relative, of the best of all."""

CLASSES, HIDDEN = [0, 1, 2], 512
PLATEAU = 1e-5
EXACT_EVERY = 25  # cycles: both sides are timed in turn


def exact():
    return hwkit.train(mnist_patterns(CLASSES), HIDDEN, biases="hidden")


def against_descent(cycles):
    trained = exact()
    fields = trained.fields
    noising = Noising(Protocol(), fields, Quartic(), kT=0.1, mobility=1.0)
    mask = layered_mask(784, HIDDEN)
    bias_mask = np.arange(fields.shape[1]) >= 784
    aside = HeldOutLoss(noising, 10, child_seed(1, "held out"))
    best = aside.at(np.asarray(trained.model.J), trained.model.b)
    steps = descend(noising, mask, bias_mask, "batch", Descent(cycles=cycles, seed=1))
    losses, times, exact_times = [], [], []
    for cycle in range(cycles):
        start = time.perf_counter()
        J, b = next(steps)
        times.append(time.perf_counter() - start)
        losses.append(aside.at(J, b))
        if cycle % EXACT_EVERY == 0:
            exact_times.append(seconds(exact))
    plateau = int(np.argmax(np.array(losses) <= min(losses) * (1 + PLATEAU)))
    needed = sum(times[: plateau + 1])
    row("exact, s", spread(exact_times))
    row("gradient descent, s a cycle", spread(times))
    row(f"plateau among {cycles} cycles: cycle, s", f"{plateau + 1}, {needed:.1f}")
    ratios = [needed / t for t in exact_times]
    row("gradient descent to its plateau / exact", spread(ratios, 0), ">= 20")
    row("held-out loss per step, exact", f"{best:.4f}")
    row(
        f"held-out loss per step, best and last of {cycles} cycles",
        f"{min(losses):.4f}, {losses[-1]:.4f}",
    )
    row("lowest of gradient descent less exact", f"{min(losses) - best:.4f}", "> 0")


def many_images(folder):
    times = []
    for n in (2500, 5000, 10000):
        [outcome] = run_tasks("benchmarks.training:measured", folder, [n])  # a worker for each
        if isinstance(outcome, Failure):
            raise SystemExit(f"{n} images: {outcome.reason}")
        elapsed, moments, peak = outcome
        times.append(moments)
        row(
            f"{n:,} images, 784 + {HIDDEN}: s in all, s for the statistics, GB",
            f"{elapsed:.1f}, {moments:.1f}, {peak:.2f}",
            "<= 8 GB" if n == 10000 else "",
        )
    doublings = ", ".join(f"{b / a:.2f}" for a, b in pairwise(times))
    row("statistics, time of twice the images", doublings, "linear: 2")


def measured(folder):
    """In a worker process: return what trains on n images and reports times and memory."""

    def task(n):
        pictures = images(folder, n)
        fields = unit_fields(normalized_patterns(pictures), HIDDEN)
        statistics_ = seconds(
            lambda: hwkit.training.noising_statistics(Protocol(), fields, Quartic(), 0.1, 1.0)
        )
        elapsed = seconds(lambda: hwkit.train(pictures, HIDDEN, biases="hidden"))
        return elapsed, statistics_, peak_gigabytes()

    return task


def images(folder, n):
    if folder is not None:
        path = next(iter(sorted(Path(folder).glob("*images-idx3-ubyte*"))))
        return np.float64(read_idx(path)[:n]).reshape(-1, 784)
    rng = np.random.default_rng(0)
    drawn = mnist_patterns(list(range(10))).reshape(10, 28, 28)
    shifted = [np.roll(drawn[k % 10], rng.integers(-3, 4, 2), (0, 1)) for k in range(n)]
    return np.stack(shifted).reshape(n, 784) + rng.normal(0, 10, (n, 784))


def sizes(rounds):
    """The same problem at a quarter of the units, pixels of 2 x 2 averaged."""
    small = mnist_patterns(CLASSES).reshape(3, 14, 2, 14, 2).mean(axis=(2, 4)).reshape(3, 196)
    cases = {324: lambda: hwkit.train(small, 128, biases="hidden"), 1296: exact}
    times = {
        n: statistics.median(seconds(case) for _ in range(rounds)) for n, case in cases.items()
    }
    exponent = np.log(times[1296] / times[324]) / np.log(4)
    row("exact, N = 324 and 1,296, s", f"{times[324]:.2f}, {times[1296]:.2f}")
    row("growth with N, exponent", f"{exponent:.1f}", "<= 3")


def section(cycles, folder, rounds):
    print(INTRODUCTION)
    table()
    exact()
    sizes(rounds)
    if cycles:
        against_descent(cycles)
    many_images(folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cycles", type=int, default=900, help="0 leaves gradient descent out")
    parser.add_argument("--mnist", help="folder of MNIST's idx files")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    section(arguments.cycles, arguments.mnist, arguments.rounds)


if __name__ == "__main__":
    main()
