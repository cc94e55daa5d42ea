"""Family "silicon": transistors of an open process; `compile` has its equation."""

from hwkit.circuit.cells.family import Family
from hwkit.circuit.cells.silicon.compile import NAME, compile_silicon
from hwkit.circuit.cells.silicon.drawing import draw_silicon
from hwkit.circuit.cells.silicon.options import SiliconOptions
from hwkit.circuit.cells.silicon.separate import separate_silicon

__all__ = ["FAMILY", "SiliconOptions", "compile_silicon"]

FAMILY = Family(
    NAME, SiliconOptions, compile_silicon, draw_silicon, separate=separate_silicon, directed=True
)
