"""The reader of netlists: text to typed elements, every word used or refused by name."""

from hwkit.netlist.reader.lines import GROUND, Card, cards
from hwkit.netlist.reader.numbers import number
from hwkit.netlist.reader.read import read_elements
from hwkit.netlist.reader.typed import (
    Behavioural,
    Capacitor,
    CurrentSource,
    Device,
    Diode,
    Element,
    Elements,
    Inductor,
    Model,
    Mutual,
    Noise,
    Resistor,
    Transconductor,
    Tree,
    VoltageSource,
    Waveform,
)

__all__ = [
    "GROUND",
    "Behavioural",
    "Capacitor",
    "Card",
    "CurrentSource",
    "Device",
    "Diode",
    "Element",
    "Elements",
    "Inductor",
    "Model",
    "Mutual",
    "Noise",
    "Resistor",
    "Transconductor",
    "Tree",
    "VoltageSource",
    "Waveform",
    "cards",
    "number",
    "read_elements",
]
