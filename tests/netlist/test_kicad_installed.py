"""KiCad's own checks of a project: by version 6's `pcbnew`, by `kicad-cli` from version 7 on.

What is not installed is skipped, and says so. A `kicad-cli` that is not on the path, in a container
say, is named by the environment variable HWKIT_KICAD_CLI.
"""

import os
import re
import shutil
import subprocess
from collections import Counter

import pytest

from hwkit.netlist.kicad_project import (
    project_files,
    read_back,
    read_kicad_netlist,
    read_schematic,
    write_project,
)
from tests.boards import CATALOGUE, small_project

PYTHON = "/usr/bin/python3"  # KiCad's modules are the system's, out of reach of an environment's
CHECK = """
import pcbnew, sys
board = pcbnew.LoadBoard(sys.argv[1])
pcbnew.ZONE_FILLER(board).Fill(board.Zones())
assert pcbnew.WriteDRCReport(board, sys.argv[2], pcbnew.EDA_UNITS_MILLIMETRES, True)
for footprint in board.GetFootprints():
    for pad in footprint.Pads():
        print(footprint.GetReference(), pad.GetNumber() or '-', pad.GetNetname() or '-')
"""
NOT_ROUTED = {"unconnected_items"}
CLI = os.environ.get("HWKIT_KICAD_CLI") or shutil.which("kicad-cli")


def has_pcbnew():
    """Whether version 6's is there: later ones know a project's libraries in kicad-cli alone."""
    script = "import pcbnew, sys; sys.exit(not pcbnew.Version().startswith('6.'))"
    try:
        done = subprocess.run([PYTHON, "-c", script], capture_output=True, check=False)
    except OSError:
        return False
    return done.returncode == 0


def violations(report):
    return Counter(re.findall(r"^\[(\w+)\]", report.read_text(encoding="utf-8"), re.M))


@pytest.fixture
def folder(tmp_path):
    write_project(small_project()[1], tmp_path)
    return tmp_path


def design_rules(folder, home):
    report = folder / "rules.rpt"
    done = subprocess.run(
        [PYTHON, "-c", CHECK, str(folder / "board.kicad_pcb"), str(report)],
        capture_output=True, text=True, check=True, env={"HOME": str(home)},
    )  # fmt: skip
    return violations(report), done.stdout.splitlines()


@pytest.mark.skipif(not has_pcbnew(), reason="pcbnew of KiCad 6 is not installed")
def test_the_placed_board_keeps_all_rules_but_that_nothing_is_routed(folder, tmp_path):
    found, pads = design_rules(folder, tmp_path)
    assert set(found) == NOT_ROUTED
    board = small_project()[0]
    wanted = {(p.designator, pad, net) for p in board.pieces for pad, net in p.pads.items() if net}
    read = {tuple(line.split()) for line in pads if not line.split()[0].startswith("H")}
    assert {pad for pad in read if pad[2] != "-"} == wanted
    file = folder / "board.kicad_pcb"
    places = re.findall(r"\(at \d\S+ \d\S+\)", file.read_text())
    file.write_text(file.read_text().replace(places[1], places[0], 1))
    found, _ = design_rules(folder, tmp_path)  # control: a part upon another
    assert set(found) - NOT_ROUTED


@pytest.mark.study
@pytest.mark.skipif(CLI is None, reason="kicad-cli (KiCad 7 or later) is not installed")
def test_a_later_kicad_reads_the_project_and_finds_nothing(folder):
    board, files = small_project()

    def run(*words):
        subprocess.run([CLI, *map(str, words)], check=True, capture_output=True)

    root, report = folder / "board.kicad_sch", folder / "rules.rpt"
    run("sch", "erc", "--severity-all", "-o", report, root)
    assert not violations(report)
    run("sch", "export", "netlist", "-o", folder / "board.net", root)
    theirs = read_kicad_netlist((folder / "board.net").read_text(encoding="utf-8"))
    assert theirs.parts == read_schematic(files, "board.kicad_sch").parts
    result = read_back(theirs, board, CATALOGUE)
    assert not result.findings
    assert result.apart <= 1e-9
    placed = folder / "board.kicad_pcb"
    run("pcb", "drc", "--schematic-parity", "--severity-all", "-o", report, placed)
    assert set(violations(report)) == NOT_ROUTED
    wires = re.findall(r"  \(wire.*?\n  \)\n", files["unit-02.kicad_sch"], re.S)
    broken = folder / "unit-02.kicad_sch"
    broken.write_text(files["unit-02.kicad_sch"].replace(wires[0], ""))
    run("sch", "erc", "--severity-all", "-o", report, root)
    assert violations(report)  # control: a wire less


def test_the_project_is_one_folder_with_all_it_needs(tmp_path):
    board, files = small_project()
    folder = tmp_path / "new" / "folder"
    write_project(project_files(board, "board"), folder)
    paths = (path for path in tmp_path.rglob("*") if path.is_file())
    assert {path.relative_to(folder).as_posix() for path in paths} == set(files)
    for name in re.findall(r'\(footprint "hwkit:([^"]+)"', files["board.kicad_pcb"]):
        assert f"hwkit.pretty/{name}.kicad_mod" in files
    for name in re.findall(r'\(lib_id "hwkit:([^"]+)"', "".join(files.values())):
        assert f'(symbol "{name}"' in files["hwkit.kicad_sym"]
