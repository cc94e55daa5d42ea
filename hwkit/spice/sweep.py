"""Measure a device: sweep the voltage at a subcircuit in ngspice, read the current it takes.

    two terminals  (a, b)         v from a to b, b grounded     -> current into a
    three terminals (in, out, b)  v from in to b, out held at b -> current into out

A current that flows into a node's device leaves the node, which is the sign of the node equation:
the onsite slope is U'(x) = i / I0, a coupling's transfer curve f(x) = i / (g V0), both at
v = V0 x. Files of others are read as all foreign netlists are: what is not a circuit is refused.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hwkit.circuit import Scale
from hwkit.errors import DataError, NetlistError, SimulationError
from hwkit.model import Tabulated, TabulatedTransfer
from hwkit.netlist.reader import read_elements
from hwkit.netlist.reader.read import read_ports
from hwkit.netlist.reading import read_netlist
from hwkit.netlist.rewrite import rewritten
from hwkit.ordering import smallest
from hwkit.spice.library import find_library
from hwkit.spice.session import session
from hwkit.workers import Failure, run_tasks

FloatArray = NDArray[np.float64]

# ngspice's own conductance across junctions would add to every measured current.
_OPTIONS = ".options gmin=1e-18 reltol=1e-9 abstol=1e-20 vntol=1e-12"
_LEVEL = 1e-6  # how evenly steps are spaced; and least curve that counts as one


@dataclass(frozen=True)
class Device:
    """A subcircuit: the text that defines it, its name, its number of terminals (2 or 3)."""

    text: str
    name: str
    terminals: int = 2


@dataclass(frozen=True, eq=False)
class Sweep:
    """A measured curve: volts and amperes, (n,), volts evenly spaced."""

    volts: FloatArray
    amperes: FloatArray

    def onsite(self, scale: Scale, wall: float = 1.0) -> Tabulated:
        """Return the onsite energy of a unit that has this device, with its wall beyond."""
        return Tabulated(self.volts / scale.volt, self.amperes / scale.ampere, wall)

    def transfer(self, scale: Scale) -> tuple[TabulatedTransfer, float]:
        """Return the transfer curve of a coupling, slope 1 at 0, and its conductance g at 0, S.

        The current at 0 V, an offset, is left out: it belongs to the biases.

        Raises:
            DataError: if the curve has no slope at 0.
        """
        middle = smallest(np.abs(self.volts))
        if not 1 < middle < self.volts.size - 2:
            raise DataError("the sweep must reach to both sides of 0 V")
        near = self.amperes[middle - 2 : middle + 3]
        step = self.volts[middle + 1] - self.volts[middle]
        g = float(near @ [1.0, -8.0, 0.0, 8.0, -1.0] / (12 * step))
        if abs(g) * np.ptp(self.volts) < _LEVEL * np.max(np.abs(self.amperes)) or g == 0:
            raise DataError(f"the transfer curve has the slope {g:g} S at 0 V: it couples nothing")
        offset = self.amperes[middle]
        curve = TabulatedTransfer(
            self.volts / scale.volt, (self.amperes - offset) / (g * scale.volt)
        )
        return curve, g


def diode_pair(saturation_ampere: float, emission: float = 1.0) -> Device:
    """Return two antiparallel diodes."""
    model = f"d(is={saturation_ampere!r} n={emission!r})"
    lines = [
        ".subckt hwkit_pair a b",
        "d1 a b junction",
        "d2 b a junction",
        f".model junction {model}",
        ".ends hwkit_pair",
    ]
    return Device("\n".join(lines), "hwkit_pair")


def saturating_transconductor(siemens: float, saturation_volt: float) -> Device:
    """Return a transconductor whose output current is g s tanh(v / s)."""
    law = f"{siemens * saturation_volt!r} * tanh(v(in,b) / {saturation_volt!r})"
    lines = [".subckt hwkit_ota in out b", f"b1 out b i = {law}", ".ends hwkit_ota"]
    return Device("\n".join(lines), "hwkit_ota", 3)


def device_file(path: Path | str, name: str | None = None) -> Device:
    """Read a device from a netlist file that defines it as a subcircuit.

    Args:
        path: the file; what could do more than be a circuit is refused.
        name: of the subcircuit; None if the file has only one.

    Raises:
        NetlistError: if there is no such subcircuit, or it has not 2 or 3 terminals.
    """
    reading = read_netlist(path)
    found = {name: len(ports) for name, ports in read_ports(reading.text).items()}
    known = ", ".join(found) or "none"
    if name is None:
        if len(found) != 1:
            raise NetlistError(f"{path} has the subcircuits {known}; name the one to sweep")
        name = next(iter(found))
    if name.lower() not in found:
        raise NetlistError(f"{path} has no subcircuit {name!r}; it has {known}")
    terminals_of = found[name.lower()]
    if terminals_of not in (2, 3):
        raise NetlistError(
            f"subcircuit {name!r} of {path} has {terminals_of} terminals; a device has 2, a "
            "coupling 3 (in, out, common)"
        )
    return Device(_below_title(reading.text), name, terminals_of)


def _below_title(text: str) -> str:
    """Return a netlist without its title and its end, so that more lines may follow."""
    lines = text.split("\n")[1:]
    return "\n".join(line for line in lines if line.strip().lower() != ".end")


def sweep_device(
    device: Device, largest_volt: float, points: int = 401, timeout: float | None = 600.0
) -> Sweep:
    """Sweep a device from -largest_volt to largest_volt in a worker process.

    Args:
        device: two or three terminals.
        largest_volt: the sweep's end, V.
        points: number of points, odd, so that 0 is one of them; at least 5.
        timeout: seconds that the sweep may take; None for no limit.

    Raises:
        SimulationError: if ngspice is missing, finds no solution, or returns another sweep.
    """
    if points < 5 or points % 2 == 0:
        raise DataError(f"points is {points}; a sweep needs an odd number of at least 5")
    if not (np.isfinite(largest_volt) and largest_volt > 0):
        raise DataError(f"largest_volt is {largest_volt!r}; it must be a voltage above 0")
    find_library()
    task = (largest_volt, points)
    bench = _bench(device)
    [found] = run_tasks("hwkit.spice.sweep:_sweeper", bench, [task], timeout=timeout)
    if isinstance(found, Failure):
        raise SimulationError(f"device {device.name} can't be swept: {found.reason}")
    volts, amperes = found
    wanted = np.linspace(-largest_volt, largest_volt, points)
    if volts.shape != wanted.shape or np.max(np.abs(volts - wanted)) > _LEVEL * largest_volt:
        raise SimulationError(
            f"the sweep of {device.name} ended after {volts.size} of {points} points"
        )
    if not np.all(np.isfinite(amperes)):
        raise SimulationError(f"the sweep of {device.name} holds currents that are not finite")
    return Sweep(wanted, amperes)


def _bench(device: Device) -> tuple[str, str]:
    """Return the netlist that holds a device at its terminals, and the source that is read.

    Raises:
        NetlistError: if the device's elements can't be read.
    """
    ends = "sense 0" if device.terminals == 2 else "sense out 0"
    use = f"xdevice {ends} {device.name}"
    written = rewritten(read_elements("\n".join(["a device", device.text, use, ".end"])))
    sense, out = (written.nodes.get(node, node) for node in ("sense", "out"))
    held = [] if device.terminals == 2 else [f"vout {out} 0 dc 0"]
    lines = ["a device under test", *written.lines, f"vin {sense} 0 dc 0", *held, _OPTIONS, ".end"]
    return "\n".join(lines), "vin#branch" if device.terminals == 2 else "vout#branch"


def _sweeper(
    bench: tuple[str, str],
) -> Callable[[tuple[float, int]], tuple[FloatArray, FloatArray]]:
    simulator = session()
    text, source = bench

    def sweep(task: tuple[float, int]) -> tuple[FloatArray, FloatArray]:
        largest, points = task
        simulator.load(text, [])
        step = 2 * largest / (points - 1)
        # Half a step beyond the end: the last point must not be lost to rounding.
        simulator.command(f"dc vin {-largest!r} {largest + step / 2!r} {step!r}")
        volts = simulator.vector("v-sweep")
        # A source's current counts as positive from + to -: what it delivers is the opposite.
        amperes = -simulator.vector(source)
        simulator.unload()
        return volts, amperes

    return sweep
