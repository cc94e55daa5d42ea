"""Boards of an LC-cell sampler: their parts, and the error of the covariance that they sample.

What the parts sample is known exactly (`fidelity.lc_parts`), so these errors have no sampling error
in them. Each cause of error can be switched on alone, on the same boards.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from hwkit.circuit import Design, Parts
from hwkit.fidelity.lc_parts import fitted_covariance
from hwkit.fidelity.sampling import relative_error
from hwkit.study.kinds.sampler.plan import PartsPlan
from hwkit.trajectories import FloatArray
from hwkit.wiener import child_seed

CAUSES = ("capacitor", "resistor", "inductor", "noise", "readout", "parasitic")
NEEDED = ("capacitor", "noise", "readout", "parasitic")
_ROLES = {"capacitor": ("capacitor", "coupling"), "resistor": ("loss",), "inductor": ("inductor",)}
BISECTIONS = 20  # of the size that is needed
_MOST_BOARDS = 50  # for what would be needed: each size that is tried needs them all


@dataclass(frozen=True, eq=False)
class Lot:
    """The boards of a study: their design, the spreads of their parts, their root seed."""

    design: Design
    parts: PartsPlan
    seed: int


def worker(lot: Lot) -> Callable[[str], list[float]]:
    """Return what gives each board's error for one cause alone; "" means all causes."""
    boards = range(lot.parts.boards)
    return lambda cause: [board_error(lot.design, lot.parts, b, lot.seed, cause) for b in boards]


def needed_size(lot: Lot, cause: str, target: float) -> float:
    """Return how far off one kind of part has to be, alone, for boards of an rms error; or NaN."""

    def rms(size: float) -> float:
        parts = lot.parts.model_copy(update={cause: size})
        boards = range(needed_boards(lot.parts))
        errors = [board_error(lot.design, parts, b, lot.seed, cause) for b in boards]
        return float(np.sqrt(np.mean(np.square(errors))))

    return _solve(rms, target)


def needed_boards(parts: PartsPlan) -> int:
    """Return on how many boards a needed size is searched."""
    return min(parts.boards, _MOST_BOARDS)


def fitted(design: Design, parts: PartsPlan, board: int, seed: int, only: str = "") -> Design:
    """Return a design with the parts of one board.

    Args:
        design: with nominal values.
        parts: relative spread of each kind of part.
        board: its number.
        seed: root of fabrication.
        only: the one cause of error that is on, one of `CAUSES`; "" for all.
    """
    groups = []
    for group in design.parts:
        values = group.values
        for cause, roles in (*_ROLES.items(), ("noise", ("noise",))):
            if group.role in roles and only in ("", cause):
                draw = _draws(seed, board, group.role, values.size)
                values = values * np.maximum(1 + getattr(parts, cause) * draw, 0.1)
        if group.role == "capacitor" and only in ("", "parasitic"):
            values = values + parts.parasitic * design.scale.farad
        groups.append(Parts(group.role, group.kind, group.nodes, values, group.parameters))
    return replace(design, parts=tuple(groups))


def _draws(seed: int, board: int, role: str, n: int) -> FloatArray:
    generator = np.random.Philox(child_seed(seed, "fabrication", role, board))
    return np.random.Generator(generator).standard_normal(n)


def readout_gains(design: Design, parts: PartsPlan, board: int, seed: int, only: str) -> FloatArray:
    """Return the gain of each cell's readout, (N,).

    Args:
        design, parts, board, seed, only: as for `fitted`.
    """
    spread = parts.readout if only in ("", "readout") else 0.0
    return 1 + spread * _draws(seed, board, "readout", design.model.n_units)


def board_error(design: Design, parts: PartsPlan, board: int, seed: int, only: str = "") -> float:
    """Return the relative error of the covariance that one board samples, without end.

    Args:
        design, parts, board, seed, only: as for `fitted`.
    """
    ideal = fitted_covariance(design)
    gain = readout_gains(design, parts, board, seed, only)
    sampled = gain[:, None] * fitted_covariance(fitted(design, parts, board, seed, only)) * gain
    return relative_error(sampled, ideal)


def _solve(function: Callable[[float], float], target: float) -> float:
    """Return where a growing function reaches a target, by bisection; NaN beyond 1."""
    low, high = 0.0, 1.0
    if function(high) < target:
        return float("nan")
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        low, high = (middle, high) if function(middle) < target else (low, middle)
    return (low + high) / 2
