"""KiCad projects of boards that can be ordered: written, read back, checked."""

from hwkit.netlist.kicad_project.board_reader import read_board
from hwkit.netlist.kicad_project.checks import Finding, ReadBack, read_back
from hwkit.netlist.kicad_project.copper_checks import check_copper
from hwkit.netlist.kicad_project.drawn import DrawnBoard, DrawnPart
from hwkit.netlist.kicad_project.netlist_reader import read_kicad_netlist
from hwkit.netlist.kicad_project.project import project_files, write_project
from hwkit.netlist.kicad_project.quiet_checks import check_quiet
from hwkit.netlist.kicad_project.schematic_reader import read_schematic
from hwkit.netlist.kicad_project.track_estimates import TrackEstimate, estimate_tracks

__all__ = [
    "DrawnBoard",
    "DrawnPart",
    "Finding",
    "ReadBack",
    "TrackEstimate",
    "check_copper",
    "check_quiet",
    "estimate_tracks",
    "project_files",
    "read_back",
    "read_board",
    "read_kicad_netlist",
    "read_schematic",
    "write_project",
]
