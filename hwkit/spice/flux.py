"""The force field of a circuit whose units are fluxes: what flows while every flux is held?

Two measurements add up. In `.op`, with the flux meters clamped at the state, inductors are shorts,
and what they carry is what the other parts at the node draw: bias, quartic, transconductors. In
`.ac`, driven by voltages in proportion to the fluxes, the quadrature current times -w is

    Gamma phi - w^2 C phi,    Gamma the inverse inductance matrix,

so that two frequencies give Gamma phi, however the inductors are coupled.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwkit.circuit import Scale
from hwkit.errors import SimulationError
from hwkit.netlist import Netlist
from hwkit.spice.clamps import SERIES, clamped, set_amplitudes, with_drives
from hwkit.spice.foreign import ForeignCircuit
from hwkit.spice.meters import delivered, least_ohm
from hwkit.spice.runnable import Circuit, quiet_netlist
from hwkit.spice.session import session
from hwkit.workers import Failure, Pool, Progress, run_tasks

FloatArray = NDArray[np.float64]

_PHASES = (0.01, 0.02)  # of w * second


@dataclass(frozen=True, eq=False)
class _Bench:
    """A netlist whose meters are clamped and whose coils' nodes are driven.

    Attributes:
        netlist: with a clamp at each meter and a drive at each coil's node.
        coils: each unit's inductor, by its name in the netlist.
        signs: -1 for an inductor that is written from ground to the node, (N,).
        webers: flux of x = 1, (N,).
        scale: unit of the meters' voltage, and of time.
    """

    netlist: Netlist
    coils: tuple[str, ...]
    signs: FloatArray
    webers: FloatArray
    scale: Scale


def measure_static_currents(
    circuit: Circuit,
    states: FloatArray,
    options: str = "",
    jobs: int | Pool = 1,
    progress: Progress | None = None,
    timeout: float | None = None,
) -> FloatArray:
    """Return the current that leaves each unit's node at clamped fluxes, (n_states, N), A.

    Args:
        circuit: one whose units are fluxes: of family rlc, or a foreign one.
        states: x of the units, (n_states, N).
        options: a line of ngspice's options, such as tight tolerances.
        jobs, progress, timeout: as for `measure_gradient`.

    Raises:
        SimulationError: if an operating point is not found.
    """
    bench = _bench_of(circuit, options)
    results = run_tasks("hwkit.spice.flux:_bench", bench, list(states), jobs, timeout, progress)
    for state, result in enumerate(results):
        if isinstance(result, Failure):
            raise SimulationError(f"no operating point for state {state}: {result.reason}")
    return np.stack(results)


def _bench_of(circuit: Circuit, options: str) -> _Bench:
    netlist, n = clamped(quiet_netlist(circuit, options)[0]), circuit.machine.n_units
    if isinstance(circuit, ForeignCircuit):
        foreign = circuit.netlist
        driven = with_drives(netlist, foreign.inputs, SERIES * least_ohm(foreign))
        coils = tuple(foreign.written.names[unit.coil.name] for unit in foreign.fluxes)
        signs = np.array([unit.coil.sign for unit in foreign.fluxes])
        return _Bench(driven, coils, signs, circuit.webers, circuit.scale)
    ohm = SERIES * float(np.min(circuit.group("loss").values))
    driven = with_drives(netlist, circuit.nodes[:n], ohm)
    gain = -circuit.group("meter-drive").values / circuit.group("meter").values
    coils = tuple(f"l{i}" for i in range(n))
    return _Bench(driven, coils, np.ones(n), circuit.scale.volt / gain, circuit.scale)


def _bench(bench: _Bench) -> Callable[[FloatArray], FloatArray]:
    simulator, second = session(), bench.scale.second
    simulator.load(bench.netlist.text, bench.netlist.ends)

    def quadrature(phase: float) -> FloatArray:
        omega = phase / second
        return -omega * delivered("vdrive", len(bench.coils), omega).imag

    def measure(state: FloatArray) -> FloatArray:
        clamps = enumerate((state * bench.scale.volt).tolist())
        simulator.commands([f"alter vclamp{i} dc = {volt!r}" for i, volt in clamps])
        set_amplitudes("vdrive", state * bench.webers)
        simulator.command("op")
        carried = np.concatenate([simulator.vector(f"{coil}#branch") for coil in bench.coils])
        simulator.command("destroy all")
        low, high = (quadrature(phase) for phase in _PHASES)
        a, b = (phase**2 for phase in _PHASES)
        return np.asarray(-bench.signs * carried + (b * low - a * high) / (b - a))

    return measure
