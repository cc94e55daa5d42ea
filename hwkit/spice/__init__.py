"""ngspice: found, isolated, driven with our noise; its states come back as Trajectories."""

from hwkit.spice.drift import measure_gradient
from hwkit.spice.library import find_library, find_program
from hwkit.spice.session import ngspice_version
from hwkit.spice.simulate import Level, simulate_spice

__all__ = [
    "Level",
    "find_library",
    "find_program",
    "measure_gradient",
    "ngspice_version",
    "simulate_spice",
]
