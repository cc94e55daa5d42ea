"""What a page needs to write a board's netlist as hwkit writes it: text, and patterns of lines.

The text is that of `hwkit.render` for the design; each group of elements in it is replaced by the
pattern of its lines. Filled with the values of a board, the pieces are the netlist of that board,
byte for byte. Nodes of elements are not repeated here: the machine's description has them.
"""

from collections.abc import Iterator
from typing import NotRequired, TypedDict

import numpy as np

from hwkit.circuit import Design, Parts
from hwkit.errors import NetlistError
from hwkit.netlist import render
from hwkit.netlist.dialects import DIALECTS
from hwkit.netlist.elements import group_header, line_pattern

_LANGUAGE = DIALECTS["ngspice"]


class Piece(TypedDict):
    """A part of a netlist: lines that never change, or the lines of a group of elements.

    `text`: the lines. `role`: of the group, whose lines follow `line`; `model`, of diodes, is above
    them. `step`, of noise, is the time in seconds over which a source is constant.
    """

    text: NotRequired[str]
    role: NotRequired[str]
    line: NotRequired[str]
    parameters: NotRequired[list[str]]
    model: NotRequired[str]
    step: NotRequired[float]


def netlist_pieces(design: Design, t_final: float, dt: float) -> list[Piece]:
    """Return the standalone netlist of a design, with ngspice's own noise, as pieces.

    `t_final`, `dt`: as for `render`.

    Raises:
        NetlistError: if its lines follow no pattern.
    """
    text = render(design, noise="trnoise", t_final=t_final, dt=dt).text
    pieces = _pieces(text.split("\n"), design, dt)
    if filled(pieces, design) != text:
        raise NetlistError(f"the lines of this {design.cell} netlist follow no pattern")
    return pieces


def _pieces(lines: list[str], design: Design, dt: float) -> list[Piece]:
    step = dt * design.machine.mobility * design.scale.second
    pieces: list[Piece] = []
    first = 0
    noise = [parts for parts in design.parts if parts.kind == "noise"]
    for parts in [*(parts for parts in design.parts if parts.kind != "noise"), *noise]:
        if not len(parts):
            continue
        head = _header(parts)
        start = _line(lines, head, first)
        pieces += [{"text": "\n".join(lines[first : start + 1])}, _group(parts, step)]
        first = start + 1 + len(parts) + (parts.kind == "diode")
    return [*pieces, {"text": "\n".join(lines[first:])}]


def _header(parts: Parts) -> str:
    if parts.kind == "noise":
        return _LANGUAGE.comment(f"{parts.role}: {len(parts)} white noise currents")
    return group_header(parts, _LANGUAGE)[0]


def _line(lines: list[str], text: str, first: int) -> int:
    try:
        return lines.index(text, first)
    except ValueError:
        raise NetlistError(f"the netlist has no line {text!r}, so it has no template") from None


def _group(parts: Parts, step: float) -> Piece:
    if parts.kind == "noise":
        sources = "In{k} {B} {A} dc 0 trnoise({0} {1} 0 0)"
        grounded = parts.nodes[:, 1] < 0
        line = sources.replace("{B}", "0") if np.all(grounded) else sources
        return {"role": parts.role, "line": line, "parameters": [], "step": step}
    piece: Piece = {
        "role": parts.role,
        "line": line_pattern(parts, _LANGUAGE),
        "parameters": list(parts.parameters),
    }
    if parts.kind == "diode":
        piece["model"] = _LANGUAGE.diode_model(_model_name(piece["line"]), "{0}", "{1}")
    return piece


def _model_name(line: str) -> str:
    """Return the model's name in the pattern of a diode's line: the word before its area."""
    return line.split(" ")[-2]


def filled(pieces: list[Piece], design: Design) -> str:
    """Return the netlist that pieces and the values of a design make; what the page does, too."""
    return "\n".join(text for piece in pieces for text in _filled(piece, design))


def _filled(piece: Piece, design: Design) -> Iterator[str]:
    if "text" in piece:
        yield piece["text"]
        return
    parts = design.group(piece["role"])
    values, names = parts.values, [*design.nodes, "0"]
    columns = [parts.parameter(name) for name in piece["parameters"]]
    if "step" in piece:
        values, columns = np.sqrt(values / 2 / piece["step"]), [np.full(len(parts), piece["step"])]
    if "model" in piece:
        middle = float(np.median(values))
        yield piece["model"].format(repr(middle), repr(float(columns[0][0])))
        values, columns = values / middle, []
    rows = zip(
        parts.nodes.tolist(),
        zip(*(c.tolist() for c in [values, *columns]), strict=True),
        strict=True,
    )
    for k, ((a, b), numbers) in enumerate(rows):
        shown = map(repr, numbers)
        yield piece["line"].format(*shown, k=k, a=a, b=b, A=names[a], B=names[b])
