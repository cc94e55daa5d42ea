"""Parts of a circuit, as groups of like elements with one role each.

A group is a structure of arrays: a machine of the paper's size has a million couplings. Currents
with a minus sign in the node equation LEAVE the node:

    kind            terminals         law, v_ab = v_a - v_b                         value
    capacitor       (a, b)            C dv_ab/dt flows from a to b                  F
    resistor        (a, b)            v_ab / R flows from a to b; R < 0 is allowed  ohm
    inductor        (a, b)            L di/dt = v_ab, i flows from a to b           H
    mutual          (a, b)            couples the inductors at nodes a and b; M/sqrt(L_a L_b)
    transconductor  (out, control)    g v_control leaves `out`                      S
    transcubic      (out, control)    c v_control^3 leaves `out`                    A/V^3
    saturating      (out, control)    g s tanh((v_control - offset) / s) leaves it  S
    gated           (out, control)    g v_control v_gate leaves `out`               A/V^2
    exponential     (a, b)            I h((v_a - v_gate) / V) flows from a to b     A
    cubic           (a, b)            c v_ab^3 flows from a to b                    A/V^3
    diode           (a, b)            I_s (exp(v_ab / (n V_T)) - 1) flows a to b    A
    limiter         (a, b)            g (v_ab -+ V) flows where |v_ab| > V          S
    switch          (a, b)            v_ab / R once it is closed, v_ab / open_ohm else  ohm
    current         (a, b)            constant, flows from a to b                   A
    voltage         (a, b)            v_ab is constant                              V
    noise           (a, b)            white, one-sided PSD `value`, enters a        A^2/Hz

Constants of a law that are no element's own value (s, offset, n, V) are `parameters`; v_gate is the
voltage of a third node, one of the `gates`, which takes no current.

h(y) is exp(y) up to y = 0 and 1 + y beyond. Branches that share a current I never get there: each
carries less than all of it. Beyond, a solver's iterations stay finite, and never lose their slope.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import DesignError

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.intp]

Kind = Literal[
    "capacitor",
    "resistor",
    "inductor",
    "mutual",
    "transconductor",
    "transcubic",
    "saturating",
    "gated",
    "exponential",
    "cubic",
    "diode",
    "limiter",
    "switch",
    "current",
    "voltage",
    "noise",
]

GROUND = -1
KINDS: dict[Kind, tuple[str, ...]] = {  # each with the names of its parameters
    "capacitor": (),
    "resistor": (),
    "inductor": (),
    "mutual": (),
    "transconductor": (),
    "transcubic": (),
    "saturating": ("volt", "offset"),
    "gated": (),
    "exponential": ("volt",),
    "cubic": (),
    "diode": ("emission",),
    "limiter": ("volt",),
    "switch": ("open_ohm", "second", "closes"),  # at `second` it closes (1) or opens (0)
    "current": (),
    "voltage": (),
    "noise": (),
}
TERMINALS = 2
GATED = ("gated", "exponential")  # kinds with a gate

# SI unit of a part's value; noise is no part that can be bought.
UNITS: dict[str, str] = {
    "capacitor": "F",
    "resistor": "ohm",
    "inductor": "H",
    "mutual": "",
    "transcubic": "A/V^3",
    "transconductor": "S",
    "saturating": "S",
    "gated": "A/V^2",
    "exponential": "A",
    "cubic": "A/V^3",
    "diode": "A",
    "limiter": "S",
    "switch": "ohm",
    "current": "A",
    "voltage": "V",
}


@dataclass(frozen=True, eq=False)
class Parts:
    """Elements with the same role.

    Attributes:
        role: what they are for, such as "coupling"; unique within a design.
        kind: their law.
        nodes: node index of each terminal, (n, 2); GROUND for ground.
        values: SI values, (n,).
        parameters: further constants of the law, each a number or one per element, (n,).
        gates: node index of each element's gate, (n,); None for kinds that have none.
        references: name of each element in netlists and bills, its SPICE letter first, (n,); empty
            for names by role and node.
    """

    role: str
    kind: Kind
    nodes: IndexArray
    values: FloatArray
    parameters: Mapping[str, FloatArray] = field(default_factory=dict)
    gates: IndexArray | None = None
    references: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        n = self.values.size
        if self.nodes.shape != (n, TERMINALS):
            raise DesignError(
                f"{self.role}: nodes have shape {self.nodes.shape}, expected "
                f"{(n, TERMINALS)} for {n} {self.kind} elements"
            )
        if (self.gates is not None) != (self.kind in GATED):
            raise DesignError(f"{self.role}: elements with gates are {', '.join(GATED)}")
        if self.gates is not None and self.gates.shape != (n,):
            raise DesignError(f"{self.role}: {self.gates.shape} gates for {n} elements")
        if self.references and len(self.references) != n:
            raise DesignError(f"{self.role}: {len(self.references)} references for {n} elements")
        if set(self.parameters) != set(KINDS[self.kind]):
            raise DesignError(
                f"{self.role}: a {self.kind} has the parameters {list(KINDS[self.kind])}, not "
                f"{list(self.parameters)}"
            )
        self._check_finite("has the value", self.values)
        for name, values in self.parameters.items():
            self._check_finite(f"has {name} =", np.broadcast_to(values, (n,)))

    def _check_finite(self, what: str, values: FloatArray) -> None:
        if not np.all(np.isfinite(values)):
            bad = int(np.flatnonzero(~np.isfinite(values))[0])
            raise DesignError(f"{self.role} {bad} {what} {values[bad]}; it must be finite")

    def __len__(self) -> int:
        return int(self.values.size)

    def take(self, rows: slice | IndexArray) -> "Parts":
        """Return some of the elements: a slice, or their indices (k,)."""
        own = {
            name: values[rows] if np.ndim(values) else values
            for name, values in self.parameters.items()
        }
        gates = None if self.gates is None else self.gates[rows]
        names = np.array(self.references, dtype=object)[rows] if self.references else ()
        return replace(
            self,
            nodes=self.nodes[rows],
            values=self.values[rows],
            parameters=own,
            gates=gates,
            references=tuple(names),
        )

    def parameter(self, name: str) -> FloatArray:
        """Return a parameter of each element, (n,)."""
        return np.broadcast_to(np.asarray(self.parameters[name], dtype=np.float64), (len(self),))
