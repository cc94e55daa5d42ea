"""Circuit families, one file each: from model, scale and options to a design."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hwkit.circuit.cells import rc, resistive, rlc, spu
from hwkit.circuit.design import Design


@dataclass(frozen=True)
class Family:
    """A circuit family: its options (a dataclass; the defaults are ideal parts) and its compiler.

    `compile` takes a model, a Scale and the options. Overdamped machines follow the paths of
    `simulate_langevin`; others share its stationary law alone.
    """

    options: type[Any]
    compile: Callable[..., Design]
    overdamped: bool = True


CELLS: dict[str, Family] = {
    rc.NAME: Family(rc.RcOptions, rc.compile_rc),
    resistive.NAME: Family(resistive.ResistiveOptions, resistive.compile_resistive),
    rlc.NAME: Family(rlc.RlcOptions, rlc.compile_rlc, overdamped=False),
    spu.NAME: Family(spu.SpuOptions, spu.compile_spu, overdamped=False),
}
