"""The board to order of a machine: what a breadboard study solders, in parts of the catalogue."""

import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from hwkit.circuit.board import Board, Choices, assemble_board, check_size, order_rows
from hwkit.circuit.catalogue import Catalogue, read_catalogue
from hwkit.errors import DesignError, NetlistError
from hwkit.model import EnergyModel, load_model
from hwkit.netlist.kicad_project import (
    Finding,
    ReadBack,
    check_copper,
    check_quiet,
    project_files,
    read_back,
    read_board,
    read_schematic,
    write_project,
)
from hwkit.netlist.kicad_project.fabrication import (
    check_fabrication,
    fabrication_files,
    find_kicad,
)
from hwkit.netlist.kicad_project.routing import summing_nets
from hwkit.study.finished import finished_run
from hwkit.study.kinds.breadboard.board import soldered_board
from hwkit.study.kinds.breadboard.plan import BreadboardPlan, PartsPlan
from hwkit.study.kinds.breadboard.results import OrderLine

NAME = "board"
BOARD_FILE = f"{NAME}.kicad_pcb"
_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest that an archive can say


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
        quiet: least distance of a line of bits from a summing node, mm; None without tracks.
    """

    files: tuple[str, ...]
    parts: int
    numbers: int
    unverified: tuple[str, ...]
    nets: int
    elements: int
    apart: float
    quiet: float | None


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


@dataclass(frozen=True, eq=False)
class Project:
    """A board to order: its parts, the files of its KiCad project, what reading them back found."""

    board: Board
    files: dict[str, str]
    order: Order


def board_project(
    parts: PartsPlan,
    model: EnergyModel,
    catalogue: Catalogue,
    amplifier: str = "",
    announce: Callable[[str], object] = str,
    tracks: bool = True,
) -> Project:
    """Return the KiCad project of a machine, read back and checked.

    Args:
        parts, model, catalogue, amplifier: as in `board_to_order`.
        announce: called with the name of the stage that takes seconds.
        tracks: whether it is routed, or only placed.

    Raises:
        HwkitError: if a part is missing, the board can't be routed, or what was drawn is not the
            machine.
    """
    board = board_to_order(parts, model, catalogue, amplifier)
    announce("placing and routing the board" if tracks else "placing the board")
    files = project_files(board, NAME, tracks)
    found = _checked(files, board, catalogue)
    quiet = _checked_copper(files, board) if tracks else None
    bill = order_rows(board.pieces)
    order = Order(
        tuple(files),
        len(board.pieces),
        len(bill),
        tuple(row.number for row in bill if row.part.doubts),
        len(board.nets()),
        found[0].elements,
        max(each.apart for each in found),
        quiet,
    )
    return Project(board, files, order)


def zipped(files: Mapping[str, str]) -> bytes:
    """Return files as one archive, in a folder of the board's name; the same files, same bytes."""
    stream = io.BytesIO()
    with ZipFile(stream, "w") as archive:
        for path in sorted(files):
            entry = ZipInfo(f"{NAME}/{path}", _ZIP_EPOCH)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, files[path].encode(), ZIP_DEFLATED)
    return stream.getvalue()


def order_lines(board: Board) -> list[OrderLine]:
    """Return what to order of a board."""
    return [
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


def order_board(
    source: Path,
    out: Path,
    catalogue: Path | None = None,
    amplifier: str = "",
    announce: Callable[[str], object] = str,
    tracks: bool = True,
) -> Order:
    """Write the KiCad project of a machine, and read it back.

    Args:
        source: the run folder of a finished breadboard study, or a machine's file.
        out: the project's folder.
        catalogue: the user's own parts.
        amplifier: as in `board_to_order`.
        announce, tracks: as in `board_project`.

    Raises:
        HwkitError: as for `board_project`.
    """
    project = _project_of(source, catalogue, amplifier, announce, tracks)
    write_project(project.files, out)
    return project.order


def order_fabrication(
    source: Path,
    out: Path,
    catalogue: Path | None = None,
    amplifier: str = "",
    announce: Callable[[str], object] = str,
) -> tuple[str, Mapping[str, int]]:
    """Write what a fabricator gets, made by KiCad and compared with the board.

    Args:
        source, out, catalogue, amplifier, announce: as in `order_board`.

    Returns:
        KiCad's version, and how many pads, tracks, vias, holes and parts were compared.

    Raises:
        HwkitError: as for `board_project`; if KiCad is missing, fails, or wrote another board.
    """
    kicad = find_kicad()
    project = _project_of(source, catalogue, amplifier, announce)
    announce("files for the fabricator, by KiCad")
    files = fabrication_files(kicad, project.files, NAME)
    check = check_fabrication(files, project.board, project.files[BOARD_FILE], NAME)
    for finding in check.findings:
        raise NetlistError(
            f"KiCad {kicad.version} wrote another board: {finding.check}, {finding.where}: "
            f"{finding.text}; please report it"
        )
    write_project(files, out)
    return kicad.version, check.counts


def _project_of(
    source: Path,
    catalogue: Path | None,
    amplifier: str,
    announce: Callable[[str], object],
    tracks: bool = True,
) -> Project:
    parts, model = _source(source)
    check_size(model.n_units)  # before what takes long
    return board_project(parts, model, read_catalogue(catalogue), amplifier, announce, tracks)


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
    """Return the machine as read back from the wires and from the pads.

    Raises:
        NetlistError: if a check finds anything: a bug, or a name that KiCad would take otherwise.
    """
    numbers = {piece.designator: piece.number for piece in board.pieces}
    drawings = (
        read_schematic(files, f"{NAME}.kicad_sch"),
        read_board(files[BOARD_FILE], numbers),
    )
    found = tuple(read_back(drawn, board, catalogue) for drawn in drawings)
    _refuse(finding for each in found for finding in each.findings)
    return found


def _checked_copper(files: dict[str, str], board: Board) -> float:
    """Check the copper; return how far lines of bits are from summing nodes, mm.

    Raises:
        NetlistError: if a check finds anything.
    """
    quiet, loud = check_quiet(files[BOARD_FILE], summing_nets(board.pieces))
    _refuse((*check_copper(files[BOARD_FILE]), *loud))
    return quiet


def _refuse(findings: Iterable[Finding]) -> None:
    for finding in findings:
        raise NetlistError(
            f"the drawing is not the machine: {finding.check}, {finding.where}: {finding.text}; "
            "please report it"
        )
