"""Energy: what a circuit's elements take up in SPICE, and the ledger of one sample."""

from hwkit.energy.digital import DigitalCost, flops_per_sample, measure_digital
from hwkit.energy.dissipation import Dissipation, dissipation
from hwkit.energy.ledger import OMITTED, Ledger, Line, energy_ledger
from hwkit.energy.prices import UNITS, USER_SET, Price, Prices
from hwkit.energy.probes import Probed, probe
from hwkit.energy.record import Recording, record
from hwkit.energy.transistors import SupplyPower, supply_power, transistor_ledger

__all__ = [
    "OMITTED",
    "UNITS",
    "USER_SET",
    "DigitalCost",
    "Dissipation",
    "Ledger",
    "Line",
    "Price",
    "Prices",
    "Probed",
    "Recording",
    "SupplyPower",
    "dissipation",
    "energy_ledger",
    "flops_per_sample",
    "measure_digital",
    "probe",
    "record",
    "supply_power",
    "transistor_ledger",
]
