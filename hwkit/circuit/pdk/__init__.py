"""Transistor models: where they come from, their numbers, their mismatch."""

from hwkit.circuit.pdk.cards import Card, Lot, Pelgrom
from hwkit.circuit.pdk.library import CARDS, Calls, Library
from hwkit.circuit.pdk.process import (
    CORNERS,
    Process,
    find_library,
    gf180mcu,
    open_process,
    sky130,
)
from hwkit.circuit.pdk.table import embedded_notice
from hwkit.circuit.pdk.technology import DEFAULT, TECHNOLOGIES, TYPICAL, Technology, technology

__all__ = [
    "CARDS",
    "CORNERS",
    "DEFAULT",
    "TECHNOLOGIES",
    "TYPICAL",
    "Calls",
    "Card",
    "Library",
    "Lot",
    "Pelgrom",
    "Process",
    "Technology",
    "embedded_notice",
    "find_library",
    "gf180mcu",
    "open_process",
    "sky130",
    "technology",
]
