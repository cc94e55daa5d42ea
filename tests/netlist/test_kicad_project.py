"""KiCad projects: what was drawn is the machine, and what was drawn wrongly is found."""

import re
from collections import Counter
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from hwkit import NetlistError
from hwkit.netlist.kicad_project import (
    project_files,
    read_back,
    read_board,
    read_kicad_netlist,
    read_schematic,
)
from hwkit.netlist.kicad_project.footprints import footprint
from hwkit.netlist.kicad_project.layout import lay_out
from hwkit.netlist.kicad_project.trees import Text, read_tree, written
from tests.boards import CATALOGUE, small_board, small_project
from tests.names import HOSTILE

ROOT, PADS = "board.kicad_sch", "board.kicad_pcb"


def found(files, board=None):
    result = read_back(read_schematic(files, ROOT), board or small_project()[0], CATALOGUE)
    return result, Counter(finding.check for finding in result.findings)


def changed(page, old, new, count=1):
    """Return the project's files with a text replaced; the text must be there."""
    files = dict(small_project()[1])
    assert files[page].count(old) >= 1, old
    files[page] = files[page].replace(old, new, count)
    return files


def test_wires_and_pads_are_the_machine_as_bought():
    board, files = small_project()
    result, checks = found(files)
    assert not checks
    assert result.apart <= 1e-9
    assert result.elements == sum(len(g) for g in board.design.parts if g.role != "noise")
    numbers = {piece.designator: piece.number for piece in board.pieces}
    pads = read_board(files[PADS], numbers)
    assert pads.parts == read_schematic(files, ROOT).parts  # part by part, pad by pad
    result = read_back(pads, board, CATALOGUE)
    assert not result.findings
    assert result.apart <= 1e-9


def test_pads_do_what_the_catalogue_says():
    def turned(row):
        swapped = {"a": row.pins["b"], "b": row.pins["a"]} if "a" in row.pins else row.pins
        return replace(row, pins=swapped)

    catalogue = tuple(map(turned, CATALOGUE))
    board = small_board(catalogue=catalogue)
    assert board.nets() != small_project()[0].nets()
    drawn = read_schematic(project_files(board, "board"), ROOT)
    result = read_back(drawn, board, catalogue)
    assert not result.findings
    assert result.apart <= 1e-9
    assert {f.check for f in read_back(drawn, small_project()[0], CATALOGUE).findings} == set()


def test_what_is_left_out_of_the_machine_is_listed():
    board, files = small_project()
    listed = set(found(files)[0].listed)
    without = {p.designator for p in board.pieces if not p.elements}
    assert listed == without
    assert {piece.role for piece in board.pieces if piece.designator in without} == {
        *("bulk", "control", "decoupling", "divider", "exclusive-or", "outputs", "register"),
        *("reset", "start", "supplies", "test-point", "trimmer"),
    }


def test_a_short_is_found_by_the_check_of_nets():
    """Put a second label on a wire that has one."""
    files = dict(small_project()[1])
    page = files["unit-01.kicad_sch"]
    label = re.search(r'  \(global_label "noise1\+".*?\n  \)\n', page, re.S)[0]
    spot = re.search(r'global_label "GND".*?\(at ([\d.]+ [\d.]+) ', page, re.S)[1]
    moved = re.sub(r"\(at [\d.]+ [\d.]+ (\d+)\)", rf"(at {spot} \1)", label)
    files["unit-01.kicad_sch"] = page.replace(label, label + moved)
    result, checks = found(files)
    assert checks["nets"] == 1
    assert "GND and noise1+ are one net" in [f.text for f in result.findings if f.check == "nets"]


def test_exchanged_stages_are_found_by_the_check_of_streams():
    """At the register, whose labels come first; the machine itself is the same."""
    page = small_project()[1]["noise.kicad_sch"]
    page = page.replace('label "stage4"', 'label "?"', 1)
    page = page.replace('label "stage5"', 'label "stage4"', 1)
    files = dict(small_project()[1]) | {"noise.kicad_sch": page.replace('"?"', '"stage5"')}
    result, checks = found(files)
    assert set(checks) == {"streams", "around"}
    wrong = {f.where: f.text for f in result.findings if f.check == "streams"}
    assert wrong["noise2+"] == "it is stage 1 + stage 5; the board wants stage 1 + stage 4"
    assert set(wrong) == {"data", "noise2+", "noise2-"}


