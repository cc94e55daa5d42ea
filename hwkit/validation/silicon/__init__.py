"""The machine in transistors: extracted, trained for, compared with its curves, varied."""

from hwkit.circuit.cells.silicon.curves import SiliconCurves
from hwkit.spice.silicon import curves_of, extract_curves
from hwkit.validation.silicon.boards import (
    BoardShares,
    at_corner,
    board_shares,
    mismatch_board,
)
from hwkit.validation.silicon.chain import SiliconTraining, train_for_transistors
from hwkit.validation.silicon.comparison import (
    Generation,
    cell_drift,
    compare_samples,
    ideal_paths,
    machine_drift,
    path_error,
    start_states,
    step_fit,
    transistor_paths,
)
from hwkit.validation.silicon.faults import exchange_inputs, stuck_leg, undecoupled, without_p
from hwkit.validation.silicon.floor import PathFloor, path_floor

__all__ = [
    "BoardShares",
    "Generation",
    "PathFloor",
    "SiliconCurves",
    "SiliconTraining",
    "at_corner",
    "board_shares",
    "cell_drift",
    "compare_samples",
    "curves_of",
    "exchange_inputs",
    "extract_curves",
    "ideal_paths",
    "machine_drift",
    "mismatch_board",
    "path_error",
    "path_floor",
    "start_states",
    "step_fit",
    "stuck_leg",
    "train_for_transistors",
    "transistor_paths",
    "undecoupled",
    "without_p",
]
