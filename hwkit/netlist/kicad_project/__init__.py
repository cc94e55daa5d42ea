"""KiCad projects of boards that can be ordered: written, and read back."""

from hwkit.netlist.kicad_project.project import project_files, write_project

__all__ = ["project_files", "write_project"]
