"""ngspice: found, isolated, driven with our noise; its states come back as Trajectories."""

from hwkit.spice.crossbar import Crossbar, ideal_crossbar
from hwkit.spice.drift import measure_gradient
from hwkit.spice.library import find_library, find_program
from hwkit.spice.session import ngspice_version
from hwkit.spice.simulate import Level, simulate_spice

__all__ = [
    "Crossbar",
    "Level",
    "find_library",
    "find_program",
    "ideal_crossbar",
    "measure_gradient",
    "ngspice_version",
    "simulate_spice",
]
