"""Judge the settings that a search found: many samples, a control, the circuit, joules.

Control: the same machine with the couplings' addresses shuffled among units of each layer, which
keeps every value and every block. It must generate nothing recognisable.
"""

from dataclasses import dataclass

import numpy as np

from hwkit.circuit import Design, Scale
from hwkit.langevin import prepare_states, simulate_langevin
from hwkit.model import EnergyModel
from hwkit.patterns import FloatArray
from hwkit.spice import simulate_spice
from hwkit.study.kinds.generative.plan import DURATION, GenerativePlan, Settings
from hwkit.training import TrainingResult
from hwkit.trajectories import Trajectories
from hwkit.units import BOLTZMANN
from hwkit.wiener import child_seed
from hwkit.workers import Progress

ROOM = 300.0
_FARADS = (1e-15, 1e-14, 1e-13, 1e-12)


@dataclass(frozen=True, eq=False)
class Judged:
    """The machine found and its design, with what samples of it need."""

    plan: GenerativePlan
    settings: Settings
    trained: TrainingResult
    design: Design

    @classmethod
    def of(cls, plan: GenerativePlan) -> "Judged":
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
            self._seed("generation", role),
            self.starts(model, role, n),
            precision="single",
        )

    def starts(self, model: EnergyModel, role: str, n: int) -> FloatArray:
        """Return prepared states."""
        assert self.plan.found is not None
        return prepare_states(
            model, DURATION, self.plan.found.dt, n, self._seed("preparation", role)
        )

    def in_spice(self, jobs: int, timeout: float | None, progress: Progress) -> Trajectories:
        """Generate the samples of role "paired" in SPICE: cells there, crossbar beside them."""
        found = self.plan.found
        assert found is not None
        return simulate_spice(
            self.design,
            self.settings.observation,
            found.dt,
            found.spice_samples,
            seed=self._seed("generation", "paired"),
            x0=self.starts(self.trained.model, "paired", found.spice_samples),
            level="mixed",
            jobs=jobs,
            timeout=timeout,
            progress=progress,
        )

    def shuffled(self) -> EnergyModel:
        """Return the control."""
        model = self.trained.model
        draw = np.random.Generator(np.random.Philox(self._seed("shuffled")))
        visible = draw.permutation(model.n_visible)
        hidden = model.n_visible + draw.permutation(model.n_units - model.n_visible)
        order = np.concatenate([visible, hidden])
        J = np.asarray(model.J)[np.ix_(order, order)]
        return EnergyModel(
            J, model.b[order], model.onsite, model.kT, model.mobility, model.n_visible
        )

    def _seed(self, *path: str) -> int:
        return child_seed(self.plan.seed, "found", *path)


def joules(design: Design, heat: float) -> list[dict[str, float]]:
    """Return what a heat in units of kT is in joules, scale by scale.

    First the design's own scale, whose noise is made: its noise temperature is what it is. Then
    nodes of several sizes at 300 K, whose own thermal noise is the machine's: V0 follows from
    kT C V0^2 = k_B 300 K, and the heat is the same for all.
    """
    kT, own = design.model.kT, design.scale
    thermal = [Scale((BOLTZMANN * ROOM / (kT * c)) ** 0.5, own.second, c) for c in _FARADS]
    return [
        {
            "farad": scale.farad,
            "volt": scale.volt,
            "kelvin": scale.noise_temperature(kT),
            "joule": heat * kT * scale.joule,
        }
        for scale in (own, *thermal)
    ]