def test_an_unconnected_pin_is_found_by_the_check_of_pins():
    page = small_project()[1]["unit-02.kicad_sch"]
    wires = re.findall(r"  \(wire.*?\n  \)\n", page, re.S)
    files = changed("unit-02.kicad_sch", wires[0], "")
    result, checks = found(files)
    assert checks["pins"] >= 1
    assert any("is not connected; it belongs to" in f.text for f in result.findings)


def test_missing_decoupling_is_found_by_the_check_of_supplies():
    """Also where the board that was meant has none there."""
    board, files = small_project()
    drawn = read_schematic(files, ROOT)
    packages = sum(p.designator.startswith("U") for p in board.pieces)
    bare = replace(drawn, parts={k: part for k, part in drawn.parts.items() if k != "C204"})
    fewer = replace(board, pieces=tuple(p for p in board.pieces if p.designator != "C204"))
    for meant, others in ((board, {"parts"}), (fewer, set())):
        findings = read_back(bare, meant, CATALOGUE).findings
        assert {f.check for f in findings} == {"supplies", *others}
        told = {f.where: f.text for f in findings if f.check == "supplies"}
        assert told == {"-2V5": f"{packages} packages have {packages - 1} capacitors there"}


def test_a_capacitor_to_the_wrong_net_is_found_by_the_check_of_supplies():
    drawn = read_schematic(small_project()[1], ROOT)
    part = drawn.parts["C204"]
    moved = replace(part, pads=dict(part.pads) | {"1": "GND"})
    wrong = replace(drawn, parts=dict(drawn.parts) | {"C204": moved})
    checks = {f.check for f in read_back(wrong, small_project()[0], CATALOGUE).findings}
    assert {"supplies", "around"} <= checks


def test_exchanged_lines_of_a_connector_are_found_by_the_check_around_the_machine():
    drawn = read_schematic(small_project()[1], ROOT)
    part = drawn.parts["J2"]
    pads = dict(part.pads)
    pads["1"], pads["3"] = pads["3"], pads["1"]
    wrong = replace(drawn, parts=dict(drawn.parts) | {"J2": replace(part, pads=pads)})
    findings = read_back(wrong, small_project()[0], CATALOGUE).findings
    assert {(f.check, f.where) for f in findings} == {("around", "J2")}
    assert "pad 1 is on reset; it belongs to clock" in [f.text for f in findings]


def test_exchanged_nets_are_found_by_the_check_of_the_graph():
    page = small_project()[1]["couplings.kicad_sch"]
    first, second = re.findall(r'global_label "(x\d__[pn])"', page)[:3:2]
    swapped = page.replace(f'label "{first}"', 'label "?"', 1)
    swapped = swapped.replace(f'label "{second}"', f'label "{first}"', 1)
    files = dict(small_project()[1]) | {
        "couplings.kicad_sch": swapped.replace('"?"', f'"{second}"')
    }
    _, checks = found(files)
    assert checks["graph"] >= 1
    assert not checks["pins"]
    assert checks["machine"] == 1


def test_a_wrong_value_is_found_by_the_check_of_values():
    board, files = small_project()
    piece = next(p for p in board.pieces if p.designator == "R109")
    [old] = re.findall(r'\(reference "R109"\)\s+\(unit 1\)\s+\(value "[^"]+"\)', files[ROOT])
    files = changed(ROOT, old, old.replace(piece.text, "69.8k"))
    result, checks = found(files)
    assert checks == {"values": 1, "graph": 1, "machine": 1}
    assert {f.where for f in result.findings if f.check == "values"} == {"R109"}


