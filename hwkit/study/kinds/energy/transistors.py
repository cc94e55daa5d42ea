"""A circuit of transistors in an energy study: power at its supplies, area, and its ledger.

States are those of the model: half of them prepared, half generated.
"""

import numpy as np
import scipy.sparse as sp

from hwkit.circuit import Design, Scale
from hwkit.circuit.cells.silicon.sizes import weakest_coupling
from hwkit.energy import supply_power, transistor_ledger
from hwkit.fidelity import Metric
from hwkit.langevin import prepare_states, simulate_langevin, uncoupled
from hwkit.model import EnergyModel
from hwkit.study.kinds.energy import verdict
from hwkit.study.kinds.energy.machines import machine_of
from hwkit.study.kinds.energy.plan import EnergyPlan, LedgerCircuitPlan
from hwkit.study.kinds.energy.results import Chip, CircuitLedger, CircuitResult
from hwkit.study.run import Run
from hwkit.trajectories import FloatArray

_STATES = 10  # of each phase, at which the power is measured


def transistor_circuit(run: Run[EnergyPlan], circuit: LedgerCircuitPlan) -> CircuitResult:
    """Train and compile one circuit, measure its power, and account for it."""
    plan = run.plan
    with run.stage(f"{circuit.name}: training"):
        design = buildable(plan, circuit)
    start, end = _states(run, circuit, design.model)
    heat = np.asarray(design.model.heat(start, end))
    with run.stage(f"{circuit.name}: power at the supplies"):
        power = supply_power(design, _cells(design, circuit), _few(start, end))
    second = 2 * plan.protocol.t_final * design.scale.second / design.model.mobility
    ledger = transistor_ledger(
        design, power, second, heat, plan.price_list(), plan.samples_per_program
    )
    needs = design.realisability
    chip = Chip(needs.n_transistors, power.total, needs.gate_area, needs.capacitor_area)
    metrics = [
        verdict.heat_metric(circuit, design, heat),
        *verdict.power_metrics(plan, circuit, power),
        *_area_metrics(circuit, chip),
    ]
    return CircuitResult(metrics, CircuitLedger.of(ledger, chip))


def buildable(plan: EnergyPlan, circuit: LedgerCircuitPlan) -> Design:
    """Train a circuit's machine and compile it without couplings that no tail current makes."""
    model = machine_of(plan, circuit)
    weakest = weakest_coupling(Scale(circuit.volt, circuit.second, circuit.farad))
    J = sp.csr_array(model.J, copy=True)
    J.data[np.abs(J.data) < weakest] = 0.0
    kept = EnergyModel(
        J.toarray(), model.b, model.onsite, model.kT, model.mobility, model.n_visible, model.names
    )
    return circuit.design(kept)


def _cells(design: Design, circuit: LedgerCircuitPlan) -> Design:
    """Return pairs and replicas alone, from ideal sources."""
    ideal = {**circuit.options, "bias": "ideal", "noise": "external"}
    return circuit.model_copy(update={"options": ideal}).design(uncoupled(design.model))


def _states(
    run: Run[EnergyPlan], circuit: LedgerCircuitPlan, model: EnergyModel
) -> tuple[FloatArray, FloatArray]:
    """Return prepared and generated states of the model, (samples, N) each."""
    times = (run.plan.protocol.t_final, circuit.dt, circuit.samples)
    start = prepare_states(model, *times, run.seed("preparation", circuit.name))
    runs = simulate_langevin(model, *times, run.seed("generation", circuit.name), x0=start)
    return start, runs.final


def _few(start: FloatArray, end: FloatArray) -> FloatArray:
    return np.concatenate([start[:_STATES], end[:_STATES]])


def _area_metrics(circuit: LedgerCircuitPlan, chip: Chip) -> list[Metric]:
    rows = (("gates", chip.gate_area), ("capacitors", chip.capacitor_area))
    return [
        Metric(f"{circuit.name}: area of {what}, mm^2", "energy", 1e6 * area) for what, area in rows
    ]
