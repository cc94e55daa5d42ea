"""Run an energy study: what one sample costs in each circuit, and from a digital computer.

Each circuit's machine is trained, compiled and run in SPICE twice: prepared uncoupled, then
generating. Energies by class of element must add up to nothing, ngspice's own probes must agree on
a small circuit of the same family, and a forgotten class must be noticed. `verdict.json` holds the
physics, `ledger.json` the priced lines and the measured time of the digital simulation.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

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
from hwkit.energy.digital import RAPL, counter_joules
from hwkit.fidelity import Metric
from hwkit.langevin import uncoupled
from hwkit.model import EnergyModel
from hwkit.ordering import smallest
from hwkit.spice import ngspice_version
from hwkit.study.context import Announce, FloatArray, silent
from hwkit.study.folder import RunFolder
from hwkit.study.kinds.energy.plan import EnergyPlan, LedgerCircuitPlan
from hwkit.study.provenance import save_provenance
from hwkit.units import BOLTZMANN
from hwkit.wiener import child_seed, increments
from hwkit.workers import available_cores

LEDGER = "ledger.json"
_ROOM = 300.0  # K, to say what a joule is in units of k_B T


@dataclass(frozen=True)
class _Study:
    plan: EnergyPlan
    jobs: int
    timeout: float | None
    announce: Announce


def run_energy(
    plan: EnergyPlan,
    out: Path | str,
    jobs: int | None = None,
    timeout: float | None = None,
    announce: Announce | None = None,
) -> fidelity.Verdict:
    """Run an energy study into a folder and return its verdict.

    Args:
        plan: the validated study.
        out: run folder; resumed if it holds the same plan's results.
        jobs: worker processes; one per core if None. Results don't depend on it.
        timeout: seconds that one SPICE run may take.
        announce: called with the name of each stage, returns its progress callback.

    Raises:
        ConfigError: if a price is missing, or has no source.
        SimulationError: if ngspice is missing or fails.
    """
    ngspice, jobs = ngspice_version(), jobs or available_cores()
    if "digital" not in plan.prices:
        counter_joules(RAPL)  # complain early if there is nothing to read
    with RunFolder.of(plan, out) as folder:
        study = _Study(plan, jobs, timeout, announce or silent)
        ledger: dict[str, Any] = {"circuits": {}, "digital": {}, "omitted": list(OMITTED)}
        metrics = []
        for circuit in plan.circuits:
            name = f"energy-{plan.circuits.index(circuit)}.json"

            def compute(circuit: LedgerCircuitPlan = circuit) -> dict[str, Any]:
                return _circuit(study, circuit)

            found = folder.json(name, compute)

            def measure(circuit: LedgerCircuitPlan = circuit) -> dict[str, Any]:
                study.announce(f"{circuit.name}: digital")
                return _digital(plan, _machine(plan, circuit))

            digital = f"digital-{plan.circuits.index(circuit)}.json"
            metrics += [Metric(**row) for row in found["metrics"]]
            metrics.append(_total(circuit, found["ledger"]))
            ledger["circuits"][circuit.name] = {k: found["ledger"][k] for k in ("lines", "total")}
            ledger["digital"][circuit.name] = folder.json(digital, measure)
        folder.write_json(LEDGER, ledger)
        verdict = fidelity.merge(metrics)
        folder.write("verdict.json", verdict.save)
        save_provenance(folder / "provenance.json", jobs, {}, ngspice)
        return verdict


def _machine(plan: EnergyPlan, circuit: LedgerCircuitPlan) -> EnergyModel:
    """Train a circuit's machine."""
    machine = plan.machine.model_copy(update={"onsite": circuit.onsite})
    return machine.train(plan.data.patterns(), plan.protocol.protocol()).model


def _digital(plan: EnergyPlan, model: EnergyModel) -> dict[str, Any]:
    price = plan.prices.get("digital")
    cost = measure_digital(
        model,
        plan.protocol.t_final,
        plan.digital.dt,
        plan.digital.samples,
        child_seed(plan.seed, "digital"),
        None if price is None else Price(price.value, price.unit, price.source),
    )
    return asdict(cost)


def _circuit(study: _Study, circuit: LedgerCircuitPlan) -> dict[str, Any]:
    """Train, compile, run and account for one circuit."""
    plan = study.plan
    design = circuit.design(_machine(plan, circuit))
    phases, heat, gap = _runs(study, circuit, design)
    ledger = energy_ledger(
        design, phases, heat, plan.price_list(), plan.samples_per_program, plan.stage
    )
    metrics = [
        *_balance(study, circuit, phases, gap),
        _heat(circuit, design, heat),
        *_classes(circuit, phases),
        *_probes(study, circuit),
    ]
    return {
        "metrics": [asdict(metric) for metric in metrics],
        "ledger": ledger.to_dict(),
    }


def _runs(
    study: _Study, circuit: LedgerCircuitPlan, design: Design
) -> tuple[list[Dissipation], FloatArray, tuple[float, float]]:
    """Return both phases, the model's heat of each run, and the step error at h and at h/2."""
    plan, model = study.plan, design.model
    t_final, dt, n = plan.protocol.t_final, circuit.dt, circuit.samples
    loose = compile_model(
        uncoupled(model),
        circuit.cell,
        design.scale,
        family_options(circuit.cell, circuit.options),
    )
    phases, start, x0 = [], np.zeros((n, model.n_units)), np.zeros((n, model.n_units))
    for name, own in (("preparation", loose), ("generation", design)):
        seed = child_seed(plan.seed, name, circuit.name)
        runs = record(
            own,
            t_final,
            dt,
            n,
            seed,
            x0,
            jobs=study.jobs,
            timeout=study.timeout,
            progress=study.announce(f"{circuit.name}: SPICE, {name}"),
        )
        phases.append(dissipation(own, runs))
        start, x0 = x0, _units(own, runs.volts[:, -1])
    heat = model.heat(start, x0)
    steps, some = round(t_final / dt), range(circuit.halved)
    fine = record(
        design,
        t_final,
        dt / 2,
        len(some),
        x0=start[: len(some)],
        increments=increments(seed, some, steps, model.n_units, dt, 1),
        jobs=study.jobs,
        timeout=study.timeout,
        progress=study.announce(f"{circuit.name}: SPICE, half the step"),
    )
    return phases, np.asarray(heat), (phases[1].step_error, dissipation(design, fine).step_error)


