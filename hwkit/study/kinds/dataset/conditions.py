"""Generation with a condition: a class that is asked for, a picture of which a half is known."""

from dataclasses import dataclass

import numpy as np

from hwkit.study.kinds.dataset.material import Gated, Material
from hwkit.study.kinds.dataset.results import Conditions
from hwkit.training import complete, normalized_parts, restrict_to_class
from hwkit.trajectories import FloatArray
from hwkit.wiener import child_seed

_SHOWN = 10


@dataclass(frozen=True, eq=False)
class Shown:
    """States for the page: one of each class asked for; known halves, completions, the truth."""

    classes: FloatArray
    masked: FloatArray
    completed: FloatArray
    truth: FloatArray


def conditions(material: Material, machine: Gated) -> tuple[Conditions, Shown]:
    """Ask a machine for each class, and for the missing half of held-out pictures."""
    plan, judge = material.plan, material.judge
    assert plan.conditions is not None
    right, examples = [], []
    for label in range(judge.n_classes):
        asked = plan.conditions
        only, n = restrict_to_class(machine, label, asked.emphasis), asked.of_each_class
        states = material.generate(only, n, "class", label)
        right.append(float(np.mean(material.classes(states) == label)))
        examples.append(states[0])
    count = min(plan.conditions.masked, len(judge.held_out))
    truth, labels = judge.held_out[:count], judge.held_out_labels[:count]
    parts = normalized_parts(_half(truth), judge.training)
    pairwise = plan.machine.without_experts()
    states, baseline = (
        _completed(material, each, parts) for each in (machine, material.train(pairwise, 0).machine)
    )
    found = material.classes(states)
    result = Conditions(
        plan.conditions.of_each_class,
        count,
        right,
        float(np.mean(found == labels)),
        float(np.mean(material.classes(baseline) == labels)),
        float(np.mean(material.classes(np.nan_to_num(parts)) == labels)),
        float(np.mean(np.roll(found, 1) == labels)),
    )
    rows = slice(0, _SHOWN)
    return result, Shown(np.array(examples), parts[rows], states[rows], truth[rows])


def _completed(material: Material, machine: Gated, parts: FloatArray) -> FloatArray:
    slow, protocol = material.in_generation(machine)
    return complete(slow, parts, protocol, child_seed(material.plan.seed, "completion"))


def _half(pictures: FloatArray) -> FloatArray:
    """Return pictures whose lower half (the later pixels) is not known."""
    part = pictures.copy()
    part[:, part.shape[1] // 2 :] = np.nan
    return part
