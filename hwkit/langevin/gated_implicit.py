"""The schemes that circuits of gated machines are integrated with, for checks of simulators.

Full netlist (backward Euler), and cells whose experts are outside (semi-implicit), as `implicit`:

    x_{k+1} + mu dt ( U'(x_{k+1}) + f(x_{k+1}) ) = x_k + sqrt(2 mu kT) dW_k
    x_{k+1} + mu dt U'(x_{k+1}) = x_k - mu dt f(x_k) + sqrt(2 mu kT) dW_k

f is the coupling field of the segment that the step belongs to, its gates included. Both are of
strong order 1. The first takes a dense solve for each run, step and iteration: small machines.
"""

from itertools import count
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hwkit.langevin.gated import segments_for
from hwkit.langevin.grid import SaveEvery, TimeGrid
from hwkit.langevin.implicit import ImplicitRuns, solve_alone, solve_by_newton
from hwkit.model import GatedMachine, SegmentedMachine
from hwkit.trajectories import Trajectories

FloatArray = NDArray[np.float64]
Couplings = Literal["implicit", "explicit"]


def simulate_gated_implicit(
    machine: GatedMachine | SegmentedMachine,
    t_final: float,
    dt: float = 2.5e-3,
    n_trajectories: int = 1,
    seed: int = 0,
    x0: ArrayLike | None = None,
    increments: ArrayLike | None = None,
    save_every: SaveEvery = None,
    couplings: Couplings = "implicit",
) -> Trajectories:
    """Simulate a gated machine as a circuit simulator does.

    Args:
        machine: the machine.
        t_final: duration, in model time; a whole number of steps.
        dt: time step, in model time.
        n_trajectories: number of runs.
        seed: root of the noise; the same seed gives the same runs.
        x0, increments, save_every: as for `simulate_langevin`.
        couplings: "implicit" as in a full netlist, "explicit" as at the mixed level.

    Raises:
        ConfigError: if segments don't divide the steps.
        SimulationError: if Newton's method does not converge (the step is too long).
    """
    grid = TimeGrid(t_final, dt, save_every)
    segments_for(machine, grid)  # refuses those that don't divide the steps
    segments = machine.segments
    each, steps, rate = grid.n_steps // len(segments), count(), machine.mobility * dt

    def step(x: FloatArray, kick: FloatArray) -> FloatArray:
        now = segments[next(steps) // each]
        if couplings == "implicit":
            target = x + kick
            return solve_by_newton(target, lambda y: _change(now, rate, y, target))
        return solve_alone(x + kick - rate * now.coupling_field(x), rate, now.onsite)

    runs = ImplicitRuns(machine, grid, n_trajectories, seed, x0, increments)
    names = {"implicit": "backward-euler", "explicit": "semi-implicit-euler"}
    return runs.march(names[couplings], step)


def _change(machine: GatedMachine, rate: float, x: FloatArray, target: FloatArray) -> FloatArray:
    """Return the change of Newton's method, (n, N)."""
    residual = x - rate * machine.force(x) - target
    jacobian = rate * np.stack([machine.jacobian(state) for state in x])
    diagonal = np.arange(machine.n_units)
    jacobian[:, diagonal, diagonal] += 1 + rate * machine.onsite.curvature(x)
    return np.asarray(np.linalg.solve(jacobian, residual[..., None])[..., 0])
