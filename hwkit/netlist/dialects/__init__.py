"""Netlist languages, one file each: how an element, a start value or an analysis is written."""

from hwkit.netlist.dialects.gnucap import Gnucap
from hwkit.netlist.dialects.ltspice import LTspice
from hwkit.netlist.dialects.ngspice import Ngspice
from hwkit.netlist.dialects.spectre import Spectre
from hwkit.netlist.dialects.spice import Spice
from hwkit.netlist.dialects.vacask import Vacask
from hwkit.netlist.dialects.xyce import Xyce

DIALECTS: dict[str, Spice] = {
    dialect.name: dialect
    for dialect in (Ngspice(), LTspice(), Xyce(), Spectre(), Gnucap(), Vacask())
}

__all__ = ["DIALECTS", "Spice"]
