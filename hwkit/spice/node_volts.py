"""Voltages of nodes at the operating point, as ngspice solves it."""

from collections.abc import Callable

import numpy as np

from hwkit.spice.session import FloatArray, session


def reader(setup: tuple[str, ...]) -> Callable[[str], FloatArray]:
    """Return what gives the voltages of some nodes, (nodes,), V, of a netlist's text.

    Args:
        setup: names of the nodes.
    """
    simulator = session()

    def read(text: str) -> FloatArray:
        simulator.load(text, [])
        simulator.command("op")
        found = [simulator.vector(node.lower())[0] for node in setup]
        simulator.unload()
        return np.array(found)

    return read
