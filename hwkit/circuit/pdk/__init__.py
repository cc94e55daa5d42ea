"""Transistor models: where they come from, their numbers, their mismatch."""

from hwkit.circuit.pdk.cards import Card, Lot, Pelgrom
from hwkit.circuit.pdk.library import Library, find_library
from hwkit.circuit.pdk.process import CORNERS, TYPICAL, Process, gf180mcu
from hwkit.circuit.pdk.table import embedded_notice

__all__ = [
    "CORNERS",
    "TYPICAL",
    "Card",
    "Library",
    "Lot",
    "Pelgrom",
    "Process",
    "embedded_notice",
    "find_library",
    "gf180mcu",
]
