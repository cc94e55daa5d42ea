"""Measured boards: traces of oscilloscopes and loggers as records, and what takes them."""

from hwkit.measured.reading import read_measurement
from hwkit.measured.records import Block, Channel, Measurement, Record, RecordKind, Table

__all__ = ["Block", "Channel", "Measurement", "Record", "RecordKind", "Table", "read_measurement"]
