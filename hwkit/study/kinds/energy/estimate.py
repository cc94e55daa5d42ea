"""What an energy study takes: every circuit is recorded for a moment, in both of its phases."""

from functools import partial

import numpy as np

from hwkit.circuit import Design, compile_model, family_options
from hwkit.energy import Recording, dissipation
from hwkit.forecast import step_count
from hwkit.langevin import uncoupled
from hwkit.study.kind import Estimate
from hwkit.study.kinds.energy.machines import machine_of
from hwkit.study.kinds.energy.plan import EnergyPlan, LedgerCircuitPlan
from hwkit.study.kinds.energy.study import run_probes
from hwkit.study.kinds.energy.transistors import buildable
from hwkit.study.meter import Meter
from hwkit.study.pieces import Piece, Rate, recorded_piece

_DIGITAL_RUNS = 4  # that are timed, each prepared and generated
_POWER_SECONDS = 3.0  # of two processes of ngspice and twenty operating points


def estimate(plan: EnergyPlan) -> Estimate:
    """Return runs, minutes and bytes of a study."""
    meter = Meter()
    recorded = [circuit for circuit in plan.circuits if not circuit.in_transistors]
    designs = [_trained(meter, plan, circuit) for circuit in recorded]
    pieces = [
        Piece(partial(recorded_piece, design, circuit.dt), _steps(plan, circuit.dt), 4)
        for circuit, phases in zip(recorded, designs, strict=True)
        for design in phases
    ]
    rates = iter(meter.rates(*pieces))
    runs = 0
    for circuit in plan.circuits:
        if circuit.in_transistors:
            _powered(meter, plan, circuit)
            runs += 2 * _DIGITAL_RUNS * plan.digital.samples
    for circuit, phases in zip(recorded, designs, strict=True):
        _in_spice(meter, plan, circuit, phases[-1], (next(rates), next(rates)))
        meter.timed(f"{circuit.name}: ngspice's probes", partial(run_probes, plan, circuit))
        _digital(meter, plan, circuit, phases[-1])
        runs += 2 * circuit.samples + circuit.halved + 2 * _DIGITAL_RUNS * plan.digital.samples
    return meter.estimate(runs, 100_000 + 20_000 * len(plan.circuits))


def _powered(meter: Meter, plan: EnergyPlan, circuit: LedgerCircuitPlan) -> None:
    """Train a circuit of transistors; its power takes seconds, its digital sample is timed."""
    design = meter.timed(f"{circuit.name}: training", partial(buildable, plan, circuit))
    meter.add(f"{circuit.name}: power at the supplies", _POWER_SECONDS)
    _digital(meter, plan, circuit, design)


def _steps(plan: EnergyPlan, dt: float) -> int:
    return step_count(plan.protocol.t_final, dt)


def _trained(meter: Meter, plan: EnergyPlan, circuit: LedgerCircuitPlan) -> tuple[Design, Design]:
    """Return the uncoupled circuit of the preparation, and that of the generation."""

    def trained() -> Design:
        return circuit.design(machine_of(plan, circuit))

    design = meter.timed(f"{circuit.name}: training", trained)
    options = family_options(circuit.cell, circuit.options)
    return compile_model(uncoupled(design.model), circuit.cell, design.scale, options), design


def _in_spice(
    meter: Meter,
    plan: EnergyPlan,
    circuit: LedgerCircuitPlan,
    design: Design,
    rates: tuple[Rate, Rate],
) -> None:
    """Count both phases and the runs at half the step, and the accounts of all of them."""
    steps, n = _steps(plan, circuit.dt), circuit.samples
    for name, rate in zip(("preparation", "generation"), rates, strict=True):
        stage = f"{circuit.name}: SPICE, {name}"
        meter.add(stage, rate.seconds(n, steps, meter.jobs))
        meter.add("accounts", _account(meter, design, steps, n))
    stage = f"{circuit.name}: SPICE, half the step"
    meter.add(stage, rates[-1].seconds(circuit.halved, 2 * steps, meter.jobs))
    meter.add("accounts", _account(meter, design, 2 * steps, circuit.halved))


def _account(meter: Meter, design: Design, steps: int, runs: int) -> float:
    """Return the seconds in which the energies of runs are added up."""
    nodes, units, few = len(design.nodes), design.model.n_units, min(runs, 2)

    def account(n: int) -> None:
        volts, noise = np.zeros((few, n + 1, nodes)), np.zeros((few, n, units))
        dissipation(design, Recording(design.scale.second, volts, noise))

    return meter.line(account, steps, min(steps, 20)) * runs / max(few, 1)


def _digital(meter: Meter, plan: EnergyPlan, circuit: LedgerCircuitPlan, design: Design) -> None:
    """Count the digital samples, for which the machine is trained again."""
    stage = f"{circuit.name}: digital"
    times = (_steps(plan, plan.digital.dt), plan.digital.dt, plan.digital.samples)
    once = meter.ideal(design.model, *times) + meter.prepared(design.model, *times)
    meter.add(stage, meter.stages[f"{circuit.name}: training"] + _DIGITAL_RUNS * once)
