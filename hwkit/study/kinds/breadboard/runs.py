"""What the stages of a bench study share: the chosen machine, its board, and its runs."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import numpy as np

from hwkit.circuit import Design
from hwkit.langevin import simulate_langevin
from hwkit.model import EnergyModel
from hwkit.spice import simulate_spice
from hwkit.study.folder import RunFolder
from hwkit.study.kinds.breadboard.board import noise_source
from hwkit.study.kinds.breadboard.plan import BenchPlan
from hwkit.trajectories import FloatArray, Trajectories
from hwkit.wiener import child_seed
from hwkit.workers import Progress

_SAVED = 5  # steps between saved states of the samples


@dataclass(frozen=True)
class BenchRun:
    """A bench study on its way: the machine that was chosen and its board as soldered.

    `patterns` are normalised.
    """

    plan: BenchPlan
    folder: RunFolder
    model: EnergyModel
    design: Design
    patterns: FloatArray
    jobs: int
    timeout: float | None
    stage: Callable[[str], AbstractContextManager[Progress]]

    def seed(self, purpose: str) -> int:
        """Return the seed of the thermal noise of one purpose."""
        return child_seed(self.plan.seed, "generation", purpose)

    def ideal(self) -> Trajectories:
        """Return fresh samples of the ideal machine, from 0."""
        choice, t_final = self.plan.choice, self.plan.protocol.t_final
        return self.folder.trajectories(
            "ideal.nc",
            lambda: simulate_langevin(
                self.model, t_final, choice.dt, choice.fresh_samples, self.seed("ideal")
            ),
        )

    def samples(self) -> Trajectories:
        """Return samples of the board in SPICE, on Gaussian noise."""
        return self.spice("samples", self.plan.runs.samples, self.design, save_every=_SAVED)

    def bits(self) -> Trajectories:
        """Return samples of the board in SPICE, on bit streams held for one step each."""
        bit = noise_source(self.plan, self.model).second / self.design.scale.second
        steps = round(self.plan.protocol.t_final / bit)
        dt = self.plan.protocol.t_final / steps
        draw = np.random.Generator(np.random.Philox(self.seed("bit stream")))
        signs = draw.integers(0, 2, (self.plan.runs.samples, steps, self.model.n_units)) * 2.0 - 1.0
        held = np.sqrt(bit) * signs * (dt / bit)
        return self.spice("bits", self.plan.runs.samples, self.design, dt=dt, increments=held)

    def spice(self, name: str, count: int, design: Design, **given: Any) -> Trajectories:
        """Run a design in ngspice from 0; resumed if it is in the folder."""

        def compute() -> Trajectories:
            arguments = {"t_final": self.plan.protocol.t_final, "dt": self.plan.runs.dt} | given
            with self.stage(f"SPICE runs: {name}") as progress:
                return simulate_spice(
                    design,
                    n_trajectories=count,
                    seed=self.seed(name),
                    jobs=self.jobs,
                    timeout=self.timeout,
                    progress=progress,
                    **arguments,
                )

        return self.folder.trajectories(f"{name}.nc", compute)
