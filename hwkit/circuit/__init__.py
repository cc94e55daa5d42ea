"""From machine to circuit: scale, parts, families, realisability."""

from hwkit.circuit.cells import CELLS
from hwkit.circuit.cells.family import Family
from hwkit.circuit.cells.rc import RcOptions
from hwkit.circuit.cells.resistive import ResistiveOptions
from hwkit.circuit.cells.silicon import SiliconOptions
from hwkit.circuit.compile import compile_model
from hwkit.circuit.design import Design
from hwkit.circuit.families import FamilyVerdict, assess_families
from hwkit.circuit.faults import FAULTS, GATE_FAULTS, with_fault
from hwkit.circuit.gated import compile_cells
from hwkit.circuit.nodes import safe_nodes
from hwkit.circuit.options import family_options
from hwkit.circuit.parts import GROUND, Parts
from hwkit.circuit.preferred import preferred
from hwkit.circuit.realisability import Realisability
from hwkit.circuit.scale import Scale
from hwkit.circuit.segments import compile_segments
from hwkit.circuit.separation import Curve, CurvedTerm, Separation
from hwkit.circuit.startup import clamp_nodes, with_start_up
from hwkit.circuit.transistors import Transistors, mismatched

__all__ = [
    "CELLS",
    "FAULTS",
    "GATE_FAULTS",
    "GROUND",
    "Curve",
    "CurvedTerm",
    "Design",
    "Family",
    "FamilyVerdict",
    "Parts",
    "RcOptions",
    "Realisability",
    "ResistiveOptions",
    "Scale",
    "Separation",
    "SiliconOptions",
    "Transistors",
    "assess_families",
    "clamp_nodes",
    "compile_cells",
    "compile_model",
    "compile_segments",
    "family_options",
    "mismatched",
    "preferred",
    "safe_nodes",
    "with_fault",
    "with_start_up",
]
