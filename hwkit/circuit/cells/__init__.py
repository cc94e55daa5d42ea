"""Circuit families, one file each: a function from model and scale to a design."""

from collections.abc import Callable

from hwkit.circuit.cells import rc
from hwkit.circuit.design import Design
from hwkit.circuit.scale import Scale
from hwkit.model import EnergyModel

CELLS: dict[str, Callable[[EnergyModel, Scale], Design]] = {rc.NAME: rc.compile_rc}
