"""Spectra of a circuit in ngspice: transfer functions (`.ac`) and resistor noise (`.noise`).

Both linearise the circuit at its operating point. Transconductors make no noise of their own in
ngspice: for a family of ideal elements the density of its noise currents, times the transfer
functions from where they enter, is the spectrum. Where the noise comes from resistors, `.noise`
gives it directly, at the temperature of the circuit.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hwkit.circuit import GROUND, Design
from hwkit.errors import SimulationError
from hwkit.netlist import Netlist
from hwkit.spice.library import find_library
from hwkit.spice.runnable import quiet_netlist
from hwkit.spice.session import Session, session
from hwkit.workers import Failure, run_tasks

FloatArray = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]

# A leak at every node, far below what matters: a node that only integrates has no operating point.
_LEAK = 1e15  # ohm
_OPTIONS = f"reltol=1e-9 abstol=1e-18 vntol=1e-12 gmin=1e-18 rshunt={_LEAK:g}"
_ZERO_CELSIUS = 273.15


@dataclass(frozen=True)
class Sweep:
    """Frequencies from `low` to `high`, Hz, `per_decade` of them in a decade."""

    low: float
    high: float
    per_decade: int = 5

    def command(self) -> str:
        """Return ngspice's words for it."""
        return f"dec {self.per_decade} {self.low!r} {self.high!r}"


def measure_transfer(
    design: Design,
    sweep: Sweep,
    state: FloatArray | None = None,
    timeout: float | None = None,
) -> tuple[FloatArray, ComplexArray]:
    """Return frequencies (F,), Hz, and transfer impedances (F, N, S), V/A.

    From each noise source of the design to the voltage of each unit.

    Args:
        design: the circuit.
        sweep: the frequencies.
        state: near which to look for the operating point, (N,), in model units.
        timeout: seconds that the measurement may take; None for no limit.

    Raises:
        SimulationError: if ngspice is missing or finds no operating point.
    """
    return _measure("transfer", design, sweep, state, None, timeout)


def measure_noise(
    design: Design,
    sweep: Sweep,
    kelvin: float,
    state: FloatArray | None = None,
    timeout: float | None = None,
) -> tuple[FloatArray, FloatArray]:
    """Return frequencies (F,), Hz, and the one-sided density (F, N), V^2/Hz, that resistors make.

    Args:
        design, sweep, state, timeout: as for `measure_transfer`.
        kelvin: temperature of the resistors, K.

    Raises:
        SimulationError: if ngspice is missing or finds no operating point.
    """
    return _measure("noise", design, sweep, state, kelvin, timeout)


def _measure(
    what: str,
    design: Design,
    sweep: Sweep,
    state: FloatArray | None,
    kelvin: float | None,
    timeout: float | None,
) -> tuple[FloatArray, NDArray]:  # type: ignore[type-arg]
    find_library()
    netlist = _with_sources(design, state, kelvin)
    task = (what, netlist, sweep, len(design.group("noise")))
    [result] = run_tasks("hwkit.spice.spectra:_analyst", None, [task], timeout=timeout)
    if isinstance(result, Failure):
        raise SimulationError(f"the circuit's spectrum can't be measured: {result.reason}")
    return result  # type: ignore[no-any-return]


def _with_sources(design: Design, state: FloatArray | None, kelvin: float | None) -> Netlist:
    """Return the quiet netlist with a small-signal source `iac<k>` where each noise enters."""
    warmth = "" if kelvin is None else f" temp={kelvin - _ZERO_CELSIUS!r}"
    netlist, _ = quiet_netlist(design, _OPTIONS + warmth)
    lines = [
        f"Iac{k} {_name(design, b)} {_name(design, a)} dc 0 ac 0"
        for k, (a, b) in enumerate(design.group("noise").nodes.tolist())
    ]
    if state is not None:
        volts = design.start_volts(np.asarray(state, dtype=np.float64)).tolist()
        guesses = zip(design.nodes, volts, strict=True)
        lines += [f".nodeset v({node})={volt!r}" for node, volt in guesses if np.isfinite(volt)]
    if state is not None and design.start_amperes is not None:  # a meter rests where the leak lets
        volts = (np.asarray(state) * design.scale.volt / _LEAK).tolist()
        lines += [
            f"Irest{i} 0 {a} dc {volt!r}"
            for i, ((a, _), volt) in enumerate(zip(netlist.ends, volts, strict=True))
        ]
    body = netlist.text.removesuffix(".end\n")
    return replace(netlist, text="\n".join([body.rstrip("\n"), *lines, ".end", ""]))


def _name(design: Design, node: int) -> str:
    return "0" if node == GROUND else design.nodes[node]


def _analyst(setup: None) -> Callable[[tuple[str, Netlist, Sweep, int]], object]:
    def analyse(task: tuple[str, Netlist, Sweep, int]) -> object:
        what, netlist, sweep, n_sources = task
        simulator = session()
        simulator.load(netlist.text, netlist.ends)
        if what == "noise":
            return _noise(simulator, netlist, sweep)
        return _transfer(simulator, netlist, sweep, n_sources)

    return analyse


def _transfer(
    simulator: Session, netlist: Netlist, sweep: Sweep, n_sources: int
) -> tuple[FloatArray, ComplexArray]:
    columns = []
    for k in range(n_sources):
        simulator.command(f"alter iac{k} acmag = 1")
        simulator.command(f"ac {sweep.command()}")
        hertz = simulator.complex_vector("frequency").real
        columns.append([_across(simulator, *end) for end in netlist.ends])
        simulator.command("destroy all")
        simulator.command(f"alter iac{k} acmag = 0")
    return hertz, np.asarray(columns).transpose(2, 1, 0)


def _across(simulator: Session, a: str, b: str) -> ComplexArray:
    voltage = simulator.complex_vector(a)
    return voltage if b == "0" else voltage - simulator.complex_vector(b)


def _noise(simulator: Session, netlist: Netlist, sweep: Sweep) -> tuple[FloatArray, FloatArray]:
    columns = []
    for a, b in netlist.ends:
        output = f"v({a})" if b == "0" else f"v({a},{b})"
        simulator.command(f"noise {output} iac0 {sweep.command()}")
        simulator.command("setplot previous")  # the last one holds the integrals
        hertz = simulator.vector("frequency")
        columns.append(simulator.vector("onoise_spectrum") ** 2)  # it is in V/sqrt(Hz)
        simulator.command("destroy all")
    return hertz, np.asarray(columns).T
