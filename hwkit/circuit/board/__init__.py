"""A machine as a board of parts that can be ordered: designators, parts, nets, and the bill."""

from hwkit.circuit.board.assemble import Choices, assemble_board
from hwkit.circuit.board.bill import OrderRow, order_csv, order_rows
from hwkit.circuit.board.designators import (
    check_can_be_ordered,
    check_size,
    decoupling_of,
    designator,
    part_of,
    parted,
    with_designators,
)
from hwkit.circuit.board.pieces import Board, Piece, value_of, value_text

__all__ = [
    "Board",
    "Choices",
    "OrderRow",
    "Piece",
    "assemble_board",
    "check_can_be_ordered",
    "check_size",
    "decoupling_of",
    "designator",
    "order_csv",
    "order_rows",
    "part_of",
    "parted",
    "value_of",
    "value_text",
    "with_designators",
]
