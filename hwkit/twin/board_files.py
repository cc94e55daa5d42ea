"""Files of one board: JSON with the value of every part, as the page of `hwkit explore` saves it.

format "hwkit-board", version 1
digest     of the machine
circuit    cell, volt, second, farad, options: what the machine was compiled with
run        t_final, dt: what a standalone netlist is written for
values     "role" or "role.parameter" -> the values of the parts, in SI units
settings, seed, number: where the board comes from
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hwkit.circuit import Design, Scale, compile_model, family_options
from hwkit.errors import DataError
from hwkit.files import load_object, reading
from hwkit.langevin import TimeGrid
from hwkit.model import EnergyModel
from hwkit.model.digest import model_digest
from hwkit.numbers import doubles
from hwkit.twin.boards import Boards

FORMAT, VERSION = "hwkit-board", 1
_SIGNED = ("capacitor", "resistor", "diode", "limiter", "noise")  # kinds that deviations don't turn


@dataclass(frozen=True, eq=False)
class BoardFile:
    """One board of a machine.

    Attributes:
        nominal: the design that the board is built to.
        boards: its values; there is one.
        t_final, dt: duration and noise step of a standalone netlist, in model time.
    """

    nominal: Design
    boards: Boards
    t_final: float
    dt: float

    @property
    def design(self) -> Design:
        """The board as a design of its own."""
        return self.boards.design(self.nominal, 0)


def load_board(path: Path | str, model: EnergyModel) -> BoardFile:
    """Read a board's file.

    Args:
        path: the file.
        model: the machine that the board realises.

    Raises:
        DataError: if it is no such file, or of another machine.
        DesignError: if its circuit can't be compiled.
    """
    content = load_object(path, finite=True)
    if content.get("format") != FORMAT or content.get("version") != VERSION:
        raise DataError(
            f"{path} is not a board of format {FORMAT!r}, version {VERSION}; save one from the "
            "page of hwkit explore"
        )
    digest = model_digest(model)
    if content.get("digest") != digest:
        raise DataError(
            f"{path} is a board of machine {content.get('digest')!s:.16}, not of {digest}; "
            "give the model that its page was made of"
        )
    with reading(path, "a board"):
        design = _compiled(model, content["circuit"])
        t_final, dt = (float(doubles(name, content["run"][name])) for name in ("t_final", "dt"))
        TimeGrid(t_final, dt)
        values = {
            name: np.atleast_2d(doubles(name, row)) for name, row in content["values"].items()
        }
    _check_sizes(path, design, values)
    _check_signs(path, design, values)
    return BoardFile(design, Boards(values, 1), t_final, dt)


def _compiled(model: EnergyModel, circuit: dict[str, Any]) -> Design:
    scale = Scale(*(float(doubles(name, circuit[name])) for name in ("volt", "second", "farad")))
    cell = str(circuit["cell"])
    return compile_model(model, cell, scale, family_options(cell, circuit["options"]))


def _check_sizes(path: Path | str, design: Design, values: dict[str, np.ndarray]) -> None:
    """Refuse values that are not finite, or not those of the design's parts.

    Raises:
        DataError: naming the first of them.
    """
    sizes = {parts.role: len(parts) for parts in design.parts}
    sizes |= {f"{p.role}.{name}": len(p) for p in design.parts for name in p.parameters}
    for name, row in values.items():
        if name not in sizes:
            raise DataError(f"{path} has values of {name!r}, which its circuit does not have")
        if row.shape != (1, sizes[name]):
            raise DataError(
                f"{path} has {row.size} values of {name}; its circuit has {sizes[name]}"
            )
        if not np.all(np.isfinite(row)):
            raise DataError(
                f"{path} has values of {name} that are not finite; save the board again"
            )


def _check_signs(path: Path | str, design: Design, values: dict[str, np.ndarray]) -> None:
    """Refuse parts that can't be built, such as a capacitor below 0; noise may be off.

    Raises:
        DataError: naming the first of them.
    """
    for parts in design.parts:
        if parts.kind not in _SIGNED or parts.role not in values:
            continue
        row, wanted = values[parts.role][0], np.sign(parts.values)
        wrong = row < 0 if parts.kind == "noise" else np.sign(row) != wanted
        if np.any(wrong):
            k = int(np.argmax(wrong))
            raise DataError(
                f"{path}: {parts.role} {k} is {row[k]:g}, but {parts.values[k]:g} as designed; "
                "give it the same sign"
            )
