"""What the stages of a speed-up study share: the machine at every factor, and its runs.

Times of a machine `factor` times as fast are divided by the factor; its runs come back on the time
axis of the original machine, so that both sides can be compared.
"""

from dataclasses import dataclass, replace

import numpy as np

from hwkit.circuit import Design, Scale
from hwkit.fidelity import neighbouring_steps
from hwkit.langevin import prepare_states
from hwkit.model import EnergyModel
from hwkit.model.speed import faster
from hwkit.study.kinds.speedup.plan import SpeedupPlan
from hwkit.study.run import Run
from hwkit.trajectories import FloatArray, Trajectories
from hwkit.wiener import child_seed

_EVERY = 10  # steps between saved states


@dataclass(frozen=True, eq=False)
class Subject:
    """What a speed-up study is about: its run, the trained machine, normalised patterns."""

    run: Run[SpeedupPlan]
    model: EnergyModel
    patterns: FloatArray

    @property
    def plan(self) -> SpeedupPlan:
        """The study."""
        return self.run.plan

    def seed(self, *path: str) -> int:
        """Return the seed of one stage."""
        return self.run.seed(*path)

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
        """Return states (n, N) that have settled uncoupled for the machine's shorter time.

        Args:
            model: the machine.
            factor: by which it is faster: duration and step are divided by it.
            dt: time step of the machine that is not faster, in model time.
            n: number of runs.
            seed: root of the noise.
        """
        t_final = self.plan.protocol.t_final
        return prepare_states(model, t_final / factor, dt / factor, n, seed)

    def spice(self, file: str, design: Design, factor: float, drive: "Drive") -> Trajectories:
        """Run a design's full netlist for t_final / factor; resumed if it is in the folder."""

        def compute() -> Trajectories:
            t_final, dt, x0 = self.plan.protocol.t_final / factor, drive.dt / factor, drive.x0
            if x0 is None:
                settled = child_seed(drive.seed, "preparation")
                x0 = self.starts(design.model, factor, drive.dt, drive.n, settled)
            runs = self.run.spice(
                f"SPICE runs: {file.removesuffix('.nc')}",
                design,
                t_final,
                dt,
                drive.n,
                seed=drive.seed,
                x0=x0,
                increments=drive.increments,
                save_every=self.steps(drive.dt),
                tight=True,
            )
            return in_original_time(runs, factor)

        return self.run.folder.trajectories(file, compute)


@dataclass(frozen=True, eq=False)
class Drive:
    """What drives runs: how many, their step at factor 1, seed, and noise and starts if given.

    `increments` (n, K, N) replace the seed's; starts `x0` (n, N) are prepared if None.
    """

    n: int
    dt: float
    seed: int
    increments: FloatArray | None = None
    x0: FloatArray | None = None


def in_original_time(runs: Trajectories, factor: float) -> Trajectories:
    """Return the runs of a faster machine on the time axis of the original one."""
    attributes = {**runs.attributes, "factor": factor}
    attributes.pop("model", None)  # of the faster machine, which these runs no longer show
    attributes["dt"] = float(runs.attributes["dt"]) * factor
    return replace(runs, t=runs.t * factor, attributes=attributes)


def held_noise(increments: FloatArray, steps: int) -> FloatArray:
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
