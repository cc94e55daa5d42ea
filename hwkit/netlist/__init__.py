"""Circuits as text: render, parse, extract back to a model."""

from hwkit.netlist.extract import extract_model
from hwkit.netlist.render import TIGHT_OPTIONS, Netlist, Noise, render

__all__ = ["TIGHT_OPTIONS", "Netlist", "Noise", "extract_model", "render"]
