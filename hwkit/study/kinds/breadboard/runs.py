"""What the stages of a breadboard study share: the chosen machine, its board, and its runs."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from hwkit.circuit import Design
from hwkit.langevin import simulate_langevin
from hwkit.model import EnergyModel
from hwkit.study.kinds.breadboard.board import noise_source
from hwkit.study.kinds.breadboard.plan import BreadboardPlan
from hwkit.study.run import Run
from hwkit.trajectories import FloatArray, Trajectories

SAVED = 5  # steps between saved states of the samples


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

    def bits(self) -> Trajectories:
        """Return samples of the board in SPICE, on bit streams held for one step each."""
        bit = noise_source(self.plan.parts, self.model).second / self.design.scale.second
        steps = round(self.plan.protocol.t_final / bit)
        dt = self.plan.protocol.t_final / steps
        draw = np.random.Generator(np.random.Philox(self.seed("bit stream")))
        signs = draw.integers(0, 2, (self.plan.runs.samples, steps, self.model.n_units)) * 2.0 - 1.0
        stream = np.sqrt(bit) * signs * (dt / bit)
        return self.spice("bits", self.plan.runs.samples, self.design, dt=dt, increments=stream)

    def spice(self, name: str, count: int, design: Design, **given: Any) -> Trajectories:
        """Run a design in ngspice from 0; resumed if it is in the folder."""

        def compute() -> Trajectories:
            times = {"t_final": self.plan.protocol.t_final, "dt": self.plan.runs.dt} | given
            t_final, dt = times.pop("t_final"), times.pop("dt")
            stage = f"SPICE runs: {name}"
            return self.run.spice(stage, design, t_final, dt, count, seed=self.seed(name), **times)

        return self.run.folder.trajectories(f"{name}.nc", compute)
