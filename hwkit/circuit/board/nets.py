"""Names of nets: those of the netlist's nodes, and of what is around the machine."""

import re

from hwkit.circuit.catalogue import Orderable

GROUND_NET = "GND"
RESET_NET = "reset"
CLOCK_NET = "clock"  # of the bit streams
START_NET = "start"  # low: the bit streams stay at their first bit
BIAS_NETS = ("VB+", "VB-")
DIVIDER_NETS = ("divider+", "divider-")  # wipers of the trimmers of either bias
# Ends of the trimmers: where the resistor to the supply is, and that to ground.
TRIMMER_NETS = (("trimmer+high", "trimmer+low"), ("trimmer-high", "trimmer-low"))
_OPEN = "unconnected-("  # how KiCad starts the name of the net of a pad that is left open
_BIASES = dict(zip(("hwkit__vdd", "hwkit__vss"), BIAS_NETS, strict=True))
_NOISE = re.compile(r"noise\d+[+-]", re.ASCII)
_SWITCHING = re.compile(r"noise\d+[+-]|stage\d+|sum\d+|data|clock", re.ASCII)


def net_of(node: str) -> str:
    """Return the net of a node of the netlist."""
    return GROUND_NET if node == "0" else _BIASES.get(node, node)


def node_of(net: str) -> str:
    """Return the node of the netlist that a net is."""
    nodes = {net: node for node, net in _BIASES.items()}
    return "0" if net == GROUND_NET else nodes.get(net, net)


def noise_net(unit: int, side: int) -> str:
    """Return the net where the noise of a unit's + or - rail (0, 1) comes in; units from 0."""
    return f"noise{unit + 1}{'+-'[side]}"


def stage_net(stage: int) -> str:
    """Return the net of a stage of the shift register, from 1; 0 for what is shifted into it."""
    return f"stage{stage}" if stage else "data"


def is_noise_net(net: str) -> bool:
    """Say whether a net is one where noise comes in, see `noise_net`."""
    return _NOISE.fullmatch(net) is not None


def open_net(pin: str, pad: str) -> str:
    """Return the net that KiCad's schematic gives a pad that is left open: "U3A-q2", "5"."""
    return f"{_OPEN}{pin}-Pad{pad})"


def net_read(name: str) -> str:
    """Return a net as read from KiCad's files, "" for that of a pad that is left open."""
    return "" if name.startswith(_OPEN) else name


def is_switching_net(net: str) -> bool:
    """Say whether a net carries bits, or their clock."""
    return _SWITCHING.fullmatch(net) is not None


def supply_nets(volt: float) -> tuple[str, str]:
    """Return the nets of the supplies, such as "+2V5" and "-2V5"."""
    text = f"{volt:g}".replace(".", "V")
    text += "" if "V" in text else "V"
    return f"+{text}", f"-{text}"


def supply_pads(part: Orderable, volt: float) -> dict[str, str]:
    """Return the nets of a package's supply pads."""
    plus, minus = supply_nets(volt)
    return {part.pins["supply.plus"]: plus, part.pins["supply.minus"]: minus}


def unit_sheet(unit: int) -> str:
    """Return the name of a unit's sheet; units count from 0."""
    return f"unit-{unit + 1:02d}"
