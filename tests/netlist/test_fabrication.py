"""What a fabricator gets: KiCad's files are the board, and what is not is found, by its name."""

import re
from contextlib import suppress
from functools import cache
from xml.etree import ElementTree

import pytest

from hwkit import ConfigError, NetlistError
from hwkit.netlist.kicad_project.fabrication import (
    check_fabrication,
    fabrication_files,
    file_names,
    find_kicad,
)
from hwkit.netlist.kicad_project.fabrication.gerber import read_gerber
from hwkit.netlist.kicad_project.fabrication.plot import COLOURS
from hwkit.netlist.kicad_project.fabrication.tables import read_bill, read_drill, read_places
from tests.boards import small_project

NAMES = file_names("board")
GERBER = """%TF.FileFunction,Copper,L1,Top*%
%FSLAX46Y46*%
%MOMM*%
%LPD*%
G01*
%ADD10R,1.500000X0.600000*%
%ADD11C,0.200000*%
D10*
%TO.P,R301,1*%
%TO.N,x2__p*%
X1000000Y-2000000D03*
%TD*%
D11*
%TO.N,GND*%
X0Y0D02*
X3000000D01*
G36*
X0Y0D02*
X1000000Y0D01*
Y1000000D01*
X0Y0D01*
G37*
M02*
"""
DRILL = "M48\n; made\nFMAT,2\nMETRIC\nT1C0.300\n%\nG90\nG05\nT1\nX1.27Y-7.197\nT0\nM30\n"


@cache
def installed():
    try:
        return find_kicad()
    except ConfigError:
        return None


needs_kicad = pytest.mark.skipif("installed() is None", reason="no KiCad is installed")


@cache
def package():
    return fabrication_files(installed(), small_project()[1], "board")


def found(files):
    board, project = small_project()
    return check_fabrication(files, board, project["board.kicad_pcb"], "board")


def changed(*changes):
    """Return the package with texts of its files replaced: name, what is there, what instead."""
    files = dict(package())
    for name, old, new in changes:
        assert re.search(old, files[name]), old
        files[name] = re.sub(old, new, files[name], count=1)
    return files


@needs_kicad
def test_what_kicad_writes_is_the_board():
    check = found(package())
    assert not check.findings
    print(installed().version, dict(check.counts))
    assert check.counts["parts"] == sum(p.part is not None for p in small_project()[0].pieces)
    assert check.counts["holes"] > check.counts["vias"] > 100


@needs_kicad
def test_missing_files_are_found():
    missing = [NAMES.layers["F.Mask"], NAMES.bare, NAMES.bill, NAMES.drawing]
    files = {name: text for name, text in package().items() if name not in missing}
    assert [(f.check, f.where) for f in found(files).findings] == [("files", n) for n in missing]


