"""Other simulators than the ngspice that runs use: found, given a netlist, read.

Each one has a file here that ends with its `Simulator`. They run standalone files with their noise
written out, so that the same circuit on the same noise has a second opinion.
"""

from hwkit.errors import ConfigError
from hwkit.spice.simulators import eecircuit, gnucap, ngspice, vacask
from hwkit.spice.simulators.simulator import Simulator, Waveforms

SIMULATORS: dict[str, Simulator] = {
    each.name: each
    for each in (ngspice.SIMULATOR, eecircuit.SIMULATOR, gnucap.SIMULATOR, vacask.SIMULATOR)
}


def simulator(name: str) -> Simulator:
    """Return a simulator by its name.

    Raises:
        ConfigError: if there is none of that name.
    """
    if name not in SIMULATORS:
        raise ConfigError(f"simulator {name!r} is unknown; choose one of {', '.join(SIMULATORS)}")
    return SIMULATORS[name]


__all__ = ["SIMULATORS", "Simulator", "Waveforms", "simulator"]
