"""Which experts a gated machine gets: groups with a gate each."""

from dataclasses import dataclass

import numpy as np

from hwkit.errors import ConfigError


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
    """

    n_experts: int
    couplings: bool = True
    reads: tuple[int, ...] | None = None
    drives: tuple[int, ...] | None = None
    within_classes: bool = False
    temper: float = 1.0

    def __post_init__(self) -> None:
        if self.n_experts < 1:
            raise ConfigError(f"a group has {self.n_experts} experts; give at least 1")
        if not (np.isfinite(self.temper) and self.temper > 0):
            raise ConfigError(f"the temper of a group is {self.temper!r}; give a number above 0")

    def n_features(self, n_units: int) -> int:
        """Return the number of features that its parameters multiply."""
        reads = n_units if self.reads is None else len(self.reads)
        return self.n_experts * (1 + (reads if self.couplings else 0))


def tiles(side: int, size: int, margin: int, n_experts: int) -> list[GroupPlan]:
    """Return groups for the tiles of a square picture, (side, side) pixels.

    Each drives a tile of `size` by `size` pixels and reads those within `margin` of it as well.

    Raises:
        ConfigError: if tiles don't cover the picture.
    """
    if side % size:
        raise ConfigError(f"tiles of {size} pixels don't cover {side}; choose a divisor")
    unit = np.arange(side * side).reshape(side, side)
    groups = []
    for row in range(0, side, size):
        for column in range(0, side, size):
            tile = unit[row : row + size, column : column + size]
            around = unit[
                max(row - margin, 0) : row + size + margin,
                max(column - margin, 0) : column + size + margin,
            ]
            reads, drives = (tuple(int(i) for i in each.flat) for each in (around, tile))
            groups.append(GroupPlan(n_experts, reads=reads, drives=drives))
    return groups
