"""The force field of an inductive design: what currents flow while every flux is held?

Two measurements add up. In `.op`, with the flux meters clamped at the state, inductors are shorts,
and what they carry is what the other parts at the node draw: bias, quartic, transconductors. In
`.ac`, driven by voltages in proportion to the fluxes, the quadrature current times -w is

    Gamma phi - w^2 C phi,    Gamma the inverse inductance matrix,

so that two frequencies give Gamma phi, however the inductors are coupled.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from hwkit.circuit import Design
from hwkit.errors import SimulationError
from hwkit.spice.runnable import clamped, quiet_netlist
from hwkit.spice.session import session
from hwkit.workers import Failure, Pool, Progress, run_tasks

FloatArray = NDArray[np.float64]

_PHASES = (0.01, 0.02)  # of w * second
_SERIES = 1e-12  # resistance of a drive in units of R: a voltage source alone would short a short


def measure_static_currents(
    design: Design,
    states: FloatArray,
    options: str = "",
    jobs: int | Pool = 1,
    progress: Progress | None = None,
    timeout: float | None = None,
) -> FloatArray:
    """Return the current that leaves each unit's node at clamped fluxes, (n_states, N), A.

    Args:
        design: a circuit of family rlc.
        states: x of the units, (n_states, N).
        options: a line of ngspice's options, such as tight tolerances.
        jobs, progress, timeout: as for `measure_gradient`.

    Raises:
        SimulationError: if an operating point is not found.
    """
    results = run_tasks(
        "hwkit.spice.flux:_bench", (design, options), list(states), jobs, timeout, progress
    )
    for state, result in enumerate(results):
        if isinstance(result, Failure):
            raise SimulationError(f"no operating point for state {state}: {result.reason}")
    return np.stack(results)


def _bench(setup: tuple[Design, str]) -> Callable[[FloatArray], FloatArray]:
    design, options = setup
    simulator, units = session(), range(design.model.n_units)
    netlist = clamped(quiet_netlist(design, options)[0])
    ohm = _SERIES * float(np.min(design.group("loss").values))
    drives = "".join(
        f"Vdrive{i} drive{i} 0 dc 0 ac 0\nRdrive{i} drive{i} {design.nodes[i]} {ohm!r}\n"
        for i in units
    )
    simulator.load(netlist.text.removesuffix(".end\n") + drives + ".end\n", netlist.ends)
    gain = -float(design.group("meter-drive").values[0] / design.group("meter").values[0])
    weber = design.scale.volt / gain  # flux of x = 1

    def quadrature(phase: float) -> FloatArray:
        omega = phase / design.scale.second
        hertz = omega / (2 * np.pi)
        simulator.command(f"ac lin 1 {hertz!r} {hertz!r}")
        delivered = [-simulator.complex_vector(f"vdrive{i}#branch")[0].imag for i in units]
        simulator.command("destroy all")
        return -omega * np.array(delivered)

    def measure(state: FloatArray) -> FloatArray:
        for i, x in zip(units, state.tolist(), strict=True):
            simulator.command(f"alter vclamp{i} dc = {x * design.scale.volt!r}")
            simulator.command(f"alter vdrive{i} acmag = {x * weber!r}")
        simulator.command("op")
        others = -np.concatenate([simulator.vector(f"l{i}#branch") for i in units])
        simulator.command("destroy all")
        low, high = (quadrature(phase) for phase in _PHASES)
        a, b = (phase**2 for phase in _PHASES)
        return np.asarray(others + (b * low - a * high) / (b - a))

    return measure
