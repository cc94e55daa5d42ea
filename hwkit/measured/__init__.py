"""Measured boards: traces of oscilloscopes and loggers as records, and what takes them."""

from hwkit.measured.converter import EmulatedConverter
from hwkit.measured.emulated import EmulatedCircuit, EmulatedInstrument
from hwkit.measured.instrument import Instrument, Request, measure
from hwkit.measured.reading import read_measurement
from hwkit.measured.records import Block, Channel, Measurement, Record, RecordKind, Table
from hwkit.measured.replay import ReplayInstrument

__all__ = [
    "Block",
    "Channel",
    "EmulatedCircuit",
    "EmulatedConverter",
    "EmulatedInstrument",
    "Instrument",
    "Measurement",
    "Record",
    "RecordKind",
    "ReplayInstrument",
    "Request",
    "Table",
    "measure",
    "read_measurement",
]
