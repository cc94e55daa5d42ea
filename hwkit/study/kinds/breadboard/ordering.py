"""The board to order of a machine: what a breadboard study solders, in parts of the catalogue."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hwkit.circuit.board import Board, Choices, assemble_board, check_size, order_rows
from hwkit.circuit.catalogue import Catalogue, read_catalogue
from hwkit.errors import DesignError, NetlistError
from hwkit.model import EnergyModel, load_model
from hwkit.netlist.kicad_project import (
    ReadBack,
    check_copper,
    project_files,
    read_back,
    read_board,
    read_schematic,
    write_project,
)
from hwkit.study.finished import finished_run
from hwkit.study.kinds.breadboard.board import soldered_board
from hwkit.study.kinds.breadboard.plan import BreadboardPlan, PartsPlan
from hwkit.study.kinds.breadboard.results import OrderLine

NAME = "board"


@dataclass(frozen=True)
class Order:
    """What was written, and what reading it back found.

    Attributes:
        files: names within the folder.
        parts: number of parts.
        numbers: of different part numbers.
        unverified: part numbers with something that nobody has checked.
        nets: number of nets.
        elements: of the netlist, each compared with the drawing.
        apart: largest relative difference of the machine in wires and in pads from the one bought.
    """

    files: tuple[str, ...]
    parts: int
    numbers: int
    unverified: tuple[str, ...]
    nets: int
    elements: int
    apart: float


def board_to_order(
    parts: PartsPlan, model: EnergyModel, catalogue: Catalogue, amplifier: str = ""
) -> Board:
    """Return a machine as a board of parts of the catalogue.

    Args:
        parts: what is asked of them.
        model: the machine; its onsite energy is that of diodes.
        catalogue: the parts.
        amplifier: part number, or how it starts; the first that fits if empty.

    Raises:
        DesignError: if a part is missing, or the machine is another.
    """
    design = soldered_board(parts, model)
    choices = Choices(parts.noise_volt, parts.diode, amplifier)
    return assemble_board(design, catalogue, choices)


def order_lines(parts: PartsPlan, model: EnergyModel) -> tuple[list[OrderLine], str]:
    """Return what to order of hwkit's catalogue; else nothing, and what is missing there."""
    try:
        board = board_to_order(parts, model, read_catalogue())
    except DesignError as error:
        return [], str(error)
    lines = [
        OrderLine(
            row.number,
            row.part.maker,
            row.text,
            row.part.package,
            " ".join(row.designators),
            "; ".join(row.part.doubts),
            "" if row.part.source is None else str(row.part.source),
        )
        for row in order_rows(board.pieces)
    ]
    return lines, ""


def order_board(
    source: Path,
    out: Path,
    catalogue: Path | None = None,
    amplifier: str = "",
    announce: Callable[[str], object] = str,
) -> Order:
    """Write the KiCad project of a machine, and read it back.

    Args:
        source: the run folder of a finished breadboard study, or a machine's file.
        out: the project's folder.
        catalogue: the user's own parts.
        amplifier: as in `board_to_order`.
        announce: called with the name of the stage that takes seconds.

    Raises:
        HwkitError: if a part is missing, the board can't be routed, or what was drawn is not the
            machine.
    """
    parts, model = _source(source)
    check_size(model.n_units)  # before what takes long
    rows = read_catalogue(catalogue)
    board = board_to_order(parts, model, rows, amplifier)
    announce("placing and routing the board")
    files = project_files(board, NAME)
    found = _checked(files, board, rows)
    write_project(files, out)
    bill = order_rows(board.pieces)
    return Order(
        tuple(files),
        len(board.pieces),
        len(bill),
        tuple(row.number for row in bill if row.part.doubts),
        len(board.nets()),
        found[0].elements,
        max(each.apart for each in found),
    )


def _source(source: Path) -> tuple[PartsPlan, EnergyModel]:
    if not source.is_dir():
        return PartsPlan(), load_model(source)
    with finished_run(source) as run:
        if run.kind != "breadboard":
            raise DesignError(
                f"{source} is the run of a study of kind {run.kind!r}; give one of kind breadboard"
            )
        return run.plan(BreadboardPlan).parts, load_model(run.result("model.npz"))


def _checked(files: dict[str, str], board: Board, catalogue: Catalogue) -> tuple[ReadBack, ...]:
    """Read the machine back from the wires and from the pads, and check the copper.

    Raises:
        NetlistError: if a check finds anything: a bug, or a name that KiCad would take otherwise.
    """
    numbers = {piece.designator: piece.number for piece in board.pieces}
    drawings = (
        read_schematic(files, f"{NAME}.kicad_sch"),
        read_board(files[f"{NAME}.kicad_pcb"], numbers),
    )
    found = tuple(read_back(drawn, board, catalogue) for drawn in drawings)
    wrong = [finding for each in found for finding in each.findings]
    for finding in (*wrong, *check_copper(files[f"{NAME}.kicad_pcb"])):
        raise NetlistError(
            f"the drawing is not the machine: {finding.check}, {finding.where}: {finding.text}; "
            "please report it"
        )
    return found
