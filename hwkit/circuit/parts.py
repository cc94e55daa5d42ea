"""Parts of a circuit, as groups of like elements with one role each.

A group is a structure of arrays: a machine of the paper's size has a million couplings. Currents
with a minus sign in the node equation LEAVE the node:

    kind            terminals            law
    capacitor       (a, b)               C dv_ab/dt from a to b
    transconductor  (out, control)       current value * v_control leaves `out`
    cubic           (a,)                 current value * v_a^3 leaves a
    current         (a,)                 constant current leaves a
    noise           (a,)                 white noise of one-sided PSD `value` enters a
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import DesignError

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.intp]

Kind = Literal["capacitor", "transconductor", "cubic", "current", "noise"]

GROUND = -1
TERMINALS: dict[Kind, int] = {
    "capacitor": 2,
    "transconductor": 2,
    "cubic": 1,
    "current": 1,
    "noise": 1,
}


@dataclass(frozen=True, eq=False)
class Parts:
    """Elements with the same role.

    Attributes:
        role: what they are for, such as "coupling"; unique within a design.
        kind: their law.
        nodes: node index of each terminal, (n, terminals); GROUND for ground.
        values: SI values, (n,).
    """

    role: str
    kind: Kind
    nodes: IndexArray
    values: FloatArray

    def __post_init__(self) -> None:
        n = self.values.size
        if self.nodes.shape != (n, TERMINALS[self.kind]):
            raise DesignError(
                f"{self.role}: nodes have shape {self.nodes.shape}, expected "
                f"{(n, TERMINALS[self.kind])} for {n} {self.kind} elements"
            )
        if not np.all(np.isfinite(self.values)):
            bad = int(np.flatnonzero(~np.isfinite(self.values))[0])
            raise DesignError(
                f"{self.role} {bad} has the value {self.values[bad]}; it must be finite"
            )

    def __len__(self) -> int:
        return int(self.values.size)
