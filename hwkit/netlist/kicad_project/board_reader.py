"""Pads of a board's file: which net each is on, as KiCad's board editor keeps it."""

from hwkit.circuit.board.nets import net_read
from hwkit.netlist.kicad_project.drawn import DrawnBoard, DrawnPart
from hwkit.netlist.kicad_project.trees import branches, read_tree


def read_board(text: str, numbers: dict[str, str], name: str = "board") -> DrawnBoard:
    """Return the parts of a board and the nets of their pads; holes are left out.

    Args:
        text: of the file.
        numbers: what to order, by designator: a board's file does not say.
        name: for messages.

    Raises:
        NetlistError: if it is not a board of KiCad's.
    """
    parts = {}
    for item in branches(read_tree(text, name), "footprint"):
        texts = {str(each[1]): str(each[2]) for each in branches(item, "fp_text")}
        pads = {
            str(pad[1]): next((net_read(str(net[2])) for net in branches(pad, "net")), "")
            for pad in branches(item, "pad")
            if str(pad[1])
        }
        if pads:
            reference = texts["reference"]
            number = numbers.get(reference, "")
            parts[reference] = DrawnPart(texts["value"], str(item[1]), number, pads)
    return DrawnBoard(dict(sorted(parts.items())))
