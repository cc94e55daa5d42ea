"""Run a co-design study: plain, device-aware, robust and calibrated machines on the same boards.

Trainings see the noising protocol alone. What is left to choose (the multiple of the tolerances to
train against) is chosen on pilot boards; results come from fresh ones. Every board has noise of its
own, the same for all variants, so differences are paired.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwkit.codesign import on_hardware
from hwkit.codesign.bench import Bench, BoardResult, Calibration
from hwkit.errors import SimulationError
from hwkit.fidelity import Verdict
from hwkit.model import DriftMachine, EnergyModel, Onsite, Quartic, Transfer
from hwkit.ordering import largest
from hwkit.study.folder import RunFolder
from hwkit.study.kinds.codesign.plan import CodesignPlan
from hwkit.study.kinds.codesign.verdict import judge
from hwkit.training import (
    NoisingStatistics,
    Robust,
    loss_per_step,
    noising_statistics,
    normalized_patterns,
    reversed_path_loss,
    sample_noising,
    solve_exact,
)
from hwkit.wiener import child_seed
from hwkit.workers import Announce, Failure, Progress, available_cores, run_tasks, silent

FloatArray = NDArray[np.float64]

RESULTS = "codesign.json"
_HELD_OUT = 10  # noising paths of each pattern


@dataclass(frozen=True, eq=False)
class Trained:
    """A trained machine as the hardware would run it without errors, and its certificate."""

    machine: DriftMachine
    gradient: float


def run_codesign(
    plan: CodesignPlan,
    out: Path | str,
    jobs: int | None = None,
    announce: Announce | None = None,
) -> Verdict:
    """Run a co-design study into a folder and return its verdict.

    Args:
        plan: the validated study.
        out: run folder; made if missing, emptied of another plan's results.
        jobs: worker processes; one per core if None. Results don't depend on it.
        announce: called with the name of each stage, returns its progress callback.

    Returns:
        The verdict, also written to `verdict.json`; boards are in `codesign.json`.

    Raises:
        ConfigError: if the folder can't be used.
        HwkitError: if the plan asks for what can't be.
    """
    say = announce or silent
    jobs = jobs or available_cores()
    lab = _Lab(plan)
    with RunFolder.of(plan, out) as folder:
        say("training")
        machines = lab.machines()
        pilot: dict[str, float] = {}
        if "robust" in plan.variants:
            pilot = folder.json(
                "pilot.json", lambda: lab.robust_shares(machines, jobs, say("pilot boards"))
            )
            factors = plan.robust.factors
            best = largest([pilot[_robust(factor)] for factor in factors])
            machines["robust"] = lab.robust(factors[best])
        boards = folder.json(
            "boards.json", lambda: lab.fresh_boards(machines, jobs, say("fresh boards"))
        )
        say("held-out losses")
        losses = lab.held_out({name: trained.machine for name, trained in machines.items()})
        results = {
            "boards": boards,
            "pilot": pilot,
            "loss": {name: float(values.mean()) for name, values in losses.items()},
            "gradient": {name: trained.gradient for name, trained in machines.items()},
            "units": lab.machine_facts(machines["plain"].machine),
        }
        folder.write_json(RESULTS, results)
        verdict = judge(plan, results, losses)
        folder.write("verdict.json", verdict.save)
        return verdict


class _Lab:
    """A plan with its patterns, graph and statistics."""

    def __init__(self, plan: CodesignPlan) -> None:
        self.plan = plan
        self.patterns = normalized_patterns(plan.data.patterns())
        self.fields, placement = plan.graph.layout(self.patterns)
        self.mask = plan.graph.mask(self.patterns.shape[1], placement)
        self.paper = Quartic(plan.paper.J2, plan.paper.J4)
        self.onsite, self.transfer = plan.hardware.device(plan.paper.J2, plan.paper.J4)

    def machines(self) -> dict[str, Trained]:
        """Train the machines that need no board: ideal, plain and aware."""
        on_paper = self.train(self.paper, None, None)
        model = self._model(on_paper)
        plain = on_hardware(model, self.onsite, self.transfer)
        return {
            "ideal": on_paper,
            "plain": Trained(plain, on_paper.gradient),
            "aware": self.train(self.onsite, self.transfer, None),
        }

    def train(self, onsite: Onsite, transfer: Transfer | None, robust: Robust | None) -> Trained:
        """Train one machine and measure the gradient where it ends."""
        here = onsite is self.onsite
        statistics = self.on_hardware if here else self._statistics(onsite, transfer)
        penalty = None if robust is None else robust.penalty(statistics)
        everywhere = np.ones(len(self.mask), dtype=bool)
        found = solve_exact(statistics, self.mask, everywhere, penalty=penalty)
        machine = DriftMachine(
            found.J,
            found.b,
            onsite,
            transfer,
            self.plan.paper.kT,
            n_visible=self.patterns.shape[1],
        )
        return Trained(machine, found.residuals[-1])

    def robust(self, factor: float) -> Trained:
        """Train against a multiple of the boards' spread."""
        spread = self.plan.mismatch
        parts = (spread.coupling, spread.bias, spread.offset, spread.lot)
        against = Robust(*(factor * part for part in parts))
        return self.train(self.onsite, self.transfer, against)

    def robust_shares(
        self, machines: Mapping[str, Trained], jobs: int, progress: Progress
    ) -> dict[str, float]:
        """Return the share on pilot boards of the machine of every factor."""
        trained = {_robust(factor): self.robust(factor) for factor in self.plan.robust.factors}
        boards = self.boards(
            {"ideal": machines["ideal"], **trained}, "pilot", self.plan.boards.pilot, jobs, progress
        )
        return {name: _score(boards, name) for name in trained}

    def fresh_boards(
        self, machines: Mapping[str, Trained], jobs: int, progress: Progress
    ) -> dict[str, dict[str, list[Any]]]:
        """Return what machines do on the boards that decide: shares, and losses, board by board."""
        boards = self.boards(machines, "fresh", self.plan.boards.fresh, jobs, progress)
        return {
            name: {
                "share": [board[name][0] for board in boards],
                "class_shares": [board[name][1].tolist() for board in boards],
                "loss": [self.loss(board[name][2]) for board in boards],
            }
            for name in boards[0]
        }

    def boards(
        self,
        machines: Mapping[str, Trained],
        role: str,
        count: int,
        jobs: int,
        progress: Progress,
    ) -> list[BoardResult]:
        """Evaluate machines on boards of their own role: pilot boards are never measured on."""
        plan, calibration = self.plan, None
        if "calibrated" in plan.variants and role == "fresh":
            how = plan.calibration
            calibration = Calibration(how.runs, how.t_final, how.dac())
        bench = Bench(
            {name: trained.machine for name, trained in machines.items()},
            plan.mismatch.mismatch(),
            self.patterns,
            plan.boards.generation(0),
            child_seed(plan.seed, role),
            self.on_hardware,
            calibration,
        )
        found = run_tasks(
            "hwkit.codesign.bench:runner", bench, list(range(count)), jobs, progress=progress
        )
        for board, result in enumerate(found):
            if isinstance(result, Failure):
                raise SimulationError(f"{role} board {board}: {result.reason}")
        return found

    def held_out(self, machines: Mapping[str, DriftMachine]) -> dict[str, FloatArray]:
        """Return the loss per step of each machine on the same paths of the hardware's noising."""
        plan, protocol = self.plan, self.plan.noising.protocol()
        losses: dict[str, list[float]] = {name: [] for name in machines}
        for path in range(_HELD_OUT):
            for name, machine in machines.items():
                paths = sample_noising(
                    protocol,
                    self.fields,
                    machine.onsite,
                    plan.paper.kT,
                    1.0,
                    1,
                    child_seed(plan.seed, "held out", str(path)),
                )
                losses[name].append(reversed_path_loss(machine, paths, protocol.dt))
        return {name: np.array(values) for name, values in losses.items()}

    @cached_property
    def on_hardware(self) -> NoisingStatistics:
        """The patterns' statistics on this hardware."""
        return self._statistics(self.onsite, self.transfer)

    def _statistics(self, onsite: Onsite, transfer: Transfer | None) -> NoisingStatistics:
        plan = self.plan
        return noising_statistics(
            plan.noising.protocol(),
            self.fields,
            onsite,
            plan.paper.kT,
            1.0,
            transfer,
            plan.noising.weights,
        )

    def loss(self, phi: float) -> float:
        """Return the loss per step of a board's phi."""
        return loss_per_step(phi, 1.0, self.plan.paper.kT, self.plan.noising.dt)

    def machine_facts(self, machine: DriftMachine) -> dict[str, float]:
        """Return what the report says about the machine."""
        return {
            "units": machine.n_units,
            "visible": self.patterns.shape[1],
            "couplings": int(np.count_nonzero(self.mask) // 2),
            "degree": int(self.mask.sum(axis=1).max()),
            "node_sum": float(np.abs(machine.J).sum(axis=1).max()),
        }

    def _model(self, trained: Trained) -> EnergyModel:
        machine = trained.machine
        return EnergyModel(
            machine.J, machine.b, machine.onsite, machine.kT, 1.0, self.patterns.shape[1]
        )


def _robust(factor: float) -> str:
    """Return the name of the machine trained against a multiple of the boards' spread."""
    return f"robust x {factor:g}"


def _score(boards: list[BoardResult], name: str) -> float:
    """Return the mean share, less what the rarest class lacks of half its fair share."""
    share = float(np.mean([board[name][0] for board in boards]))
    classes = np.mean([board[name][1] for board in boards], axis=0)
    return float(share - max(0.0, 0.5 / classes.size - classes.min()))
