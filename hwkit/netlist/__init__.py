"""Circuits as text: render, parse, extract back to a model."""

from hwkit.netlist.bom import BomRow, bill_of_materials, write_bom
from hwkit.netlist.dialects import DIALECTS
from hwkit.netlist.extract import extract_model
from hwkit.netlist.kicad import render_kicad, write_kicad
from hwkit.netlist.raw_files import RawPlot, read_raw
from hwkit.netlist.render import Form, Netlist, Noise, render, tight_options
from hwkit.netlist.subcircuits import render_subcircuits
from hwkit.netlist.veriloga import render_veriloga
from hwkit.netlist.waveforms import write_raw

__all__ = [
    "DIALECTS",
    "BomRow",
    "Form",
    "Netlist",
    "Noise",
    "RawPlot",
    "bill_of_materials",
    "extract_model",
    "read_raw",
    "render",
    "render_kicad",
    "render_subcircuits",
    "render_veriloga",
    "tight_options",
    "write_bom",
    "write_kicad",
    "write_raw",
]
