"""The readable form of a netlist: a subcircuit for the cell, one for a coupling, and their uses.

A cell holds all that touches one unit alone; its values are parameters, named after the roles of
the parts. A coupling is a pair of directions. What fits neither is between them as it is.
"""

from collections.abc import Iterator

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from hwkit.circuit import GROUND, Design, Parts
from hwkit.circuit.gates import COUPLING_ROLES
from hwkit.netlist.dialects.spice import Spice, quoted
from hwkit.netlist.elements import group_block, group_header
from hwkit.netlist.size import Block, Rows

_OF_CELL = ("capacitor", "transconductor", "cubic", "current")


def hierarchy(design: Design, language: Spice, couplings: bool) -> Iterator[Block]:
    """Yield definitions, cells and couplings; noise sources come separately."""
    cell = [parts for parts in design.parts if _is_of_cell(parts, design.model.n_units)]
    rest = [p for p in design.parts if p not in cell and p.kind != "noise"]
    paired = [p for p in rest if _is_paired(p, design.model.n_units)]
    if cell:
        yield Block.of(_cell_definition(design, cell, language))
    if couplings and paired:
        yield Block.of(_pair_definition(language))
    if cell:
        yield _cells(design, cell, language)
    for parts in rest:
        if parts.role in COUPLING_ROLES and not couplings:
            continue
        yield Block.of(group_header(parts, language))
        yield (_pairs if parts in paired else group_block)(design, parts, language)


def _is_paired(parts: Parts, n_units: int) -> bool:
    """Say whether these are directions from unit to unit, without drivers or meters between."""
    pairs = parts.role == "coupling" and parts.kind == "transconductor"
    return pairs and bool(np.all(parts.nodes < n_units))


def _is_of_cell(parts: Parts, n_units: int) -> bool:
    if parts.kind not in _OF_CELL or len(parts) != n_units:
        return False
    unit = np.arange(n_units)[:, None]
    own = (parts.nodes == unit) | (parts.nodes == GROUND)
    return bool(np.all(own) and np.all(parts.nodes[:, :1] == unit))


def _parameter(parts: Parts) -> str:
    return parts.role.replace("-", "_") + "_value"  # "capacitor" alone is a word of Spectre's


def _cell_name(design: Design) -> str:
    return f"hwkit_{design.cell}_cell"


def _cell_definition(design: Design, cell: list[Parts], language: Spice) -> Iterator[str]:
    names = [_parameter(parts) for parts in cell]
    yield language.comment(f"the {design.cell} cell: one unit, x its node")
    yield language.subcircuit(_cell_name(design), ["x"], names)
    for parts, name in zip(cell, names, strict=True):
        value = language.reference(name)
        match parts.kind:
            case "capacitor":
                yield language.capacitor(f"_{name}", "x", "0", value)
            case "transconductor":
                yield language.transconductor(f"_{name}", "x", "x", value)
            case "cubic":
                yield language.cubic(f"_{name}", "x", "0", value)
            case _:
                yield language.current(f"_{name}", "x", "0", value)
    yield language.end_subcircuit(_cell_name(design))


def _pair_definition(language: Spice) -> Iterator[str]:
    yield language.comment("a coupling: a current out of each node for the voltage of the other")
    yield language.subcircuit("hwkit_pair", ["a", "b"], ["ab", "ba"])
    yield language.transconductor("_ab", "a", "b", language.reference("ab"))
    yield language.transconductor("_ba", "b", "a", language.reference("ba"))
    yield language.end_subcircuit("hwkit_pair")


def _cells(design: Design, cell: list[Parts], language: Spice) -> Block:
    model, names = design.model, design.model.unit_names
    onsite = {
        name: np.broadcast_to(value, (model.n_units,))
        for name, value in model.onsite.parameters().items()
    }

    def lines(rows: Rows) -> Iterator[str]:
        for i in np.arange(model.n_units)[rows].tolist():
            values = [f"{name} = {value[i]:.6g}" for name, value in onsite.items()]
            yield language.comment(f"unit {design.nodes[i]} is {quoted(names[i])}")
            yield language.comment(", ".join([*values, f"b = {model.b[i]:.6g}"]))
            parameters = {_parameter(parts): repr(float(parts.values[i])) for parts in cell}
            yield language.instance(
                design.nodes[i], [design.nodes[i]], _cell_name(design), parameters
            )

    return Block(model.n_units, lines)


def _pairs(design: Design, parts: Parts, language: Spice) -> Block:
    n, nodes, names = design.model.n_units, design.nodes, design.model.unit_names
    unit = design.scale.siemens
    i, j, ab, ba = _paired(parts, n)

    def lines(rows: Rows) -> Iterator[str]:
        columns = (column[rows].tolist() for column in (i, j, ab, ba))
        for a, b, forth, back in zip(*columns, strict=True):
            both = f"{forth / unit:.6g}" if forth == back else f"{forth / unit:.6g} and back "
            both += "" if forth == back else f"{back / unit:.6g}"
            yield language.comment(f"J = {both}: {quoted(names[a])}, {quoted(names[b])}")
            values = {"ab": repr(forth), "ba": repr(back)}
            yield language.instance(f"{a}_{b}", [nodes[a], nodes[b]], "hwkit_pair", values)

    return Block(i.size, lines)


def _paired(
    parts: Parts, n: int
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64], NDArray[np.float64]]:
    """Return i < j and the values of both directions; several elements of one direction add up."""
    matrix = sp.csr_array((parts.values, (parts.nodes[:, 0], parts.nodes[:, 1])), shape=(n, n))
    union = sp.triu(abs(matrix) + abs(matrix.T), k=1).tocoo()
    i, j = (np.asarray(axis, dtype=np.intp) for axis in union.coords)
    if not i.size:  # scipy would return a matrix of no entries
        return i, j, np.zeros(0), np.zeros(0)
    forth, back = (np.asarray(matrix[p, q]).ravel() for p, q in ((i, j), (j, i)))
    return i, j, forth, back
