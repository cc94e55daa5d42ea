"""Parts that can be ordered: tables as files, and the choice of a part for a role."""

from hwkit.circuit.catalogue.choosing import (
    choose_amplifier,
    choose_capacitor,
    choose_diode,
    choose_plain,
    choose_resistor,
    choose_supplied,
)
from hwkit.circuit.catalogue.reading import Catalogue, read_catalogue
from hwkit.circuit.catalogue.rows import ROLES, Orderable, Source, resistance_code

__all__ = [
    "ROLES",
    "Catalogue",
    "Orderable",
    "Source",
    "choose_amplifier",
    "choose_capacitor",
    "choose_diode",
    "choose_plain",
    "choose_resistor",
    "choose_supplied",
    "read_catalogue",
    "resistance_code",
]
