"""Small signals that measure the units of a foreign netlist in ngspice.

Sources hold every unit's node and wiggle it, first all in phase, then with random signs: a current
that is not the same for both comes from an element between units, which a machine doesn't have.

A coil's node draws Y = 1/R + j w C + 1/(j w L). Its real part is 1/R; the imaginary parts at two
frequencies tell C from the inductors, which may be coupled. A meter draws g v of the coil's voltage
v, and j w C_f of its own.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import NetlistError, SimulationError
from hwkit.netlist.foreign import ForeignNetlist
from hwkit.netlist.reader import Resistor
from hwkit.netlist.render import Netlist
from hwkit.spice.clamps import clamped, set_amplitudes, with_drives
from hwkit.spice.session import session
from hwkit.workers import Failure, run_tasks

FloatArray = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]

_BETWEEN = 1e-6  # relative size of what lies between units that is still rounding
_ROUNDING = 1e-9  # of a time R C in units of time
_SERIES = 1e-4  # resistance of a drive in units of R: less would cost digits
_MOST_CORRECTIONS, _CORRECTED = 20, 1e-15
_PHASES = (1.0, 2.0)  # of w * second


@dataclass(frozen=True, eq=False)
class Coils:
    """What is measured at the coils of units that are fluxes, (N,) each.

    Attributes:
        siemens: conductance of each coil's node, S.
        farads: capacitance of each coil's node, F.
        meter_siemens: what the meter's drive draws from the meter per volt of the coil, S.
        meter_farads: capacitance of each meter, F.
    """

    siemens: FloatArray
    farads: FloatArray
    meter_siemens: FloatArray
    meter_farads: FloatArray


def measure_capacitances(
    netlist: ForeignNetlist, second: float, timeout: float | None = None
) -> FloatArray:
    """Return the capacitance of each unit's node, (N,), F.

    Args:
        netlist: one whose units are voltages.
        second: 1/w of the signal, s.
        timeout: seconds that a measurement may take.

    Raises:
        NetlistError: if one is not above 0, or lies between units.
        SimulationError: if ngspice can't read the netlist.
    """
    quiet, patterns = netlist.quiet_form(), _patterns(len(netlist.nodes))
    tasks = [clamped(quiet, pattern) for pattern in patterns]
    rows = _measured(
        "hwkit.spice.meters:_capacitance_meter", "capacitances", second, tasks, timeout
    )
    farads = _to_ground(netlist.nodes, "a capacitor", rows, patterns)
    _check_positive(netlist.nodes, "a capacitance", "F", farads)
    return farads


def measure_coils(netlist: ForeignNetlist, second: float, timeout: float | None = None) -> Coils:
    """Measure the coils and meters of units that are fluxes.

    Args:
        netlist: one whose units are fluxes.
        second: 1/w of the slower signal, s.
        timeout: seconds that a measurement may take.

    Raises:
        NetlistError: if a value is not above 0 (of a meter's drive: below), or an element other
            than inductors lies between units.
        SimulationError: if ngspice can't read the netlist.
    """
    patterns = _patterns(len(netlist.nodes))
    ohm = _SERIES * least_ohm(netlist)
    bench = with_drives(clamped(netlist.quiet_form()), netlist.inputs, ohm)
    tasks = [(bench, ohm, pattern) for pattern in patterns]
    rows = np.stack(_measured("hwkit.spice.meters:_coil_meter", "coils", second, tasks, timeout))
    nodes, meters = netlist.nodes, tuple(unit.meter for unit in netlist.fluxes)
    siemens = _to_ground(nodes, "a resistor", rows[:, 0], patterns)
    _check_positive(nodes, "a conductance", "S", siemens)
    # Of a coil without a capacitor only rounding is left.
    farads = _to_ground(nodes, "a capacitor", rows[:, 1], patterns, _ROUNDING * second * siemens)
    drives = _to_ground(meters, "a second drive", rows[:, 2], patterns)
    _check_positive(meters, "minus the transconductance of its drive", "S", -drives)
    meter_farads = _to_ground(meters, "a capacitor", rows[:, 3], patterns)
    _check_positive(meters, "a capacitance", "F", meter_farads)
    return Coils(siemens, farads, drives, meter_farads)


def least_ohm(netlist: ForeignNetlist) -> float:
    """Return the smallest positive resistance of a netlist, ohm; 1 if it has none."""
    ohms = (each.ohm for each in netlist.reading.elements if isinstance(each, Resistor))
    return min((ohm for ohm in ohms if ohm > 0), default=1.0)


def _patterns(n: int) -> list[FloatArray]:
    """Return amplitudes of the units' signals: all alike, and with random signs."""
    signs = np.where(np.random.default_rng(0).random(n) < 0.5, -1.0, 1.0)
    return [np.ones(n), signs]


def _measured(
    meter: str, what: str, second: float, tasks: Sequence[Any], timeout: float | None
) -> list[FloatArray]:
    results = run_tasks(meter, second, tasks, timeout=timeout)
    for result in results:
        if isinstance(result, Failure):
            raise SimulationError(f"the netlist's {what} can't be measured: {result.reason}")
    return results


def _to_ground(
    names: Sequence[str],
    what: str,
    rows: Sequence[FloatArray] | FloatArray,
    patterns: Sequence[FloatArray],
    rounding: FloatArray | float = 0.0,
) -> FloatArray:
    """Return values to ground, (N,), of those measured with each pattern."""
    in_phase, in_opposition = (row * sign for row, sign in zip(rows, patterns, strict=True))
    apart = np.abs(in_opposition - in_phase) > _BETWEEN * np.abs(in_phase) + rounding
    if np.any(apart):
        raise NetlistError(
            f"node {names[int(np.argmax(apart))]!r} is coupled to others by {what}; in a machine "
            "that lies between the node of a unit and ground only"
        )
    return np.asarray(in_phase)


def _check_positive(names: Sequence[str], what: str, unit: str, values: FloatArray) -> None:
    for name, value in zip(names, values.tolist(), strict=True):
        if not value > 0:
            raise NetlistError(f"node {name!r} has {what} of {value:g} {unit}")


def _capacitance_meter(second: float) -> Callable[[Netlist], FloatArray]:
    """Return what measures the capacitive current of each clamp per volt and 2 pi f, F."""

    def measure(netlist: Netlist) -> FloatArray:
        session().load(netlist.text, netlist.ends)
        currents = delivered("vclamp", len(netlist.nodes), 1 / second)
        return np.asarray(currents.imag * second)

    return measure


def _coil_meter(second: float) -> Callable[[tuple[Netlist, float, FloatArray]], FloatArray]:
    """Return what measures the four rows of `Coils`, (4, N), times the signs of a pattern."""

    def measure(task: tuple[Netlist, float, FloatArray]) -> FloatArray:
        netlist, ohm, pattern = task
        low, high = (phase / second for phase in _PHASES)
        session().load(netlist.text, netlist.ends)
        fast, _ = _driven(pattern, high, ohm)
        slow, drives = _driven(pattern, low, ohm)
        farads = (high * fast.imag - low * slow.imag) / (high**2 - low**2)
        set_amplitudes("vdrive", np.zeros(pattern.size))
        set_amplitudes("vclamp", pattern)
        meters = delivered("vclamp", pattern.size, low)
        return np.stack([slow.real, farads, drives.real, meters.imag / low])

    return measure


def _driven(volts: FloatArray, omega: float, ohm: float) -> tuple[ComplexArray, ComplexArray]:
    """Return what drives and clamps deliver with the coils' nodes at `volts`, (N,), A.

    What a drive's resistance takes is made up for, until the nodes are where they are wanted.
    """
    lost = np.zeros(volts.size, dtype=np.complex128)
    for _ in range(_MOST_CORRECTIONS):
        set_amplitudes("vdrive", volts + lost)
        before, lost = lost, ohm * delivered("vdrive", volts.size, omega)
        if np.max(np.abs(lost - before)) < _CORRECTED:
            break
    return lost / ohm, delivered("vclamp", volts.size, omega)


def delivered(source: str, n: int, omega: float) -> ComplexArray:
    """Return what n sources deliver at an angular frequency, (n,), A."""
    simulator, hertz = session(), omega / (2 * np.pi)
    simulator.command(f"ac lin 1 {hertz!r} {hertz!r}")
    found = [-simulator.complex_vector(f"{source}{i}#branch")[0] for i in range(n)]
    simulator.command("destroy all")
    return np.array(found)