def _units(design: Design, volts: FloatArray) -> FloatArray:
    plus, minus = design.terminals.T
    low = np.where(design.differential, volts[:, np.maximum(minus, 0)], 0.0)
    return np.asarray((volts[:, plus] - low) / design.scale.volt)


def _balance(
    study: _Study,
    circuit: LedgerCircuitPlan,
    phases: list[Dissipation],
    gap: tuple[float, float],
) -> list[Metric]:
    limit, generation = study.plan.limits.imbalance, phases[1]
    missed = {
        role: float(generation.without(role).imbalance.max())
        for role in generation.roles
        if np.any(generation.of(role))
    }
    wrong = {role: float(generation.reversed(role).imbalance.max()) for role in missed}
    faulty = study.plan.limits.control * limit
    n = len(generation.joule)
    rows = [
        Metric(
            f"{circuit.name}: energy that does not add up",
            "energy",
            float(max(phase.imbalance.max() for phase in phases)),
            limit,
            n=n,
            note="sum over all classes of elements relative to the sum of magnitudes, worst run",
        ),
        Metric(
            f"{circuit.name}: error of the step",
            "energy",
            gap[0],
            n=n,
            note=f"between two rules that agree as h -> 0; {gap[1]:.3g} at half the step",
        ),
    ]
    for what, found in (("a class forgotten", missed), ("a sign wrong", wrong)):
        least = list(found)[smallest(list(found.values()))]
        rows.append(
            Metric(
                f"{circuit.name}: control, {what}",
                "energy",
                found[least],
                faulty,
                ">=",
                n=len(found),
                note=f"what does not add up in the run that shows it best; least for {least}",
            )
        )
    return rows


def _heat(circuit: LedgerCircuitPlan, design: Design, heat: FloatArray) -> Metric:
    joule = heat * design.scale.joule
    mean, error = float(heat.mean()), float(heat.std(ddof=1) / np.sqrt(heat.size))
    room = joule.mean() / (BOLTZMANN * _ROOM)
    return Metric(
        f"{circuit.name}: heat of the model, kT",
        "energy",
        mean / design.model.kT,
        stderr=error / design.model.kT,
        n=heat.size,
        note=f"Q C V0^2 is {joule.mean():.3g} J, {room:.3g} k_B times 300 K",
    )


def _total(circuit: LedgerCircuitPlan, ledger: dict[str, Any]) -> Metric:
    return Metric(
        f"{circuit.name}: total of the ledger, pJ",
        "energy",
        ledger["total"] * 1e12,
        n=circuit.samples,
        note=f"supply and prices; it leaves out {'; '.join(OMITTED)}",
    )


def _classes(circuit: LedgerCircuitPlan, phases: list[Dissipation]) -> list[Metric]:
    """Report what each class takes up in preparation and generation together, in pJ."""
    rows = []
    for role in dict.fromkeys(role for phase in phases for role in phase.roles):
        own = np.sum([phase.of(role) for phase in phases if role in phase.roles], axis=0) * 1e12
        rows.append(
            Metric(
                f"{circuit.name}: {role}, pJ",
                "energy",
                float(own.mean()),
                stderr=float(own.std(ddof=1) / np.sqrt(own.size)),
                n=own.size,
                note="takes up" if own.mean() > 0 else "gives",
            )
        )
    return rows


def _probes(study: _Study, circuit: LedgerCircuitPlan) -> list[Metric]:
    """Let ngspice's probes account for a small machine of the same family."""
    plan = study.plan
    n, rng = plan.probe.units, np.random.Generator(np.random.Philox(child_seed(plan.seed, "probe")))
    upper = np.triu(rng.standard_normal((n, n)), 1)
    onsite = plan.machine.model_copy(update={"onsite": circuit.onsite}).energy()
    small = EnergyModel(upper + upper.T, rng.standard_normal(n) / 2, onsite, plan.machine.kT)
    design = circuit.design(small)
    seed, start = child_seed(plan.seed, "probe"), np.full(n, 0.5)
    found = probe(design, plan.probe.t_final, circuit.dt, seed, start)
    missed = {
        role: found.without(role).imbalance
        for role in dict.fromkeys(found.roles)
        if np.any(found.ngspice[[own == role for own in found.roles]])
    }
    least = list(missed)[smallest(list(missed.values()))]
    points = found.ngspice.shape[1]
    return [
        Metric(
            f"{circuit.name}: power against ngspice's probes",
            "energy",
            found.error,
            plan.limits.probe,
            n=points,
            note=f"{len(found.roles)} elements of {n} units, at all of ngspice's time points",
        ),
        Metric(
            f"{circuit.name}: ngspice's probes that do not add up",
            "energy",
            found.imbalance,
            plan.limits.probe_imbalance,
            n=points,
            note=f"worst instant; {missed[least]:.2g} with {least} left out",
        ),
    ]
