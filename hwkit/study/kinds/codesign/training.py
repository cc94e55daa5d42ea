"""The machines of a co-design study, trained on paper or for the hardware."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from hwkit.codesign import on_hardware
from hwkit.model import DriftMachine, EnergyModel, Onsite, Quartic, Transfer
from hwkit.model.topology import Mask
from hwkit.study.kinds.codesign.plan import CodesignPlan
from hwkit.study.kinds.codesign.results import MachineSize
from hwkit.training import (
    NoisingStatistics,
    Robust,
    noising_statistics,
    normalized_patterns,
    reversed_path_loss,
    sample_noising,
    solve_exact,
)
from hwkit.trajectories import FloatArray
from hwkit.wiener import child_seed

HELD_OUT = 10  # noising paths of each pattern


@dataclass(frozen=True, eq=False)
class TrainedMachine:
    """A trained machine without any error of parts, and the relative gradient where it ended."""

    machine: DriftMachine
    gradient: float


@dataclass(frozen=True, eq=False)
class Trial:
    """What all trainings share.

    Attributes:
        plan: the study.
        patterns: normalised, (P, n_visible).
        fields: on all units during training, (P, N).
        mask: allowed couplings, (N, N).
        onsite, transfer: of the hardware.
        statistics: of the patterns on the hardware.
    """

    plan: CodesignPlan
    patterns: FloatArray
    fields: FloatArray
    mask: Mask
    onsite: Onsite
    transfer: Transfer | None
    statistics: NoisingStatistics

    @classmethod
    def of(cls, plan: CodesignPlan) -> "Trial":
        """Load the patterns and solve their noising on the hardware."""
        patterns = normalized_patterns(plan.data.patterns())
        fields, placement = plan.graph.layout(patterns)
        mask = plan.graph.mask(patterns.shape[1], placement)
        onsite, transfer = plan.hardware.device(plan.paper.J2, plan.paper.J4)
        statistics = _statistics(plan, fields, onsite, transfer)
        return cls(plan, patterns, fields, mask, onsite, transfer, statistics)

    def machines(self) -> dict[str, TrainedMachine]:
        """Train the machines that need no board: ideal, plain and aware."""
        paper = Quartic(self.plan.paper.J2, self.plan.paper.J4)
        ideal = self._train(_statistics(self.plan, self.fields, paper, None), paper, None)
        on_paper = ideal.machine
        model = EnergyModel(on_paper.J, on_paper.b, paper, on_paper.kT, 1.0, self.patterns.shape[1])
        plain = on_hardware(model, self.onsite, self.transfer)
        return {
            "ideal": ideal,
            "plain": TrainedMachine(plain, ideal.gradient),
            "aware": self._train(self.statistics, self.onsite, self.transfer),
        }

    def robust(self, factor: float) -> TrainedMachine:
        """Train against a multiple of the boards' spread."""
        spread = self.plan.mismatch
        parts = (spread.coupling, spread.bias, spread.offset, spread.lot)
        against = Robust(*(factor * part for part in parts))
        return self._train(self.statistics, self.onsite, self.transfer, against)

    def _train(
        self,
        statistics: NoisingStatistics,
        onsite: Onsite,
        transfer: Transfer | None,
        robust: Robust | None = None,
    ) -> TrainedMachine:
        penalty = None if robust is None else robust.penalty(statistics)
        everywhere = np.ones(len(self.mask), dtype=bool)
        solution = solve_exact(statistics, self.mask, everywhere, penalty=penalty)
        machine = DriftMachine(
            solution.J,
            solution.b,
            onsite,
            transfer,
            self.plan.paper.kT,
            n_visible=self.patterns.shape[1],
        )
        return TrainedMachine(machine, solution.residuals[-1])

    def held_out(
        self, machines: Mapping[str, DriftMachine], n_paths: int = HELD_OUT
    ) -> dict[str, list[float]]:
        """Return the loss per step of each machine on the same paths of the hardware's noising."""
        plan, protocol = self.plan, self.plan.noising.protocol()
        losses: dict[str, list[float]] = {name: [] for name in machines}
        for path in range(n_paths):
            seed = child_seed(plan.seed, "held out", str(path))
            for name, machine in machines.items():
                paths = sample_noising(
                    protocol, self.fields, machine.onsite, plan.paper.kT, 1.0, 1, seed
                )
                losses[name].append(reversed_path_loss(machine, paths, protocol.dt))
        return losses

    def size(self, machine: DriftMachine) -> MachineSize:
        """Return the size of a machine."""
        return MachineSize(
            units=machine.n_units,
            visible=self.patterns.shape[1],
            couplings=int(np.count_nonzero(self.mask) // 2),
            degree=int(self.mask.sum(axis=1).max()),
            node_sum=float(np.abs(machine.J).sum(axis=1).max()),
        )


def _statistics(
    plan: CodesignPlan, fields: FloatArray, onsite: Onsite, transfer: Transfer | None
) -> NoisingStatistics:
    protocol, weights = plan.noising.protocol(), plan.noising.weights
    return noising_statistics(protocol, fields, onsite, plan.paper.kT, 1.0, transfer, weights)
