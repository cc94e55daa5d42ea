"""The machine of each circuit of an energy study."""

from hwkit.model import EnergyModel
from hwkit.study.kinds.energy.plan import EnergyPlan, LedgerCircuitPlan


def machine_of(plan: EnergyPlan, circuit: LedgerCircuitPlan) -> EnergyModel:
    """Train a circuit's machine."""
    machine = plan.machine.model_copy(update={"onsite": circuit.onsite})
    return machine.train(plan.data.patterns(), plan.protocol.protocol()).model
