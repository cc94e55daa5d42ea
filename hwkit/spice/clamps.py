"""Voltage sources that hold nodes of a netlist, or wiggle them."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from hwkit.netlist.render import Netlist
from hwkit.spice.session import session

FloatArray = NDArray[np.float64]

SERIES = 1e-12  # resistance of a drive in units of R: a voltage source alone would short a short


def clamped(netlist: Netlist, small_signal: FloatArray | None = None) -> Netlist:
    """Return the netlist with a voltage source `vclamp<i>` across the ends of each unit i.

    `small_signal` are their amplitudes in `.ac`, (N,), V.
    """
    ac = [""] * len(netlist.nodes)
    if small_signal is not None:
        ac = [f" ac {amplitude!r}" for amplitude in small_signal.tolist()]
    body = netlist.text.removesuffix(".end\n")
    clamps = "".join(f"Vclamp{i} {a} {b} dc 0{ac[i]}\n" for i, (a, b) in enumerate(netlist.ends))
    return replace(netlist, text=f"{body}{clamps}.end\n")


def hold(volts: Sequence[float]) -> None:
    """Set the sources `vclamp<i>` of the loaded netlist, (N,), V."""
    session().commands([f"alter vclamp{i} dc = {volt!r}" for i, volt in enumerate(volts)])


def with_drives(netlist: Netlist, nodes: Sequence[str], ohm: float) -> Netlist:
    """Return the netlist with a source `vdrive<i>` at each node, behind a resistance."""
    body = netlist.text.removesuffix(".end\n")  # no node of a netlist starts with a digit
    drives = "".join(
        f"Vdrive{i} 1drive{i} 0 dc 0 ac 0\nRdrive{i} 1drive{i} {node} {ohm!r}\n"
        for i, node in enumerate(nodes)
    )
    return replace(netlist, text=f"{body}{drives}.end\n")


def set_amplitudes(source: str, volts: FloatArray | NDArray[np.complex128]) -> None:
    """Set the small signals of the loaded netlist's sources of a name, (n,), V."""
    sizes, phases = np.abs(volts).tolist(), np.degrees(np.angle(volts)).tolist()
    for i, (size, phase) in enumerate(zip(sizes, phases, strict=True)):
        session().commands(
            [f"alter {source}{i} acmag = {size!r}", f"alter {source}{i} acphase = {phase!r}"]
        )
