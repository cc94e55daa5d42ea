"""Boards of a transistor machine: mismatch, lots, corners and temperatures, each simulated in full.

A board is the typical design with other transistors: sizes, bias currents and their corrections
stay as they were designed. All boards generate from the same starts on the same noise.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hwkit.circuit import Design, mismatched
from hwkit.errors import DesignError
from hwkit.spice.boards import simulate_spice_boards
from hwkit.spice.running import Level
from hwkit.training import recognise
from hwkit.validation.silicon.comparison import Generation
from hwkit.wiener import child_seed
from hwkit.workers import Pool, Progress

FloatArray = NDArray[np.float64]


def mismatch_board(design: Design, seed: int, board: int, factor: float = 1.0) -> Design:
    """Return one board of the foundry's mismatch; any board can be made again by its number.

    Args:
        design: of family silicon.
        seed: root of the fabrication.
        board: number of the board.
        factor: on the foundry's standard deviations.
    """
    if design.process is None:
        raise DesignError(f"a {design.cell} design has no process whose mismatch could be drawn")
    drawn = mismatched(design.transistors, design.process, seed, board, factor)
    return replace(design, transistors=drawn)


def at_corner(design: Design, corner: str, celsius: float | None = None) -> Design:
    """Return the design as it is, made at another corner or run at another temperature."""
    if design.process is None:
        raise DesignError(f"a {design.cell} design has no process that could have a corner")
    warm = design.celsius if celsius is None else celsius
    return replace(design, process=design.process.at(corner), celsius=warm, curves=None)


@dataclass(frozen=True, eq=False)
class BoardShares:
    """Quality of boards.

    Attributes:
        share: recognisable share of each board, (boards,).
        class_shares: share of each class on each board, (boards, P).
    """

    share: FloatArray
    class_shares: FloatArray

    def meets(self, share: float, rarest: float) -> NDArray[np.bool_]:
        """Return which boards meet a specification, (boards,)."""
        fair = self.class_shares.min(axis=1) >= rarest
        return np.asarray(fair & (self.share >= share))


def board_shares(
    boards: Sequence[Design],
    patterns: FloatArray,
    generation: Generation,
    starts: FloatArray,
    jobs: int | Pool = 1,
    level: Level = "full",
    progress: Progress | None = None,
) -> BoardShares:
    """Let boards generate; failed runs count as not recognisable.

    Args:
        boards: designs of the same machine.
        patterns: normalised, (P, n_visible).
        generation: duration, step and root of the noise, the same on every board.
        starts: start states, (samples, N).
        jobs, level, progress: as for `simulate_spice`.
    """
    grid, seed = generation.grid, child_seed(generation.seed, "generation")
    made = simulate_spice_boards(boards, grid, seed, starts, level, jobs, progress)
    found = [recognise(runs.x[:, -1], patterns) for runs in made]
    return BoardShares(
        np.array([each.share for each in found]), np.stack([each.class_shares for each in found])
    )
