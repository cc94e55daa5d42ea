"""What a fabricator gets, compared with the board's file; each check has a name.

files       layers, drill files, places, bill and drawing are there, and whole       a missing file
extents     the outline is the board's, and nothing lies outside                     a cut board
pads        copper, mask and paste are at every pad, of its size and net             a shifted layer
tracks      every track and via is drawn on its layer, no other is                   a lost track
marks       the silk's marks of first pins are beside them                           a shifted silk
drills      every hole is there once, with its diameter                              a lost hole
placement   every part is at its place, no other is                                  a turned part
bill        KiCad's bill has every part of ours with its value, no other             a part less
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import numpy as np

from hwkit.circuit.board import Board
from hwkit.errors import NetlistError
from hwkit.netlist.kicad_project.checks import Finding
from hwkit.netlist.kicad_project.fabrication.contents import Contents, board_contents
from hwkit.netlist.kicad_project.fabrication.gerber import read_gerber
from hwkit.netlist.kicad_project.fabrication.layers import (
    LAYERS,
    Counts,
    differences,
    layer_findings,
    rounded,
)
from hwkit.netlist.kicad_project.fabrication.tables import (
    Hole,
    Placed,
    read_bill,
    read_drill,
    read_places,
)
from hwkit.netlist.kicad_project.footprints import footprint_name
from hwkit.netlist.kicad_project.symbols import LIBRARY

Content = TypeVar("Content")
_DRILLED = 6e-4  # mm: drill files have three digits


class Names(NamedTuple):
    """Names of the files of a package."""

    layers: dict[str, str]
    plated: str
    bare: str
    places: str
    bill: str
    drawing: str

    def every(self) -> list[str]:
        """Return all names."""
        return [*self.layers.values(), self.plated, self.bare, self.places, self.bill, self.drawing]


def file_names(project: str) -> Names:
    """Return the names of the files that KiCad makes of a project."""
    layers = {layer: f"{project}-{layer.replace('.', '_')}.gbr" for layer in LAYERS}
    ends = ("-PTH.drl", "-NPTH.drl", "-pos.csv", "-bom.csv", ".svg")
    return Names(layers, *(project + end for end in ends))


@dataclass(frozen=True)
class FabricationCheck:
    """What a package was found to be.

    Attributes:
        findings: of all checks; empty if it is the board.
        counts: of what was compared: pads, tracks, vias, holes, parts.
    """

    findings: tuple[Finding, ...]
    counts: Mapping[str, int]


def check_fabrication(
    files: Mapping[str, str], board: Board, text: str, project: str
) -> FabricationCheck:
    """Compare a fabrication package with the board.

    Args:
        files: text of each file, by its name.
        board: as assembled.
        text: of the board's file.
        project: its name.
    """
    names, package = file_names(project), _Package(files)
    contents = board_contents(text, project)
    findings: list[Finding] = []
    for layer, name in names.layers.items():
        if (gerber := package.read(name, read_gerber)) is not None:
            findings += layer_findings(layer, gerber, contents)
    for name, wanted in ((names.plated, contents.plated), (names.bare, contents.bare)):
        if (holes := package.read(name, read_drill)) is not None:
            findings += differences("drills", name, _counted(holes), _near(wanted, holes), "hole")
    if (places := package.read(names.places, read_places)) is not None:
        findings += _placement(places, board, contents)
    if (bill := package.read(names.bill, read_bill)) is not None:
        findings += _bill(bill, board)
    package.read(names.drawing, _whole_drawing)
    counts = {
        "pads": len(contents.pads),
        "tracks": len(contents.tracks),
        "vias": len(contents.vias),
        "holes": len(contents.plated) + len(contents.bare),
        "parts": sum(piece.part is not None for piece in board.pieces),
    }
    return FabricationCheck((*package.findings, *findings), counts)


class _Package:
    """The files of a package; `findings` are those that are missing or can't be read."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self.findings: list[Finding] = []
        self._files = files

    def read(self, name: str, reader: Callable[[str, str], Content]) -> Content | None:
        if name not in self._files:
            self.findings.append(Finding("files", name, "it is missing"))
            return None
        try:
            return reader(self._files[name], name)
        except NetlistError as error:
            self.findings.append(Finding("files", name, str(error)))
            return None


def _whole_drawing(text: str, name: str) -> None:
    if "<svg" not in text or not text.rstrip().endswith("</svg>"):
        raise NetlistError(f"{name} is not a whole drawing; export it again")


def _counted(holes: Iterable[Hole]) -> Counts:
    return Counter(rounded((hole.x, hole.y, hole.diameter)) for hole in holes)


def _near(wanted: Iterable[Hole], made: Sequence[Hole]) -> Counts:
    """Count holes, each as the one of those made that is at its place, if one is."""
    spots = np.array([(hole.x, hole.y) for hole in made]).reshape(-1, 2)
    counted: Counts = Counter()
    for hole in wanted:
        apart = np.max(np.abs(spots - (hole.x, hole.y)), axis=1)
        k = int(np.argmin(apart)) if len(made) else 0
        there = made[k] if len(made) and apart[k] <= _DRILLED else hole
        counted[rounded((there.x, there.y, hole.diameter))] += 1
    return counted


def _placement(places: Mapping[str, Placed], board: Board, contents: Contents) -> Iterator[Finding]:
    parts = {p.designator for p in board.pieces if p.part is not None}
    wanted = {part: Placed(x, -y, 0.0, "top") for part, (x, y) in contents.places.items()}
    for part in sorted(parts | places.keys()):
        if part not in places:
            yield Finding("placement", part, "it has no place")
        elif part not in parts:
            yield Finding("placement", part, "the board has no such part")
        elif _place(places[part]) != _place(wanted[part]):
            yield Finding("placement", part, f"it is at {places[part]}, not {wanted[part]}")


def _place(placed: Placed) -> tuple[object, ...]:
    return (*rounded((placed.x, placed.y, placed.degrees % 360)), placed.side)


def _bill(bill: Mapping[str, tuple[str, str]], board: Board) -> Iterator[Finding]:
    wanted = {
        p.designator: (p.text, f"{LIBRARY}:{footprint_name(p)}")
        for p in board.pieces
        if p.part is not None
    }
    for part in sorted(bill.keys() | wanted.keys()):
        if bill.get(part) != wanted.get(part):
            text = f"KiCad's bill has {bill.get(part, 'none')}; ours has {wanted.get(part, 'none')}"
            yield Finding("bill", part, text)
