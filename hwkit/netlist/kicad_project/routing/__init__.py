"""The router: tracks and vias of a placed board, on a grid of nodes."""

from hwkit.netlist.kicad_project.routing.copper import Track, Via
from hwkit.netlist.kicad_project.routing.quiet import QUIET, summing_nets
from hwkit.netlist.kicad_project.routing.route import Routing, routed, unrouted
from hwkit.netlist.kicad_project.routing.terrain import DRILL, GAP, TRACK, VIA

__all__ = [
    "DRILL",
    "GAP",
    "QUIET",
    "TRACK",
    "VIA",
    "Routing",
    "Track",
    "Via",
    "routed",
    "summing_nets",
    "unrouted",
]
