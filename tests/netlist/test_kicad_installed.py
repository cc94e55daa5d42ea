"""KiCad's own checks of a project: by version 6's `pcbnew`, by `kicad-cli` from version 7 on.

What is not installed is skipped, and says so. A `kicad-cli` that is not on the path, in a container
say, is named by the environment variable HWKIT_KICAD_CLI; a Python with its `pcbnew`, which fills
the zones, by HWKIT_KICAD_PYTHON.
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
FILL = """
import pcbnew, sys
board = pcbnew.LoadBoard(sys.argv[1])
pcbnew.ZONE_FILLER(board).Fill(board.Zones())
pcbnew.SaveBoard(sys.argv[1], board)
"""
CHECK = """
import pcbnew, sys
board = pcbnew.LoadBoard(sys.argv[1])
pcbnew.ZONE_FILLER(board).Fill(board.Zones())
assert pcbnew.WriteDRCReport(board, sys.argv[2], pcbnew.EDA_UNITS_MILLIMETRES, True)
for footprint in board.GetFootprints():
    for pad in footprint.Pads():
        print(footprint.GetReference(), pad.GetNumber() or '-', pad.GetNetname() or '-')
"""
CLI = os.environ.get("HWKIT_KICAD_CLI") or shutil.which("kicad-cli")
FILLER = os.environ.get("HWKIT_KICAD_PYTHON", PYTHON)


def has_pcbnew(python=PYTHON, version="6."):
    """Whether it is there; the checks need version 6: later ones know no libraries of a project."""
    script = f"import pcbnew, sys; sys.exit(not pcbnew.Version().startswith('{version}'))"
    try:
        done = subprocess.run([python, "-c", script], capture_output=True, check=False)
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
def test_the_routed_board_keeps_all_rules(folder, tmp_path):
    found, pads = design_rules(folder, tmp_path)
    assert not found
    board = small_project()[0]
    wanted = {(p.designator, pad, net) for p in board.pieces for pad, net in p.pads.items() if net}
    read = {tuple(line.split()) for line in pads if not line.split()[0].startswith("H")}
    open_pads = [pad for pad in read if pad[2].startswith("unconnected-")]
    assert {pad for pad in read if pad[2] != "-"} == wanted | set(open_pads)
    assert len({net for _, _, net in open_pads}) == len(open_pads)
    file = folder / "board.kicad_pcb"
    text = file.read_text()
    file.write_text(re.sub(r"  \(segment.*?\n  \)\n", "", text, count=1, flags=re.S))
    found, _ = design_rules(folder, tmp_path)  # control: a track less
    assert "unconnected_items" in found
    places = re.findall(r"\(at \d\S+ \d\S+\)", text)
    file.write_text(text.replace(places[1], places[0], 1))
    found, _ = design_rules(folder, tmp_path)  # control: a part elsewhere
    assert found


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
    if not has_pcbnew(FILLER, ""):
        pytest.skip(f"{FILLER} has no pcbnew to fill the zones with; ERC and netlist are done")
    fill = [FILLER, "-c", FILL, str(placed)]
    subprocess.run(fill, check=True, capture_output=True, env={"HOME": str(folder)})
    run("pcb", "drc", "--schematic-parity", "--severity-all", "-o", report, placed)
    assert not violations(report)
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
