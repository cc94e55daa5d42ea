"""What the stages of a breadboard study share: the chosen machine, its board, and its runs."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from hwkit.circuit import Design
from hwkit.circuit.streams import bit_streams
from hwkit.langevin import simulate_langevin
from hwkit.model import EnergyModel
from hwkit.study.kinds.breadboard.board import diodes_of, noise_source
from hwkit.study.kinds.breadboard.plan import BreadboardPlan
from hwkit.study.run import Run
from hwkit.trajectories import FloatArray, Trajectories

SAVED = 5  # steps between saved states of the samples


def sample_clocks(plan: BreadboardPlan, model: EnergyModel) -> int:
    """Return how many bits a sample lasts."""
    bit = noise_source(plan.parts, model).second / plan.parts.scale(diodes_of(model)).second
    return round(plan.protocol.t_final / bit)


@dataclass(frozen=True, eq=False)
class Subject:
    """What a breadboard study is about: the chosen machine, its board, normalised patterns."""

    run: Run[BreadboardPlan]
    model: EnergyModel
    design: Design
    patterns: FloatArray

    @property
    def plan(self) -> BreadboardPlan:
        """The study."""
        return self.run.plan

    def seed(self, purpose: str) -> int:
        """Return the seed of the thermal noise of one purpose."""
        return self.run.seed("generation", purpose)

    def ideal(self) -> Trajectories:
        """Return fresh samples of the ideal machine, from 0."""
        choice, t_final = self.plan.choice, self.plan.protocol.t_final
        return self.run.folder.trajectories(
            "ideal.nc",
            lambda: simulate_langevin(
                self.model, t_final, choice.dt, choice.fresh_samples, self.seed("ideal")
            ),
        )

    def samples(self) -> Trajectories:
        """Return samples of the board in SPICE, on Gaussian noise."""
        return self.spice("samples", self.plan.runs.samples, self.design, save_every=SAVED)

    def bits(
        self, name: str = "bits", design: Design | None = None, kicks: FloatArray | None = None
    ) -> Trajectories:
        """Return samples of the board in SPICE, on bit streams held for one step each.

        They are those of the board's shift register, from its start; a sample's bits follow those
        of the one before.

        Args:
            name: of the runs.
            design: the circuit; the board's if None.
            kicks: what a change of bit k adds to the bit of unit j, (N, N); nothing if None.
        """
        bit = noise_source(self.plan.parts, self.model).second / self.design.scale.second
        steps, count = sample_clocks(self.plan, self.model), self.plan.runs.samples
        dt = self.plan.protocol.t_final / steps
        bits = bit_streams(self.model.n_units).bits(0, count * steps)
        if kicks is not None:
            bits = bits + np.diff(bits, axis=0, prepend=bits[:1]) @ kicks.T
        stream = np.sqrt(bit) * bits.reshape(count, steps, -1) * (dt / bit)
        return self.spice(name, count, design or self.design, dt=dt, increments=stream)

    def spice(self, name: str, count: int, design: Design, **given: Any) -> Trajectories:
        """Run a design in ngspice from 0; resumed if it is in the folder."""

        def compute() -> Trajectories:
            times = {"t_final": self.plan.protocol.t_final, "dt": self.plan.runs.dt} | given
            t_final, dt = times.pop("t_final"), times.pop("dt")
            stage = f"SPICE runs: {name}"
            return self.run.spice(stage, design, t_final, dt, count, seed=self.seed(name), **times)

        return self.run.folder.trajectories(f"{name}.nc", compute)
