"""The twin: a circuit's equations from its netlist, for many boards and paths at once."""

from hwkit.twin.adjoint import Derivatives, differentiate
from hwkit.twin.board_files import BoardFile, load_board
from hwkit.twin.boards import Boards, Bound, bind
from hwkit.twin.circuit import Circuit, read_circuit
from hwkit.twin.field import field_of
from hwkit.twin.simulate import Mode, TwinRuns, simulate_boards
from hwkit.twin.system import System, system

__all__ = [
    "BoardFile",
    "Boards",
    "Bound",
    "Circuit",
    "Derivatives",
    "Mode",
    "System",
    "TwinRuns",
    "bind",
    "differentiate",
    "field_of",
    "load_board",
    "read_circuit",
    "simulate_boards",
    "system",
]