def test_another_part_and_a_missing_one_are_found_by_the_check_of_parts():
    _, checks = found(changed("unit-03.kicad_sch", '"BAT54S" (id 4)', '"BAT54C" (id 4)'))
    assert checks["parts"] == 1
    board = small_board()
    fewer = replace(board, pieces=board.pieces[1:])
    assert found(small_project()[1], fewer)[1]["parts"] == 1


def test_the_same_board_gives_the_same_bytes_and_each_identifier_once():
    files = small_project()[1]
    assert project_files(small_board(), "board") == files
    for path, text in files.items():
        if path.endswith((".kicad_sch", ".kicad_pcb")):
            uuids = re.findall(r'\((?:uuid|tstamp) "([0-9a-f-]+)"\)', text)
            assert path == ROOT or len(uuids) > 10
            assert len(set(uuids)) == len(uuids), path


def test_hostile_names_of_units_change_nothing_but_titles():
    board = small_board(names=HOSTILE[:4])
    result, checks = found(project_files(board, "board"), board)
    assert not checks
    assert result.apart <= 1e-9


@pytest.mark.parametrize("n", [1, 4, 13])
def test_no_courtyards_meet_and_all_are_on_the_board(n):
    couplings = 0.5 * (np.eye(n, k=1) + np.eye(n, k=-1))
    layout = lay_out(small_project()[0] if n == 4 else small_board(couplings))
    boxes = []
    for place in layout.places:
        x0, y0, x1, y1 = place.drawn.courtyard
        boxes.append((place.x + x0, place.y + y0, place.x + x1, place.y + y1))
    width, height = layout.size
    assert all(x0 > 1 and y0 > 1 and x1 < width - 1 and y1 < height - 1 for x0, y0, x1, y1 in boxes)
    for a, b in combinations(boxes, 2):
        assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
    assert n > 4 or (width <= 160 and height <= 100)


def test_land_patterns_are_those_of_the_standard():
    """IPC-7351B, level N: RESC2012, SOT95P, SOIC127P to 0.05 mm, as others' libraries have them."""
    chip, sot, soic = (footprint(name).pads for name in ("0805", "SOT-23", "SOIC-8"))
    assert (chip[1].x - chip[0].x, chip[0].width) == pytest.approx((1.85, 1.05), abs=0.06)
    assert (sot[2].x - sot[0].x, sot[0].width) == pytest.approx((1.875, 1.475), abs=0.06)
    assert (soic[7].x - soic[0].x, soic[0].width) == pytest.approx((4.95, 1.95), abs=0.06)
    assert soic[0].height == pytest.approx(0.6)


def test_trees_read_back_as_they_were_written():
    tree = ["a", Text('quoted "text" \\ and\nline'), ["b", "1.5", Text("")], ["long", "x" * 120]]
    assert read_tree(written(tree), "tree") == tree


@pytest.mark.parametrize("text", ["", "(a", "(a))", "(a) (b)", "word"])
def test_files_that_are_no_trees_are_refused(text):
    with pytest.raises(NetlistError, match="tree"):
        read_tree(text, "tree")


def test_netlists_of_kicad_are_read():
    text = """(export (version "E")
      (components
        (comp (ref "R1") (value "1k") (footprint "hwkit:0805")
          (property (name "MPN") (value "RC0805FR-071KL")) (property (name "Empty"))))
      (nets
        (net (code "1") (name "GND") (node (ref "R1") (pin "1")) (node (ref "R2") (pin "2")))
        (net (code "2") (name "unconnected-(R1-Pad2)") (node (ref "R1") (pin "2")))))"""
    [part] = read_kicad_netlist(text).parts.values()
    assert (part.value, part.number) == ("1k", "RC0805FR-071KL")
    assert part.pads == {"1": "GND", "2": ""}


def test_what_is_not_read_back_is_refused():
    wire = "  (wire"
    for word in ("label", "hierarchical_label", "bus"):
        files = changed("unit-01.kicad_sch", wire, f"  ({word} x)\n{wire}")
        with pytest.raises(NetlistError, match=f"holds a {word}"):
            read_schematic(files, ROOT)
