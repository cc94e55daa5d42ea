"""What a fabricator gets: written by KiCad, read back by hwkit and compared with the board."""

from hwkit.netlist.kicad_project.fabrication.checks import (
    FabricationCheck,
    check_fabrication,
    file_names,
)
from hwkit.netlist.kicad_project.fabrication.kicad import KiCad, fabrication_files, find_kicad

__all__ = [
    "FabricationCheck",
    "KiCad",
    "check_fabrication",
    "fabrication_files",
    "file_names",
    "find_kicad",
]
