"""Lines of a group of parts, in a dialect."""

from collections.abc import Iterator

from hwkit.circuit import Design, Parts
from hwkit.netlist.dialects import DIALECTS, Spice
from hwkit.netlist.size import Block, Rows

NUMBER = "{!r}"  # the shortest text that reads back as the same number


def group_block(design: Design, parts: Parts, language: Spice) -> Block:
    """Return the lines of a group, one per element, as a block."""

    def lines(rows: Rows) -> Iterator[str]:
        some = Parts(parts.role, parts.kind, parts.nodes[rows], parts.values[rows])
        return group_lines(design, some, language)

    return Block(len(parts), lines)


def group_lines(
    design: Design, parts: Parts, language: Spice = DIALECTS["ngspice"]
) -> Iterator[str]:
    """Yield one line per element of a group other than noise."""
    nodes, unit = design.nodes, parts.nodes[:, 0].tolist()
    values = map(NUMBER.format, parts.values.tolist())
    if parts.kind == "capacitor":
        for i, value in zip(unit, values, strict=True):
            yield language.capacitor(str(i), nodes[i], "0", value)
    elif parts.kind == "cubic":
        for i, value in zip(unit, values, strict=True):
            yield language.cubic(f"cubic{i}", nodes[i], value)
    elif parts.kind == "current":
        for i, value in zip(unit, values, strict=True):
            yield language.current(f"bias{i}", nodes[i], value)
    else:
        for i, j, value in zip(unit, parts.nodes[:, 1].tolist(), values, strict=True):
            yield language.transconductor(f"{i}_{j}", nodes[i], nodes[j], value)
