"""Circuits as text: render, parse, extract back to a model."""

from hwkit.netlist.extract import extract_model
from hwkit.netlist.render import Netlist, Noise, render, tight_options

__all__ = ["Netlist", "Noise", "extract_model", "render", "tight_options"]
