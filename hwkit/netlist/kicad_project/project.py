"""A board as a KiCad project: schematic, symbols and footprints, bill and netlist, in one folder.

The format is KiCad 6's, which later versions read. Everything is in the folder; identifiers come
from names, so that the same board gives the same bytes. A sheet is a file of its own for each unit,
since from version 7 on KiCad knows one value per symbol, whatever the sheet's use.
"""

import json
import os
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from hwkit.circuit.board import Board, order_csv
from hwkit.errors import ConfigError
from hwkit.files import write_text
from hwkit.netlist.kicad_project.circuit_board import circuit_board
from hwkit.netlist.kicad_project.drawing import draw_sheets
from hwkit.netlist.kicad_project.footprint_trees import footprint_file
from hwkit.netlist.kicad_project.footprints import HOLE, footprint, footprint_name
from hwkit.netlist.kicad_project.pages import Instance, Page, header
from hwkit.netlist.kicad_project.routing import DRILL, GAP, TRACK, VIA, routed, unrouted
from hwkit.netlist.kicad_project.symbols import FONT, LIBRARY, symbol_tree
from hwkit.netlist.kicad_project.trees import Text, Tree, at, identity, number, written
from hwkit.netlist.render import render

_SYMBOL_VERSION = "20211014"
_BOX = (45.72, 12.7)  # of a sheet, on the root's page


def project_files(board: Board, name: str, tracks: bool = True) -> dict[str, str]:
    """Return the text of every file of a project, by its path within the folder.

    Args:
        board: the board.
        name: of the project.
        tracks: whether the board is routed, or only placed.

    Raises:
        DesignError: if it can't be routed on two layers.
    """
    pages = draw_sheets(board)
    files = {f"{page.name}.kicad_sch": written(page.tree()) for page in pages}
    files[f"{name}.kicad_sch"] = written(_root(board, name, pages))
    files[f"{name}.kicad_pro"] = _settings(name, pages)
    symbols = {symbol.name: symbol for page in pages for symbol in page.symbols.values()}
    library: list[Tree] = ["kicad_symbol_lib", ["version", _SYMBOL_VERSION]]
    library.append(["generator", "hwkit"])
    library += [symbol_tree(symbols[key], True) for key in sorted(symbols)]
    files[f"{LIBRARY}.kicad_sym"] = written(library)
    copper = routed(board) if tracks else unrouted(board)
    files[f"{name}.kicad_pcb"] = written(circuit_board(board, *copper, name))
    packages = {footprint_name(piece) for piece in board.pieces}
    for drawn in (HOLE, *(footprint(package) for package in sorted(packages))):
        tree = footprint_file(drawn, partial(identity, drawn.name))
        files[f"{LIBRARY}.pretty/{drawn.name}.kicad_mod"] = written(tree)
    for kind, path in (("sym", f"{LIBRARY}.kicad_sym"), ("fp", f"{LIBRARY}.pretty")):
        files[f"{kind}-lib-table"] = _table(kind, path)
    files["bill.csv"] = order_csv(board.pieces)
    files["as-bought.cir"] = render(board.design, "ngspice", "trnoise").text
    return files


def write_project(files: Mapping[str, str], folder: Path | str) -> None:
    """Write the files of a project into a folder, which is made if it is not there.

    Raises:
        ConfigError: if a file of another content is there: tracks that somebody drew, or another
            project's.
    """
    for path, text in files.items():
        _check_free(Path(folder, path), text)
    for path, text in files.items():
        target = Path(folder, path)
        target.parent.mkdir(parents=True, exist_ok=True)
        write_text(target, text)


def _check_free(target: Path, text: str) -> None:
    """Refuse to replace what is not the same text, or is a link to elsewhere."""
    if not os.path.lexists(target):
        return
    if target.is_file() and not target.is_symlink() and target.read_bytes() == text.encode():
        return
    raise ConfigError(
        f"{target} is there already and is not what would be written, so it may hold work of "
        "yours, such as tracks; name another folder, or remove it"
    )


