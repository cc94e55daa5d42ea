"""ngspice: found, isolated, driven with our noise; its states come back as Trajectories."""

from hwkit.spice.library import find_library, find_program
from hwkit.spice.simulate import Level, simulate_spice

__all__ = ["Level", "find_library", "find_program", "simulate_spice"]
