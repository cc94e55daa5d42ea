"""Energy studies: what one sample costs in each circuit, and from a digital computer.

Each circuit's machine is trained, compiled and run in SPICE twice: prepared uncoupled, then
generating. Energies by class of element must balance, ngspice's own probes must agree on a small
circuit of the same family, and a missing class must be noticed. `ledger.json` holds the priced
lines and the measured time of the digital simulation.
"""

from functools import partial

import numpy as np

from hwkit import fidelity
from hwkit.circuit import Design, compile_model, family_options
from hwkit.energy import (
    OMITTED,
    Dissipation,
    Price,
    dissipation,
    energy_ledger,
    measure_digital,
    probe,
    record,
)
from hwkit.energy.digital import DigitalCost
from hwkit.energy.probes import Probed
from hwkit.langevin import uncoupled
from hwkit.model import EnergyModel
from hwkit.study.kinds.energy import verdict
from hwkit.study.kinds.energy.machines import machine_of
from hwkit.study.kinds.energy.plan import EnergyPlan, LedgerCircuitPlan
from hwkit.study.kinds.energy.results import LEDGER, CircuitLedger, CircuitResult, Energies
from hwkit.study.kinds.energy.transistors import transistor_circuit
from hwkit.study.run import Run
from hwkit.trajectories import FloatArray
from hwkit.wiener import child_seed, increments


def compute(plan: EnergyPlan, run: Run[EnergyPlan]) -> fidelity.Verdict:
    """Account for each circuit in SPICE, and time the digital sample."""
    metrics, ledgers, digital = [], {}, {}
    for number, circuit in enumerate(plan.circuits):
        result = run.folder.value(
            f"energy-{number}.json", CircuitResult, partial(_circuit, run, circuit)
        )
        metrics += [*result.metrics, verdict.total_metric(circuit, result.ledger)]
        ledgers[circuit.name] = result.ledger
        digital[circuit.name] = run.folder.value(
            f"digital-{number}.json", DigitalCost, partial(_digital, run, circuit)
        )
    run.folder.write_value(LEDGER, Energies(ledgers, digital, list(OMITTED)))
    return fidelity.merge(metrics)


def _digital(run: Run[EnergyPlan], circuit: LedgerCircuitPlan) -> DigitalCost:
    plan, price = run.plan, run.plan.prices.get("digital")
    with run.stage(f"{circuit.name}: digital"):
        return measure_digital(
            machine_of(plan, circuit),
            plan.protocol.t_final,
            plan.digital.dt,
            plan.digital.samples,
            run.seed("digital"),
            None if price is None else Price(price.value, price.unit, price.source),
        )


def _circuit(run: Run[EnergyPlan], circuit: LedgerCircuitPlan) -> CircuitResult:
    """Train, compile, run and account for one circuit."""
    plan = run.plan
    if circuit.in_transistors:
        return transistor_circuit(run, circuit)
    with run.stage(f"{circuit.name}: training"):
        design = circuit.design(machine_of(plan, circuit))
    phases, heat, gap = _runs(run, circuit, design)
    ledger = energy_ledger(
        design, phases, heat, plan.price_list(), plan.samples_per_program, plan.stage
    )
    with run.stage(f"{circuit.name}: ngspice's probes"):
        probed = run_probes(plan, circuit)
    metrics = [
        *verdict.balance_metrics(plan, circuit, phases, gap),
        verdict.heat_metric(circuit, design, heat),
        *verdict.class_metrics(circuit, phases),
        *verdict.probe_metrics(plan, circuit, probed),
    ]
    return CircuitResult(metrics, CircuitLedger.of(ledger))


def _runs(
    run: Run[EnergyPlan], circuit: LedgerCircuitPlan, design: Design
) -> tuple[list[Dissipation], FloatArray, tuple[float, float]]:
    """Return both phases, the model's heat of each run, and the step error at h and at h/2."""
    model, n = design.model, circuit.samples
    t_final, dt = run.plan.protocol.t_final, circuit.dt
    options = family_options(circuit.cell, circuit.options)
    loose = compile_model(uncoupled(model), circuit.cell, design.scale, options)
    phases, start, x0 = [], np.zeros((n, model.n_units)), np.zeros((n, model.n_units))
    for name, phase in (("preparation", loose), ("generation", design)):
        seed = run.seed(name, circuit.name)
        with run.stage(f"{circuit.name}: SPICE, {name}") as progress:
            runs = record(
                phase,
                t_final,
                dt,
                n,
                seed,
                x0,
                jobs=run.pool,
                timeout=run.timeout,
                progress=progress,
            )
        phases.append(dissipation(phase, runs))
        start, x0 = x0, _units(phase, runs.volts[:, -1])
    heat = model.heat(start, x0)
    fine = _halved(run, circuit, design, start[: circuit.halved], seed)
    return phases, np.asarray(heat), (phases[1].step_error, fine.step_error)


def _halved(
    run: Run[EnergyPlan],
    circuit: LedgerCircuitPlan,
    design: Design,
    start: FloatArray,
    seed: int,
) -> Dissipation:
    """Return the account of some of the runs of generation at half the step, on the same noise."""
    t_final, dt = run.plan.protocol.t_final, circuit.dt
    steps, n_units = round(t_final / dt), design.model.n_units
    with run.stage(f"{circuit.name}: SPICE, half the step") as progress:
        runs = record(
            design,
            t_final,
            dt / 2,
            len(start),
            x0=start,
            increments=increments(seed, range(len(start)), steps, n_units, dt, 1),
            jobs=run.pool,
            timeout=run.timeout,
            progress=progress,
        )
    return dissipation(design, runs)


def _units(design: Design, volts: FloatArray) -> FloatArray:
    plus, minus = design.terminals.T
    low = np.where(design.differential, volts[:, np.maximum(minus, 0)], 0.0)
    return np.asarray((volts[:, plus] - low) / design.scale.volt)


def run_probes(plan: EnergyPlan, circuit: LedgerCircuitPlan) -> Probed:
    """Let ngspice's probes account for a small machine of the same family."""
    n, rng = plan.probe.units, np.random.Generator(np.random.Philox(child_seed(plan.seed, "probe")))
    upper = np.triu(rng.standard_normal((n, n)), 1)
    onsite = plan.machine.model_copy(update={"onsite": circuit.onsite}).energy()
    small = EnergyModel(upper + upper.T, rng.standard_normal(n) / 2, onsite, plan.machine.kT)
    seed, start = child_seed(plan.seed, "probe"), np.full(n, 0.5)
    return probe(circuit.design(small), plan.probe.t_final, circuit.dt, seed, start)
