"""A second opinion: one netlist on one noise in two simulators.

    agreement = max over nodes and knots of |v_a - v_b|, over the swing of all nodes in ngspice

The noise is written out, joined linearly between knots in the middle of each step, so both solve
the same ordinary differential equation. Either gets tolerances of 1e-6 and steps well below those
of the noise; voltages are compared at the knots, where a simulator has time points anyway.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwkit import fidelity
from hwkit.circuit import Design, with_fault
from hwkit.langevin import TimeGrid, prepare_states
from hwkit.netlist import DIALECTS, render
from hwkit.netlist.render import Netlist
from hwkit.spice.simulators import Waveforms, ngspice, simulator
from hwkit.wiener import child_seed

FloatArray = NDArray[np.float64]


def second_opinion(
    design: Design,
    name: str,
    path: str | None = None,
    t_final: float = 0.5,
    dt: float = 2.5e-3,
    seed: int = 0,
    fault: str | None = None,
    timeout: float | None = None,
) -> fidelity.Verdict:
    """Run a design's netlist in ngspice and in another simulator and compare all rails.

    Args:
        design: the circuit.
        name: the other simulator: "ngspice" (another library), "eecircuit", "gnucap" or "vacask".
        path: its library, package or program; None: where it is looked for.
        t_final, dt, seed: the path; its start is prepared uncoupled.
        fault: a fault laid on the other simulator's circuit, as a negative control.
        timeout: seconds that each simulator may take.

    Raises:
        SimulationError: if a simulator is missing or fails.
        NetlistError: if the other simulator's language lacks an element.
    """
    other = simulator(name)
    place = other.find(path)
    grid = TimeGrid(t_final, dt)
    x0 = prepare_states(design.machine, t_final, dt, 1, child_seed(seed, "preparation"))[0]
    run = _Run(grid, child_seed(seed, "generation"), x0)
    theirs = run.netlist(design if fault is None else with_fault(design, fault), other.dialect)
    ours = run.netlist(design, "ngspice")
    nodes = tuple(dict.fromkeys(node for ends in ours.ends for node in ends if node != "0"))
    first = ngspice.reference(ours.text, nodes, timeout)
    second = other.run(place, theirs.text, nodes, timeout)
    limit = other.transistor_limit if design.transistors else other.limit
    return fidelity.merge([_agreement(first, second, run.knots(design), design, limit, seed)])


@dataclass(frozen=True, eq=False)
class _Run:
    """One noisy path from one start."""

    grid: TimeGrid
    seed: int
    x0: FloatArray

    def netlist(self, design: Design, dialect: str) -> Netlist:
        """Return a standalone file with the noise written out."""
        language, scale, grid = DIALECTS[dialect], design.solving_scale, self.grid
        return render(
            design,
            dialect,
            "pwl",
            grid.t_final,
            grid.dt,
            self.x0,
            options=language.tight_options(scale.volt, scale.ampere, scale.farad),
            seed=self.seed,
            max_step=grid.dt / language.points_per_step,
        )

    def knots(self, design: Design) -> FloatArray:
        """Return the times of the noise's knots, (K,), s."""
        seconds = design.machine.mobility * design.scale.second
        return np.asarray((np.arange(self.grid.n_steps) + 0.5) * self.grid.dt * seconds)


def _agreement(
    first: Waveforms, second: Waveforms, knots: FloatArray, design: Design, limit: float, seed: int
) -> fidelity.Metric:
    """Return the largest difference of two simulators, relative to the swing."""
    ours, theirs = first.at(knots), second.at(knots)
    swing, difference = float(np.ptp(ours)), np.abs(theirs - ours)
    step, node = np.unravel_index(int(np.argmax(difference)), difference.shape)
    names = list(first.volts)
    seconds = design.machine.mobility * design.scale.second
    return fidelity.Metric(
        f"difference of {second.simulator} and {first.simulator}",
        "path",
        float(difference[step, node]) / swing,
        limit,
        n=1,
        seeds=(seed,),
        note=(
            f"relative to the swing of {swing:.3g} V, {len(names)} nodes at {knots.size} times; "
            f"largest at node {names[int(node)]}, t = {knots[step] / seconds:.3g}"
        ),
        quantity="difference of two simulators",
    )