def _root(board: Board, name: str, pages: Sequence[Page]) -> Tree:
    """Return the root sheet: a box for each sheet, and the list of all symbols."""
    rows = 8
    columns = -(-len(pages) // rows)
    size = (max(297.0, 30 + 60.96 * columns), 210.0)
    title = f"{name}: a machine of {board.design.model.n_units} units"
    tree: list[Tree] = [*header(name, title, size), ["lib_symbols"]]
    instances: list[Tree] = [["path", Text("/"), ["page", Text("1")]]]
    for k, page in enumerate(pages):
        x, y = 25.4 + 60.96 * (k // rows), 25.4 + 20.32 * (k % rows)
        uuid = identity(name, "sheet", page.name)
        tree.append(_sheet(page, x, y, uuid))
        instances.append(["path", Text(f"/{uuid}"), ["page", Text(str(k + 2))]])
    tree.append(["sheet_instances", *instances])
    symbols = [
        _use(identity(name, "sheet", page.name), item) for page in pages for item in page.instances
    ]
    return [*tree, ["symbol_instances", *symbols]]


def _use(sheet: Text, item: Instance) -> Tree:
    return [
        "path", Text(f"/{sheet}/{item.uuid}"), ["reference", Text(item.reference)],
        ["unit", str(item.unit)], ["value", Text(item.value)],
        ["footprint", Text(item.footprint)],
    ]  # fmt: skip


def _sheet(page: Page, x: float, y: float, uuid: Text) -> Tree:
    width, height = _BOX
    stroke: Tree = ["stroke", ["width", "0.1524"], ["type", "solid"], ["color", *"0000"]]
    left: Tree = ["effects", FONT, ["justify", "left", "bottom"]]
    below: Tree = ["effects", FONT, ["justify", "left", "top"]]
    return [
        "sheet", at(x, y), ["size", number(width), number(height)], ["fields_autoplaced"],
        stroke, ["fill", ["color", "0", "0", "0", "0.0000"]], ["uuid", uuid],
        ["property", Text("Sheet name"), Text(page.title.replace("/", "-")), ["id", "0"],
         at(x, y - 0.635, 0), left],
        ["property", Text("Sheet file"), Text(f"{page.name}.kicad_sch"), ["id", "1"],
         at(x, y + height + 0.635, 0), below],
    ]  # fmt: skip


def _settings(name: str, pages: Sequence[Page]) -> str:
    sheets = [[identity(name), ""]]
    sheets += [[identity(name, "sheet", page.name), page.title] for page in pages]
    settings = {
        "board": {"design_settings": {"rules": _RULES}},
        "meta": {"filename": f"{name}.kicad_pro", "version": 1},
        "net_settings": {"classes": [_NET_CLASS], "meta": {"version": 2}},
        "sheets": sheets,
        "text_variables": {},
    }
    return json.dumps(settings, indent=2) + "\n"


# A usual class of fabricators: tracks and gaps of 0.2 mm, holes of 0.3 mm.
_RULES = {
    "min_clearance": GAP,
    "min_track_width": TRACK,
    "min_through_hole_diameter": DRILL,
    "min_via_diameter": VIA,
    "min_copper_edge_clearance": 0.3,
}
_NET_CLASS = {
    "name": "Default",
    "bus_width": 12,
    "clearance": GAP,
    "diff_pair_gap": 0.25,
    "diff_pair_via_gap": 0.25,
    "diff_pair_width": 0.2,
    "line_style": 0,
    "microvia_diameter": 0.3,
    "microvia_drill": 0.1,
    "pcb_color": "rgba(0, 0, 0, 0.000)",
    "schematic_color": "rgba(0, 0, 0, 0.000)",
    "track_width": TRACK,
    "via_diameter": VIA,
    "via_drill": DRILL,
    "wire_width": 6,
}


def _table(kind: str, path: str) -> str:
    entry: list[Tree] = [["name", Text(LIBRARY)], ["type", Text("KiCad")]]
    entry += [["uri", Text(f"${{KIPRJMOD}}/{path}")], ["options", Text("")]]
    entry.append(["descr", Text("the parts of this board")])
    return written([f"{kind}_lib_table", ["lib", *entry]])
