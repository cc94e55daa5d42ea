"""Circuit families, one file each: from model, scale and options to a design."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hwkit.circuit.cells import rc, resistive, rlc, spu
from hwkit.circuit.design import Design


@dataclass(frozen=True)
class Family:
    """A circuit family: its options (a dataclass; the defaults are ideal parts) and its compiler.

    `compile` takes a model, a Scale and the options.
    """

    options: type[Any]
    compile: Callable[..., Design]


CELLS: dict[str, Family] = {
    rc.NAME: Family(rc.RcOptions, rc.compile_rc),
    resistive.NAME: Family(resistive.ResistiveOptions, resistive.compile_resistive),
    rlc.NAME: Family(rlc.RlcOptions, rlc.compile_rlc),
    spu.NAME: Family(spu.SpuOptions, spu.compile_spu),
}
