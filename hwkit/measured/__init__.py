"""Measured boards: traces of oscilloscopes and loggers as records, and what takes them."""

from hwkit.measured.checks import check_measurement
from hwkit.measured.converter import EmulatedConverter
from hwkit.measured.correction import Corrected, correct_board
from hwkit.measured.emulated import EmulatedCircuit, EmulatedInstrument
from hwkit.measured.estimated import Question
from hwkit.measured.findings import Fault, Finding
from hwkit.measured.instrument import Instrument, Request, measure
from hwkit.measured.judgement import Board, judge_board
from hwkit.measured.reading import measurement_files, read_measurement
from hwkit.measured.records import Block, Channel, Measurement, Record, RecordKind, Table
from hwkit.measured.replay import ReplayInstrument
from hwkit.measured.resources import Resource, SocketResource, ask, ask_block, tell
from hwkit.measured.scpi import ScpiInstrument
from hwkit.measured.specification import Tolerances

__all__ = [
    "Block",
    "Board",
    "Channel",
    "Corrected",
    "EmulatedCircuit",
    "EmulatedConverter",
    "EmulatedInstrument",
    "Fault",
    "Finding",
    "Instrument",
    "Measurement",
    "Question",
    "Record",
    "RecordKind",
    "ReplayInstrument",
    "Request",
    "Resource",
    "ScpiInstrument",
    "SocketResource",
    "Table",
    "Tolerances",
    "ask",
    "ask_block",
    "check_measurement",
    "correct_board",
    "judge_board",
    "measure",
    "measurement_files",
    "read_measurement",
    "tell",
]
