"""What the stages of a speed-up study share: the machine at every factor, and its runs.

Times of a machine `factor` times as fast are divided by the factor; its runs come back on the time
axis of the original machine, so that both sides can be compared.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from hwkit.circuit import Design, Scale
from hwkit.fidelity import neighbouring_steps
from hwkit.langevin import prepare_states
from hwkit.model import EnergyModel
from hwkit.model.speed import faster
from hwkit.spice import simulate_spice
from hwkit.study.folder import RunFolder
from hwkit.study.kinds.speedup.plan import SpeedupPlan
from hwkit.trajectories import FloatArray, Trajectories
from hwkit.wiener import child_seed
from hwkit.workers import Progress

_EVERY = 10  # steps between saved states


@dataclass
class SpeedRun:
    """A speed-up study on its way; `patterns` are normalised."""

    plan: SpeedupPlan
    folder: RunFolder
    model: EnergyModel
    patterns: FloatArray
    jobs: int
    timeout: float | None
    stage: Callable[[str], AbstractContextManager[Progress]]

    def seed(self, *path: str) -> int:
        """Return the seed of one stage."""
        return child_seed(self.plan.seed, *path)

    @property
    def scale(self) -> Scale:
        """The scale of the circuit, which no factor changes."""
        circuit = self.plan.circuit
        return Scale(circuit.volt, circuit.second, circuit.farad)

    def machine(self, factor: float, **kept: bool) -> EnergyModel:
        """Return the machine at a factor; see `faster`."""
        return faster(self.model, factor, **kept)

    def design(self, model: EnergyModel) -> Design:
        """Compile a machine at the plan's scale, which no factor changes."""
        return self.plan.circuit.design(model)

    def steps(self, dt: float) -> tuple[int, ...]:
        """Return the steps that are saved."""
        n = round(self.plan.protocol.t_final / dt)
        return tuple(sorted({*neighbouring_steps(n), *range(0, n, _EVERY)}))

    def starts(self, model: EnergyModel, factor: float, dt: float, n: int, seed: int) -> FloatArray:
        """Return states that have settled uncoupled for the machine's own, shorter time."""
        t_final = self.plan.protocol.t_final
        return prepare_states(model, t_final / factor, dt / factor, n, seed)

    def spice(
        self,
        file: str,
        design: Design,
        factor: float,
        n: int,
        dt: float,
        seed: int,
        increments: FloatArray | None = None,
        x0: FloatArray | None = None,
    ) -> Trajectories:
        """Run a design's full netlist for t_final / factor; resumed if it is in the folder."""

        def compute() -> Trajectories:
            own = child_seed(seed, "preparation")
            starts = self.starts(design.model, factor, dt, n, own) if x0 is None else x0
            with self.stage(f"SPICE runs: {file.removesuffix('.nc')}") as progress:
                runs = simulate_spice(
                    design,
                    self.plan.protocol.t_final / factor,
                    dt / factor,
                    n,
                    seed,
                    starts,
                    increments,
                    self.steps(dt),
                    jobs=self.jobs,
                    timeout=self.timeout,
                    tight=True,
                    progress=progress,
                )
            return slowed(runs, factor)

        return self.folder.trajectories(file, compute)


def slowed(runs: Trajectories, factor: float) -> Trajectories:
    """Return the runs of a faster machine on the time axis of the original one."""
    attributes: dict[str, Any] = {**runs.attributes, "factor": factor}
    attributes.pop("model", None)  # of the faster machine, which these runs no longer show
    attributes["dt"] = float(runs.attributes["dt"]) * factor
    return replace(runs, t=runs.t * factor, attributes=attributes)


def held(increments: FloatArray, steps: int) -> FloatArray:
    """Return what a noise source that holds each value for some steps makes of a Wiener path.

    Increments (n, K, N) are averaged over blocks of `steps`: the density at low frequency stays.
    """
    if steps <= 1:
        return increments
    n, count, units = increments.shape
    blocks = -(-count // steps)
    padded = np.zeros((n, blocks * steps, units))
    padded[:, :count] = increments
    means = padded.reshape(n, blocks, steps, units).sum(axis=2)
    lengths = np.full(blocks, float(steps))
    lengths[-1] = count - (blocks - 1) * steps
    spread = np.repeat(means / lengths[:, None], steps, axis=1)
    return np.asarray(spread[:, :count])
