"""Measured boards: traces of oscilloscopes and loggers as records, and what takes them."""

from hwkit.measured.checks import check_measurement
from hwkit.measured.converter import EmulatedConverter
from hwkit.measured.emulated import EmulatedCircuit, EmulatedInstrument
from hwkit.measured.findings import Fault, Finding
from hwkit.measured.instrument import Instrument, Request, measure
from hwkit.measured.reading import read_measurement
from hwkit.measured.records import Block, Channel, Measurement, Record, RecordKind, Table
from hwkit.measured.replay import ReplayInstrument
from hwkit.measured.resources import Resource, SocketResource, ask, ask_block, tell
from hwkit.measured.scpi import ScpiInstrument

__all__ = [
    "Block",
    "Channel",
    "EmulatedCircuit",
    "EmulatedConverter",
    "EmulatedInstrument",
    "Fault",
    "Finding",
    "Instrument",
    "Measurement",
    "Record",
    "RecordKind",
    "ReplayInstrument",
    "Request",
    "Resource",
    "ScpiInstrument",
    "SocketResource",
    "Table",
    "ask",
    "ask_block",
    "check_measurement",
    "measure",
    "read_measurement",
    "tell",
]
