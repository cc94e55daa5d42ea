"""What a silicon study takes: its runs, timed by their number of transistors."""

from hwkit.spice.cost import mixed_level_cost, transistor_netlist_cost
from hwkit.study.kind import Estimate
from hwkit.study.kinds.silicon.chips import variants
from hwkit.study.kinds.silicon.plan import SiliconPlan
from hwkit.study.kinds.silicon.study import CONTROL_PATHS
from hwkit.workers import available_cores


def estimate(plan: SiliconPlan) -> Estimate:
    """Count runs, and time them by their number of transistors; nothing is run."""
    own, pixels = plan.comparison, plan.pictures.rows * plan.pictures.columns
    units = pixels + plan.machine.n_hidden
    pairs = units * (units - 1) // 2 if plan.machine.n_pairs is None else plan.machine.n_pairs
    transistors = 2 * units + 2 + (12 * pairs if own.level == "full" else 0)
    if plan.circuit.bias == "mirrors":  # two converters a unit, one a coupling
        converters = 2 * units + (2 * pairs if own.level == "full" else 0)
        transistors += plan.circuit.dac_bits * converters
    steps = round(own.t_final / own.dt)
    runs = own.samples + _chip_runs(plan)
    if plan.boards is not None:
        runs += len(plan.boards.factors) * plan.boards.count * plan.boards.samples
    if plan.corners is not None:
        runs += len(plan.corners.places) * plan.corners.samples
    seconds = transistor_netlist_cost(transistors, steps, runs).seconds
    if own.level == "mixed":
        seconds += mixed_level_cost(units, steps, runs).seconds
    fine = sum(round(own.path_t_final / step) for step in own.steps)
    seconds += transistor_netlist_cost(transistors, fine, own.path_samples).seconds
    runs += own.path_samples * len(own.steps) + CONTROL_PATHS
    note = "extraction and training are not counted"
    return Estimate(runs, seconds / 60 / available_cores(), 10_000_000, note)


def _chip_runs(plan: SiliconPlan) -> int:
    spec = plan.chips
    if spec is None:
        return 0
    chips = len(variants(plan)) * len(spec.area)
    return chips * spec.count * len(spec.places) * spec.samples
