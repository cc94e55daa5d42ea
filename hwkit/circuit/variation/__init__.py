"""Tolerances of parts: distributions of deviations, what varies, and the drawing of boards."""

from hwkit.circuit.variation.entries import (
    AGE_HOURS,
    ROOM_KELVIN,
    Drift,
    Environment,
    Fault,
    Gradient,
    Quantised,
    Share,
    Spread,
    Variation,
    input_offsets,
    matching,
    value_names,
)
from hwkit.circuit.variation.grades import GRADES, Grade
from hwkit.circuit.variation.temperature import CLASSES, FIXED, TemperatureClass, Thermal

__all__ = [
    "AGE_HOURS",
    "CLASSES",
    "FIXED",
    "GRADES",
    "ROOM_KELVIN",
    "Drift",
    "Environment",
    "Fault",
    "Grade",
    "Gradient",
    "Quantised",
    "Share",
    "Spread",
    "TemperatureClass",
    "Thermal",
    "Variation",
    "input_offsets",
    "matching",
    "value_names",
]
