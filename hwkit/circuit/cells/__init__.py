"""Circuit families, one file each: from model, scale and options to a design."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from hwkit.circuit.cells import rc, resistive, rlc, spu
from hwkit.circuit.design import Design

Dynamics = Literal["overdamped", "inertial", "lc-cells"]


@dataclass(frozen=True)
class Family:
    """A circuit family: its options (a dataclass; the defaults are ideal parts) and its compiler.

    `compile` takes a model, a Scale and the options. Overdamped machines follow the paths of
    `simulate_langevin`; those with inertia and those of LC cells share its stationary law alone.
    """

    options: type[Any]
    compile: Callable[..., Design]
    dynamics: Dynamics = "overdamped"

    @property
    def overdamped(self) -> bool:
        """Whether its machines are overdamped."""
        return self.dynamics == "overdamped"


CELLS: dict[str, Family] = {
    rc.NAME: Family(rc.RcOptions, rc.compile_rc),
    resistive.NAME: Family(resistive.ResistiveOptions, resistive.compile_resistive),
    rlc.NAME: Family(rlc.RlcOptions, rlc.compile_rlc, "inertial"),
    spu.NAME: Family(spu.SpuOptions, spu.compile_spu, "lc-cells"),
}
