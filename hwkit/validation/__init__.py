"""Validation of one design or netlist: runs are arranged, compared, and a verdict returned."""

from hwkit.validation.converge import converge
from hwkit.validation.design import validate_design
from hwkit.validation.gated import gated_design, validate_gated
from hwkit.validation.imperfections import Imperfection, design_budget
from hwkit.validation.netlist import validate_netlist
from hwkit.validation.second_opinion import second_opinion
from hwkit.validation.spectra import validate_spectra

__all__ = [
    "Imperfection",
    "converge",
    "design_budget",
    "gated_design",
    "second_opinion",
    "validate_design",
    "validate_gated",
    "validate_netlist",
    "validate_spectra",
]
