"""What all machines of a data set study have in common, and how one is trained and judged."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import ConfigError
from hwkit.fidelity import GeneratorQuality, Judge, generator_quality, judge_of
from hwkit.langevin import prepare_states, simulate_gated
from hwkit.model import GatedMachine, Quartic, SegmentedMachine
from hwkit.study.kinds.dataset.plan import DatasetPlan, GatesPlan
from hwkit.training import (
    GatedTraining,
    Protocol,
    normalized_patterns,
    prepared_states,
    slowed,
    train_gated,
)
from hwkit.trajectories import FloatArray
from hwkit.wiener import child_seed

Gated = GatedMachine | SegmentedMachine


@dataclass(frozen=True, eq=False)
class Material:
    """Pictures, judge, and held-out pictures at the start of noising (the floor)."""

    plan: DatasetPlan
    judge: Judge
    prepared: FloatArray

    @classmethod
    def of(cls, plan: DatasetPlan) -> "Material":
        """Split the data, train the judge, prepare the held-out pictures."""
        training, held_out = plan.data.split()
        judge = judge_of(
            training.pictures,
            training.labels,
            held_out.pictures,
            held_out.labels,
            plan.data.judge_units,
            child_seed(plan.data.split_seed, "judge"),
        )
        material = cls(plan, judge, np.empty((0, 0)))
        return cls(plan, judge, material.at_start(judge.held_out, "floor"))

    @property
    def onsite(self) -> Quartic:
        """Energy of a unit alone."""
        return Quartic(self.plan.machine.J2, self.plan.machine.J4)

    @property
    def protocol(self) -> Protocol:
        """The noising."""
        return self.plan.noising.protocol()

    def at_start(self, fields: FloatArray, name: str) -> FloatArray:
        """Return normalised pictures (n, N) as they are when noising starts."""
        kT, seed = self.plan.machine.kT, child_seed(self.plan.seed, name)
        with np.errstate(over="ignore", invalid="ignore"):  # told below
            states = prepared_states(self.protocol, fields, self.onsite, kT, 1.0, seed)
        if not np.all(np.isfinite(states)):
            raise ConfigError(
                f"noising.steps is {self.plan.noising.steps}: states overflow in steps of "
                f"{self.protocol.dt:.3g}; give more"
            )
        return states

    def train(self, gates: GatesPlan, k: int) -> GatedTraining:
        """Train a machine with the k-th seed."""
        return train_gated(
            self.judge.training,
            gates.groups(self.judge.training.shape[1]),
            labels=self.judge.labels,
            segments=gates.segments,
            samples=self.plan.noising.samples,
            onsite=self.onsite,
            kT=self.plan.machine.kT,
            protocol=self.protocol,
            seed=child_seed(self.plan.seed, "training", k),
        )

    def in_generation(self, machine: Gated) -> tuple[Gated, Protocol]:
        """Return the machine, slowed down where the plan says so, and a protocol of its length."""
        slow, t_final = slowed(machine, self.protocol, self.plan.machine.slowness)
        return slow, replace(self.protocol, t_final=t_final)

    def generate(self, machine: Gated, n: int, *path: int | str) -> FloatArray:
        """Return n states, (n, N); starts and noise depend on the path of the seed alone."""
        machine, protocol = self.in_generation(machine)
        t, dt = protocol.t_final, protocol.dt
        x0 = prepare_states(machine, t, dt, n, child_seed(self.plan.seed, "preparation", *path))
        noise = child_seed(self.plan.seed, "generation", *path)
        return np.asarray(simulate_gated(machine, t, dt, n, noise, x0).final)

    def quality(self, states: FloatArray) -> GeneratorQuality:
        """Return the measures of states (n, N)."""
        return generator_quality(self.judge, states, self.prepared, self.plan.seed)

    def classes(self, states: FloatArray) -> NDArray[np.intp]:
        """Return the class of each state (n, N), (n,)."""
        return self.judge.classes(normalized_patterns(states))
