"""What a run folder holds, read and checked: the material of the page."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from hwkit.circuit import Design
from hwkit.errors import DataError
from hwkit.fidelity import ErrorBudget, Verdict, final_differences
from hwkit.files import reading
from hwkit.model import EnergyModel, load_model
from hwkit.numbers import doubles
from hwkit.report.axes import AxisScale
from hwkit.study.finished import FinishedRun
from hwkit.study.kinds.equivalence.plan import EquivalencePlan
from hwkit.training import normalized_patterns
from hwkit.trajectories import Trajectories

FloatArray = NDArray[np.float64]
Content = TypeVar("Content")

SIDES = ("ideal.nc", "spice.nc")


@dataclass(frozen=True, eq=False)
class Pair:
    """Ideal and SPICE runs on the same noise; `both` says which runs completed on both sides."""

    ideal: Trajectories
    spice: Trajectories
    both: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Results:
    """A run folder's content; what a run left out is None.

    Attributes:
        patterns: normalised training patterns, (P, n_visible).
        pair: the runs on both sides.
        many: further runs of the ideal machine.
        drift: force residual relative to the largest force, (n_states, N).
        controls: fault -> what the levels said of the faulty circuit.
        netlist: the rendered circuit's file.
    """

    plan: EquivalencePlan
    model: EnergyModel
    design: Design
    patterns: FloatArray
    verdict: Verdict
    pair: Pair | None
    many: Trajectories | None
    drift: FloatArray | None
    controls: dict[str, Verdict]
    netlist: Path | None
    errors: ErrorBudget | None = None

    @property
    def scale(self) -> AxisScale:
        """What units of the model are in the circuit, for axes."""
        scale = self.design.scale
        return AxisScale(scale.volt, scale.second * self.model.mobility)

    @property
    def layers(self) -> list[tuple[str, slice]]:
        """Names and units of the layers that the machine has."""
        n, visible = self.model.n_units, self.model.n_visible
        layers = [("visible", slice(0, visible)), ("hidden", slice(visible, n))]
        return [(name, units) for name, units in layers if units.stop > units.start]

    @property
    def failures(self) -> list[tuple[str, int, str]]:
        """Failed runs: side, run, reason."""
        sides: list[tuple[str, Trajectories | None]] = [("ideal, more runs", self.many)]
        if self.pair is not None:
            sides = [("SPICE", self.pair.spice), ("ideal", self.pair.ideal), *sides]
        return [
            (side, run, reason)
            for side, runs in sides
            if runs is not None
            for run, reason in sorted(runs.failures.items())
        ]


def load_results(plan: EquivalencePlan, run: FinishedRun) -> Results:
    """Read what the folder of a finished run holds.

    Raises:
        DataError: if a file in it is damaged or belongs to another run.
    """
    folder, there = run.path, run.names

    def optional(name: str, read: Callable[[Path], Content]) -> Content | None:
        return read(folder / name) if name in there else None

    model = load_model(run.result("model.npz"))
    patterns = normalized_patterns(plan.data.patterns())
    if patterns.shape[1] != model.n_visible:
        raise DataError(
            f"{folder}: the model has {model.n_visible} visible units, its patterns "
            f"{patterns.shape[1]} pixels; the files are not of one run"
        )
    netlist = folder / "machine.cir"
    return Results(
        plan,
        model,
        plan.circuit.design(model),
        patterns,
        run.verdict(),
        _pair(*(optional(name, lambda path: _runs(path, model)) for name in SIDES)),
        optional("many.nc", lambda path: _runs(path, model)),
        optional("drift.npz", lambda path: _drift(path, model)),
        {
            Path(name).stem.removeprefix("control-"): Verdict.load(folder / name)
            for name in sorted(there)
            if name.startswith("control-") and name.endswith(".json")
        },
        netlist if netlist.name in there else None,
        optional("budget.json", ErrorBudget.load),
    )


def _pair(ideal: Trajectories | None, spice: Trajectories | None) -> Pair | None:
    if ideal is None or spice is None:
        return None
    final_differences(ideal, spice)  # refuses sides that differ in runs, units or times
    return Pair(ideal, spice, ideal.completed & spice.completed)


def _runs(path: Path, model: EnergyModel) -> Trajectories:
    runs = Trajectories.load(path)
    if runs.n_units != model.n_units:
        raise DataError(f"{path} has {runs.n_units} units, the model {model.n_units}")
    return runs


def _drift(path: Path, model: EnergyModel) -> FloatArray:
    with reading(path, "a drift residual"), np.load(path, allow_pickle=False) as archive:
        values = doubles("values", archive["values"])
    if values.ndim != 2 or values.shape[1] != model.n_units or not values.size:
        raise DataError(f"{path} has shape {values.shape}, expected (states, {model.n_units})")
    return values
