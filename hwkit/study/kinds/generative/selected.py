"""Judge selected settings: many samples, a control, the circuit, joules.

Control: the same machine with couplings shuffled among units of each layer, which keeps every value
and every block. It must generate nothing recognisable.
"""

from dataclasses import dataclass

import numpy as np

from hwkit.circuit import Design, Scale
from hwkit.langevin import prepare_states, simulate_langevin
from hwkit.model import EnergyModel
from hwkit.study.kinds.generative.plan import DURATION, GenerativePlan, Settings
from hwkit.study.kinds.generative.results import Joules
from hwkit.study.run import Run
from hwkit.training import TrainingResult
from hwkit.trajectories import FloatArray, Trajectories
from hwkit.units import BOLTZMANN
from hwkit.wiener import child_seed

ROOM = 300.0
_FARADS = (1e-15, 1e-14, 1e-13, 1e-12)


@dataclass(frozen=True, eq=False)
class SelectedMachine:
    """The machine of the selected settings and its design, with what samples of it need."""

    plan: GenerativePlan
    settings: Settings
    trained: TrainingResult
    design: Design

    @classmethod
    def of(cls, plan: GenerativePlan) -> "SelectedMachine":
        """Train the machine and compile it."""
        assert plan.found is not None
        trained = plan.trained(plan.found.settings)
        return cls(plan, plan.found.settings, trained, plan.circuit.design(trained.model))

    def sample(self, model: EnergyModel, role: str, n: int) -> Trajectories:
        """Generate samples of a machine; every role has starts and noise of its own."""
        assert self.plan.found is not None
        return simulate_langevin(
            model,
            self.settings.observation,
            self.plan.found.dt,
            n,
            self.seed("generation", role),
            self.starts(model, role, n),
            precision="single",
        )

    def starts(self, model: EnergyModel, role: str, n: int) -> FloatArray:
        """Return prepared states (n, N)."""
        assert self.plan.found is not None
        return prepare_states(
            model, DURATION, self.plan.found.dt, n, self.seed("preparation", role)
        )

    def in_spice(self, run: Run[GenerativePlan]) -> Trajectories:
        """Generate the samples of role "paired" with cells in ngspice, couplings outside."""
        how = self.plan.found
        assert how is not None
        return run.spice(
            "SPICE runs (mixed)",
            self.design,
            self.settings.observation,
            how.dt,
            how.spice_samples,
            seed=self.seed("generation", "paired"),
            x0=self.starts(self.trained.model, "paired", how.spice_samples),
            level="mixed",
            lag_check="auto",
        )

    def shuffled(self) -> EnergyModel:
        """Return the control: the same couplings between other units."""
        model = self.trained.model
        draw = np.random.Generator(np.random.Philox(self.seed("shuffled")))
        visible = draw.permutation(model.n_visible)
        hidden = model.n_visible + draw.permutation(model.n_units - model.n_visible)
        order = np.concatenate([visible, hidden])
        J = np.asarray(model.J)[np.ix_(order, order)]
        return EnergyModel(
            J, model.b[order], model.onsite, model.kT, model.mobility, model.n_visible
        )

    def seed(self, *path: str) -> int:
        """Return the seed of some samples."""
        return child_seed(self.plan.seed, "found", *path)


def joules(design: Design, heat: float) -> list[Joules]:
    """Return what a heat in units of kT is in joules, scale by scale.

    First the design's own scale, whose noise is made: its noise temperature follows. Then
    nodes of several sizes at 300 K, whose own thermal noise is the machine's: V0 follows from
    kT C V0^2 = k_B 300 K, and the heat is the same for all.
    """
    kT, made = design.model.kT, design.scale
    thermal = [Scale((BOLTZMANN * ROOM / (kT * c)) ** 0.5, made.second, c) for c in _FARADS]
    return [
        Joules(
            farad=scale.farad,
            volt=scale.volt,
            kelvin=scale.noise_temperature(kT),
            joule=heat * kT * scale.joule,
        )
        for scale in (made, *thermal)
    ]
