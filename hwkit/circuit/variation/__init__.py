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

__all__ = [
    "AGE_HOURS",
    "ROOM_KELVIN",
    "Drift",
    "Environment",
    "Fault",
    "Gradient",
    "Quantised",
    "Share",
    "Spread",
    "Variation",
    "input_offsets",
    "matching",
    "value_names",
]