@needs_kicad
def test_the_drawing_is_kicads_plots_without_their_dates():
    drawing = package()[NAMES.drawing]
    assert drawing == fabrication_files(installed(), small_project()[1], "board")[NAMES.drawing]
    tree = ElementTree.fromstring(drawing)
    assert tree.get("viewBox").startswith("-2 -2 ")
    layers = [group for group in tree if group.tag.endswith("}g")]
    assert len(layers) == len(COLOURS)
    for group, colour in zip(layers, COLOURS.values(), strict=True):
        drawn = ElementTree.tostring(group, encoding="unicode")
        assert colour in drawn
        assert "#000000" not in drawn
    cut = drawing[: len(drawing) // 2]
    assert [(f.check, f.where) for f in found(dict(package()) | {NAMES.drawing: cut}).findings] == [
        ("files", NAMES.drawing)
    ]


@needs_kicad
def test_shifted_layers_are_found():
    """Each by a twentieth of a millimetre."""
    files = dict(package())
    for name in NAMES.layers.values():
        files[name] = re.sub(
            r"^X(-?\d+)", lambda m: f"X{int(m[1]) + 50_000}", files[name], flags=re.M
        )
    wrong = {(f.where, f.check) for f in found(files).findings}
    for layer in ("F.Cu", "B.Cu", "F.Mask", "B.Mask", "F.Paste"):
        assert (layer, "pads") in wrong
    assert {("F.SilkS", "marks"), ("Edge.Cuts", "extents"), ("B.Cu", "tracks")} <= wrong


@needs_kicad
def test_what_is_lost_is_found_by_its_check():
    files = changed(
        (NAMES.plated, r"X1\S+Y-\S+\n", ""),
        (NAMES.bare, r"X\S+Y-\S+\n", ""),
        (NAMES.layers["B.Cu"], r"X\S+D01\*\n(?=%TO|G04|M02)", ""),
        (NAMES.places, r'"C2".*\n', ""),
        (NAMES.places, ",0.000000,top", ",90.000000,top"),
        (NAMES.bill, r'"?R301"?,.*\n', ""),
        (NAMES.layers["F.SilkS"], r"M02\*", ""),
    )
    wrong = [(f.check, f.where) for f in found(files).findings]
    assert sorted(wrong) == sorted(
        [("drills", NAMES.plated), ("drills", NAMES.bare), ("tracks", "B.Cu"), ("bill", "R301"),
         ("placement", "C1"), ("placement", "C2"), ("files", NAMES.layers["F.SilkS"])]
    )  # fmt: skip
    wider = found(changed((NAMES.plated, "T1C0.300", "T1C0.400"))).findings
    assert {f.check for f in wider} == {"drills"}


def test_a_gerber_file_is_flashes_draws_and_regions():
    read = read_gerber(GERBER, "a.gbr")
    [flash], [draw] = read.flashes, read.draws
    assert (flash.x, flash.y, flash.shape, flash.size) == (1.0, -2.0, "rect", (1.5, 0.6))
    assert (flash.net, flash.pad) == ("x2__p", ("R301", "1"))
    assert (draw.start, draw.end, draw.width, draw.net) == ((0, 0), (3, 0), 0.2, "GND")
    assert read.regions == (((0, 0), (1, 0), (1, 1), (0, 0)),)
    assert read.extents == (0, -2, 3, 1)


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        ("M02*\n", "", "whole Gerber"),
        ("%MOMM*%", "%MOIN*%", "MOIN"),
        ("G01*", "G02*", "G02"),
        ("D11*\n", "D12*\n", "D12, not defined"),
    ],
)
def test_a_gerber_file_that_is_not_read_says_why(old, new, match):
    with pytest.raises(NetlistError, match=match):
        read_gerber(GERBER.replace(old, new, 1), "a.gbr")


def test_drill_files_and_tables_say_what_is_wrong():
    [hole] = read_drill(DRILL, "a.drl")
    assert (hole.x, hole.y, hole.diameter) == (1.27, -7.197, 0.3)
    with pytest.raises(NetlistError, match="whole drill file"):
        read_drill(DRILL.replace("M30", ""), "a.drl")
    with pytest.raises(NetlistError, match="'INCH'"):
        read_drill(DRILL.replace("METRIC", "INCH"), "a.drl")
    with pytest.raises(NetlistError, match="no column 'PosX'"):
        read_places("Ref,Val\n", "a-pos.csv")
    twice = "Ref,Val,Footprint\nR1,1k,hwkit:0805\nR1,1k,hwkit:0805\n"
    with pytest.raises(NetlistError, match="lists R1 twice"):
        read_bill(twice, "a-bom.csv")


def test_without_kicad_a_sentence_says_what_to_install(monkeypatch):
    monkeypatch.setenv("HWKIT_KICAD_PYTHON", "/nowhere/python3")
    with pytest.raises(ConfigError, match="install KiCad 6 or later"):
        find_kicad()


def test_a_module_of_the_working_folder_is_not_taken_for_kicad(tmp_path, monkeypatch):
    for name in ("pcbnew.py", "wx.py", "csv.py"):
        (tmp_path / name).write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with suppress(ConfigError):
        find_kicad()
    assert not (tmp_path / "ran").exists()


def test_a_place_without_a_number_is_refused():
    with pytest.raises(NetlistError, match="p: PosX, PosY and Rot of C1 must be numbers"):
        read_places("Ref,PosX,PosY,Rot,Side\nC1,1.0,,0,top\n", "p")
