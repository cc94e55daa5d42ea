"""ngspice: found, isolated, driven with our noise; its states come back as Trajectories."""

from hwkit.spice.bench import ForeignCircuit, foreign_circuit
from hwkit.spice.crossbar import Crossbar, ideal_crossbar
from hwkit.spice.drift import measure_gradient
from hwkit.spice.library import find_library, find_program
from hwkit.spice.session import ngspice_version
from hwkit.spice.simulate import Level, simulate_spice

__all__ = [
    "Crossbar",
    "ForeignCircuit",
    "Level",
    "find_library",
    "find_program",
    "foreign_circuit",
    "ideal_crossbar",
    "measure_gradient",
    "ngspice_version",
    "simulate_spice",
]
