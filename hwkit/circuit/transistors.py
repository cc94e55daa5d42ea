"""Transistors of a circuit, as groups of like devices with one role each.

Terminals are drain, gate, source and bulk. Mismatch is per transistor: `threshold` is added to the
threshold voltage (BSIM4's delvto, so it raises an n transistor's and lowers a p's magnitude), and
`mobility` multiplies the mobility (mulu0).
"""

from dataclasses import dataclass, replace

import numpy as np

from hwkit.circuit.parts import FloatArray, IndexArray
from hwkit.circuit.pdk.process import Process
from hwkit.errors import DesignError
from hwkit.wiener import child_seed

TERMINALS = ("drain", "gate", "source", "bulk")


@dataclass(frozen=True, eq=False)
class Transistors:
    """Transistors with the same role.

    Attributes:
        role: what they are for; unique within a design.
        device: of the process, such as "nfet_03v3".
        nodes: drain, gate, source and bulk of each, (n, 4); GROUND for ground.
        width, length: of all of them, m.
        threshold: shift of the threshold voltage, (n,), V.
        mobility: factor on the mobility, (n,).
        copies: like devices in parallel that each of them stands for, with their mean mismatch.
    """

    role: str
    device: str
    nodes: IndexArray
    width: float
    length: float
    threshold: FloatArray
    mobility: FloatArray
    copies: int = 1

    def __post_init__(self) -> None:
        n = len(self.nodes)
        if self.nodes.shape != (n, len(TERMINALS)):
            raise DesignError(f"{self.role}: nodes have shape {self.nodes.shape}, expected (n, 4)")
        for name, values in (("threshold", self.threshold), ("mobility", self.mobility)):
            if values.shape != (n,) or not np.all(np.isfinite(values)):
                raise DesignError(f"{self.role}: {name} must be {n} finite numbers")

    @classmethod
    def matched(
        cls,
        role: str,
        device: str,
        nodes: IndexArray,
        width: float,
        length: float,
        copies: int = 1,
    ) -> "Transistors":
        """Return transistors without mismatch.

        Args:
            role, device: as in `Transistors`.
            nodes: of each transistor, (n, 4).
            width, length: of all of them, m.
            copies: as in `Transistors`.
        """
        n = len(nodes)
        return cls(role, device, nodes, width, length, np.zeros(n), np.ones(n), copies)

    def __len__(self) -> int:
        return len(self.nodes)

    @property
    def area(self) -> float:
        """Area of all gates, m^2."""
        return len(self) * self.copies * self.width * self.length


def mismatched(
    groups: tuple[Transistors, ...], process: Process, seed: int, board: int, factor: float = 1.0
) -> tuple[Transistors, ...]:
    """Return the transistors of one board; each has its own two random numbers.

    A board's numbers depend on the seed, the board and the role alone: any row can be drawn again.

    Args:
        groups: without mismatch.
        process: whose mismatch it is.
        seed: root of the fabrication.
        board: which board.
        factor: on the foundry's standard deviations.
    """
    drawn = []
    for group in groups:
        root = child_seed(seed, "fabrication", "mismatch", group.role, board)
        normal = np.random.Generator(np.random.Philox(root)).standard_normal((2, len(group)))
        size = np.full(len(group), group.width), np.full(len(group), group.length)
        one = process.pelgrom(group.device, group.width, group.length).sigmas(*size)
        threshold, gain = (sigma / np.sqrt(group.copies) for sigma in one)
        drawn.append(
            replace(
                group,
                threshold=group.threshold + factor * threshold * normal[0],
                mobility=group.mobility * (1 - factor * gain * normal[1]),
            )
        )
    return tuple(drawn)
