"""ngspice: found, isolated, driven with our noise; its states come back as Trajectories."""

from hwkit.spice.crossbar import Crossbar, ideal_crossbar
from hwkit.spice.drift import measure_gradient, measure_onsite
from hwkit.spice.experts import ExpertCrossbar, expert_crossbar
from hwkit.spice.foreign import ForeignCircuit, foreign_circuit
from hwkit.spice.gates import measure_mixed_gradient, measure_weights
from hwkit.spice.library import find_library, find_program
from hwkit.spice.running import Level
from hwkit.spice.session import ngspice_solver, ngspice_version
from hwkit.spice.simulate import LagCheck, simulate_spice
from hwkit.spice.sweep import (
    Device,
    Sweep,
    device_file,
    diode_pair,
    saturating_transconductor,
    sweep_device,
)

__all__ = [
    "Crossbar",
    "Device",
    "ExpertCrossbar",
    "ForeignCircuit",
    "LagCheck",
    "Level",
    "Sweep",
    "device_file",
    "diode_pair",
    "expert_crossbar",
    "find_library",
    "find_program",
    "foreign_circuit",
    "ideal_crossbar",
    "measure_gradient",
    "measure_mixed_gradient",
    "measure_onsite",
    "measure_weights",
    "ngspice_solver",
    "ngspice_version",
    "saturating_transconductor",
    "simulate_spice",
    "sweep_device",
]
