"""What an energy study says of each circuit: balance, controls, heat, classes, probes."""

import numpy as np

from hwkit.circuit import Design
from hwkit.energy import OMITTED, Dissipation, SupplyPower
from hwkit.energy.probes import Probed
from hwkit.fidelity import Metric
from hwkit.ordering import smallest
from hwkit.study.kinds.energy.plan import EnergyPlan, LedgerCircuitPlan
from hwkit.study.kinds.energy.results import CircuitLedger
from hwkit.trajectories import FloatArray
from hwkit.units import BOLTZMANN

_ROOM = 300.0  # K, to say what a joule is in units of k_B T


def balance_metrics(
    plan: EnergyPlan,
    circuit: LedgerCircuitPlan,
    phases: list[Dissipation],
    gap: tuple[float, float],
) -> list[Metric]:
    """Return the residual of the energy balance, and what it is with a planted error."""
    limit, generation = plan.limits.imbalance, phases[1]
    missed = {
        role: float(generation.without(role).imbalance.max())
        for role in generation.roles
        if np.any(generation.of(role))
    }
    wrong = {role: float(generation.reversed(role).imbalance.max()) for role in missed}
    faulty = plan.limits.control * limit
    n = len(generation.joule)
    rows = [
        Metric(
            f"{circuit.name}: energy-balance residual",
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
    for what, residuals in (("a class forgotten", missed), ("a sign wrong", wrong)):
        least = list(residuals)[smallest(list(residuals.values()))]
        rows.append(
            Metric(
                f"{circuit.name}: control, {what}",
                "energy",
                residuals[least],
                faulty,
                ">=",
                n=len(residuals),
                note=f"residual of the run that shows it best; smallest for {least}",
            )
        )
    return rows


def heat_metric(circuit: LedgerCircuitPlan, design: Design, heat: FloatArray) -> Metric:
    """Return the mean of the model's heat, (samples,), in units of energy."""
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


def power_metrics(plan: EnergyPlan, circuit: LedgerCircuitPlan, power: SupplyPower) -> list[Metric]:
    """Return the power of a circuit of transistors, and that its design knows it."""
    away = abs(power.cells_at_rest / power.cells_designed - 1)
    shifted = abs(power.cells / power.cells_designed - 1)
    return [
        Metric(
            f"{circuit.name}: power at the supplies, uW",
            "energy",
            1e6 * power.total,
            note=f"{1e6 * power.cells:.3g} uW of pairs and replicas, measured; the rest by design",
        ),
        Metric(
            f"{circuit.name}: designed power at rest, against ngspice",
            "energy",
            away,
            plan.limits.power,
            note=f"of pairs and replicas; {shifted:.2g} at states of the machine",
        ),
    ]


def total_metric(circuit: LedgerCircuitPlan, ledger: CircuitLedger) -> Metric:
    """Return the total of a ledger."""
    return Metric(
        f"{circuit.name}: total of the ledger, pJ",
        "energy",
        ledger.total * 1e12,
        n=circuit.samples,
        note=f"supply and prices; it leaves out {'; '.join(OMITTED)}",
    )


def class_metrics(circuit: LedgerCircuitPlan, phases: list[Dissipation]) -> list[Metric]:
    """Report what each class takes up in preparation and generation together, in pJ."""
    rows = []
    for role in dict.fromkeys(role for phase in phases for role in phase.roles):
        joule = np.sum([phase.of(role) for phase in phases if role in phase.roles], axis=0) * 1e12
        rows.append(
            Metric(
                f"{circuit.name}: {role}, pJ",
                "energy",
                float(joule.mean()),
                stderr=float(joule.std(ddof=1) / np.sqrt(joule.size)),
                n=joule.size,
                note="takes up" if joule.mean() > 0 else "gives",
            )
        )
    return rows


def probe_metrics(plan: EnergyPlan, circuit: LedgerCircuitPlan, probed: Probed) -> list[Metric]:
    """Compare the power of each element with ngspice's own probes."""
    missed = {
        role: probed.without(role).imbalance
        for role in dict.fromkeys(probed.roles)
        if np.any(probed.ngspice[[other == role for other in probed.roles]])
    }
    least = list(missed)[smallest(list(missed.values()))]
    points = probed.ngspice.shape[1]
    return [
        Metric(
            f"{circuit.name}: power against ngspice's probes",
            "energy",
            probed.error,
            plan.limits.probe,
            n=points,
            note=f"{len(probed.roles)} elements of {plan.probe.units} units, at all of ngspice's "
            "time points",
        ),
        Metric(
            f"{circuit.name}: energy-balance residual of ngspice's probes",
            "energy",
            probed.imbalance,
            plan.limits.probe_imbalance,
            n=points,
            note=f"worst instant; {missed[least]:.2g} with {least} left out",
        ),
    ]
