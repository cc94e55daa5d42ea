"""Which experts a gated machine gets: groups with a gate each."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import ConfigError

IndexArray = NDArray[np.intp]


@dataclass(frozen=True)
class GroupPlan:
    """A group of experts to be trained.

    Attributes:
        n_experts: clusters of the pictures, one expert each.
        couplings: train couplings and biases; otherwise biases only ("prototypes").
        reads, drives: units that the group reads and drives; None for all.
        within_classes: cluster each class by itself, so that an expert's pictures have one label;
            classes get equal numbers of experts, the first ones one more where that leaves some.
        temper: what the fields of the gate are divided by; above 1 experts share their work more.
        gated_by: of the units it reads those that clusters and gate are made of; None for all.
        rank: couplings and gate read so many leading principal components of the noised states,
            so couplings have this rank; None for all of them.
        samples: noised states of each picture and segment that the group is fitted to, at least;
            None for those of the training. Many experts of whole pictures take more than tiles.
        gain: what couplings and biases of the experts are multiplied by after the fit. Above 1 it
            drives states further towards what the gate has chosen; in a circuit, a larger tail
            current.
    """

    n_experts: int
    couplings: bool = True
    reads: tuple[int, ...] | None = None
    drives: tuple[int, ...] | None = None
    within_classes: bool = False
    temper: float = 1.0
    gated_by: tuple[int, ...] | None = None
    rank: int | None = None
    samples: int | None = None
    gain: float = 1.0

    def __post_init__(self) -> None:
        if self.n_experts < 1:
            raise ConfigError(f"a group has {self.n_experts} experts; give at least 1")
        if not (np.isfinite(self.temper) and self.temper > 0):
            raise ConfigError(f"the temper of a group is {self.temper!r}; give a number above 0")
        if not (self.gated_by is None or self.reads is None or {*self.gated_by} <= {*self.reads}):
            unit = min({*self.gated_by} - {*self.reads})
            raise ConfigError(f"a group's gate sees unit {unit}, which it does not read; read it")

        if self.rank is not None and (self.rank < 1 or self.gated_by is not None):
            raise ConfigError(
                f"a group has rank {self.rank} and a gate that sees "
                f"{'all' if self.gated_by is None else len(self.gated_by)} of its units; give a "
                "rank of at least 1, and let its gate see all"
            )
        if self.samples is not None and self.samples < 1:
            raise ConfigError(f"samples of a group is {self.samples}; give at least 1 a picture")
        if not (np.isfinite(self.gain) and self.gain > 0):
            raise ConfigError(f"the gain of a group is {self.gain!r}; give a number above 0")

    @property
    def seen(self) -> tuple[int, ...] | None:
        """Units that clusters and gate are made of; None for all."""
        return self.reads if self.gated_by is None else self.gated_by

    def n_features(self, n_units: int) -> int:
        """Return the number of features that its parameters multiply."""
        reads = n_units if self.reads is None else len(self.reads)
        reads = reads if self.rank is None else min(reads, self.rank)
        return self.n_experts * (1 + (reads if self.couplings else 0))


@dataclass(frozen=True)
class TilePlan:
    """A group of experts for each tile of a square picture.

    Attributes:
        n_experts: of each tile.
        size: pixels along the side of a tile, which its experts drive.
        reach: pixels around the tile that its experts read as well.
        gate_reach: pixels around the tile that its clusters and gate see, at most `reach`.
        border: pixels along the edges of the picture that no tile drives.
        temper: of the gates, as in `GroupPlan`.
    """

    n_experts: int
    size: int = 2
    reach: int = 2
    gate_reach: int = 1
    border: int = 0
    temper: float = 2.0

    def __post_init__(self) -> None:
        if self.size < 1 or min(self.reach, self.gate_reach, self.border) < 0:
            raise ConfigError(
                f"tiles have {self.size} pixels a side, reach {self.reach}, gate reach "
                f"{self.gate_reach} and border {self.border}; give a size of at least 1, the "
                "others at least 0"
            )
        if self.gate_reach > self.reach:
            raise ConfigError(
                f"gates see {self.gate_reach} pixels around a tile, its experts {self.reach}; let "
                "gates see no more"
            )

    def groups(self, n_units: int) -> list[GroupPlan]:
        """Return the group of each tile of square pictures with so many pixels.

        Raises:
            ConfigError: if they are not square, or tiles don't cover what is inside the border.
        """
        side = math.isqrt(n_units)
        if side**2 != n_units:
            raise ConfigError(
                f"pictures of {n_units} pixels are not square, so they have no tiles; train "
                "without tiles"
            )
        inside = side - 2 * self.border
        if inside <= 0 or inside % self.size:
            raise ConfigError(
                f"tiles of {self.size} pixels don't cover {inside} of {side}; choose a divisor"
            )
        unit = np.arange(side * side).reshape(side, side)
        corners = range(self.border, side - self.border, self.size)
        return [self._group(unit, row, column) for row in corners for column in corners]

    def _group(self, unit: IndexArray, row: int, column: int) -> GroupPlan:
        def around(reach: int) -> tuple[int, ...]:
            rows = slice(max(row - reach, 0), row + self.size + reach)
            columns = slice(max(column - reach, 0), column + self.size + reach)
            return tuple(int(i) for i in unit[rows, columns].flat)

        return GroupPlan(
            self.n_experts,
            reads=around(self.reach),
            drives=around(0),
            temper=self.temper,
            gated_by=around(self.gate_reach),
        )


def tiles(side: int, size: int, margin: int, n_experts: int) -> list[GroupPlan]:
    """Return groups for the tiles of a square picture, (side, side) pixels.

    Each drives a tile of `size` by `size` pixels and reads those within `margin` of it as well;
    `TilePlan` says more.

    Raises:
        ConfigError: if tiles don't cover the picture.
    """
    return TilePlan(n_experts, size, margin, margin, temper=1.0).groups(side**2)
