"""How a trained machine generates best: `python -m benchmarks.gains --data FOLDER [--seed 1]`.

The machine of `sims/dataset-mnist.toml`, trained on 7,000 of its 8,000 training pictures, generates
with several gains of the experts of whole pictures, slownesses and temperatures, on the same noise,
and is judged by the 1,000 others; then couplings are rounded to 6 bits, and classes asked for with
several emphases. The pictures that judge machines in the end are not read. Nothing is trained again
between rows.
"""

import argparse
import time
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.timing import peak_gigabytes
from hwkit.fidelity import judge_of
from hwkit.langevin import prepare_states, simulate_gated
from hwkit.study.kinds.dataset.material import Material
from hwkit.study.kinds.dataset.plan import DatasetPlan
from hwkit.training import restrict_to_class, slowed
from hwkit.training.reduced import of_few_bits
from hwkit.wiener import child_seed

STUDY = Path(__file__).parents[1] / "sims" / "dataset-mnist.toml"
FIT, SAMPLES, OF_A_CLASS = 7000, 1000, 60
MEASURES = ("precision", "recall", "confident", "smallest_class", "fd", "novelty")
SETTINGS = [  # gain, slowness, kT
    (1.0, 1, 0.1), (1.0, 2, 0.1), (1.0, 2, 0.09), (1.3, 2, 0.09), (1.5, 2, 0.09), (1.5, 2, 0.1),
    (1.75, 2, 0.1), (2.0, 2, 0.1), (1.75, 1, 0.1),
]  # fmt: skip
CHOSEN = 1.75, 2, 0.1
EMPHASES = (1.0, 4.0)


def material_of(folder):
    """Split off the pictures that judge here, and train the judge on the others."""
    plan = DatasetPlan.model_validate(tomllib.loads(STUDY.read_text(encoding="utf-8")))
    data = plan.data.model_copy(update={"folder": folder})
    machine = plan.machine.model_copy(update={"expert_gain": 1.0})
    plan = plan.model_copy(update={"data": data, "machine": machine})
    training, _ = plan.data.split()
    pictures, labels = training.pictures, training.labels
    judge = judge_of(
        pictures[:FIT], labels[:FIT], pictures[FIT:], labels[FIT:], plan.data.judge_units,
        child_seed(plan.data.split_seed, "judge"),
    )  # fmt: skip
    material = Material(plan, judge, np.empty((0, 0)))
    return replace(material, prepared=material.at_start(judge.held_out, "floor"))


def with_gain(machine, gain, n_experts):
    """Return the machine with what its experts of whole pictures add times a gain."""

    def part(group):
        return group.scaled(gain) if group.n_experts == n_experts else group

    segments = tuple(replace(s, groups=tuple(map(part, s.groups))) for s in machine.segments)
    return replace(machine, segments=segments)


def generated(material, machine, slowness, kT, n, *path):
    slow, t = slowed(machine.at_temperature(kT), material.protocol, slowness)
    dt, seed = material.protocol.dt, material.plan.seed
    x0 = prepare_states(slow, t, dt, n, child_seed(seed, "preparation", *path))
    return simulate_gated(slow, t, dt, n, child_seed(seed, "generation", *path), x0).final


def row(material, what, states):
    quality = material.quality(states)
    values = [f"{getattr(quality, name).value:.3f}" for name in MEASURES]
    print(f"| {what} | {' | '.join(values)} |", flush=True)


def classes(material, machine, emphasis):
    """Print the share of samples of a requested class that the judge takes for it."""
    right = []
    for label in range(material.judge.n_classes):
        only = restrict_to_class(machine, label, emphasis)
        states = generated(material, only, *CHOSEN[1:], OF_A_CLASS, "class", label)
        right.append(float(np.mean(material.classes(states) == label)))
    print(f"emphasis {emphasis:g}: {np.mean(right):.3f} right, worst class {min(right):.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", required=True, help="folder of MNIST's idx files")
    parser.add_argument("--seed", type=int, default=1, help="number of the machine")
    asked = parser.parse_args()
    material, began = material_of(asked.data), time.process_time()
    machine = material.train(material.plan.machine, asked.seed).machine
    spent = time.process_time() - began
    print(f"trained in {spent:.0f} s of the processor, {peak_gigabytes():.1f} GB\n")
    print(f"| gain, slowness, kT | {' | '.join(MEASURES)} |\n| --- |{' --- |' * len(MEASURES)}")
    n_experts = material.plan.machine.experts
    for gain, slowness, kT in SETTINGS:
        own = with_gain(machine, gain, n_experts)
        states = generated(material, own, slowness, kT, SAMPLES, asked.seed)
        row(material, f"{gain:g}, {slowness}, {kT:g}", states)
    chosen = with_gain(machine, CHOSEN[0], n_experts)
    rounded = generated(material, of_few_bits(chosen, 6), *CHOSEN[1:], SAMPLES, asked.seed)
    row(material, "1.75, 2, 0.1; 6 bits", rounded)
    print()
    for emphasis in EMPHASES:
        classes(material, chosen, emphasis)


if __name__ == "__main__":
    main()
