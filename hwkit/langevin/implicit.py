"""The schemes that circuits are integrated with, for checks of circuit simulators.

Backward Euler, as SPICE solves a full netlist:

    x_{k+1} + mu dt dV/dx(x_{k+1}) = x_k + sqrt(2 mu kT) dW_k

Semi-implicit Euler, as SPICE solves cells whose crossbar is outside (mixed level):

    x_{k+1} + mu dt U'(x_{k+1}) = x_k - mu dt (b + J x_k) + sqrt(2 mu kT) dW_k

Both are solved by Newton's method to rounding and are of strong and weak order 1. Backward Euler's
errors are opposite to Euler-Maruyama's: a spring k gets the variance (kT/k) / (1 + mu k dt / 2).
With inertia, started at rest, v_k = (x_k - x_{k-1}) / dt and c = dt / (m + dt / mu):

    x_{k+1} + c dt dV/dx(x_{k+1}) = x_k + c m v_k + c sqrt(2 kT / mu) dW_k

Cost per iteration, run and step: a dense N x N solve for the first, elementwise for the second.
"""

from collections.abc import Callable, Iterator

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike, NDArray

from hwkit.errors import ConfigError, SimulationError
from hwkit.langevin.facts import run_facts
from hwkit.langevin.grid import SaveEvery, TimeGrid
from hwkit.langevin.starts import checked_increments, checked_starts
from hwkit.model import EnergyModel, GatedMachine, SegmentedMachine, checked_machine
from hwkit.model.onsite import Onsite
from hwkit.numbers import positive
from hwkit.trajectories import Trajectories
from hwkit.wiener import NoiseStream

FloatArray = NDArray[np.float64]

_TOLERANCE = 1e-13
_MAX_ITERATIONS = 50


def simulate_backward_euler(
    model: EnergyModel,
    t_final: float,
    dt: float = 2.5e-3,
    n_trajectories: int = 1,
    seed: int = 0,
    x0: ArrayLike | None = None,
    increments: ArrayLike | None = None,
    save_every: SaveEvery = None,
    mass: float = 0.0,
) -> Trajectories:
    """Simulate the machine as an ideal circuit simulator would.

    Args:
        model: the machine.
        t_final: duration, in model time; a whole number of steps.
        dt: time step, in model time.
        n_trajectories: number of runs.
        seed: root of the noise; the same seed gives the same runs.
        x0, increments, save_every: as for `simulate_langevin`.
        mass: inertia of every unit, as family rlc has it, in model units; it starts at rest.

    Returns:
        Trajectories with states (n_trajectories, T, N).

    Raises:
        SimulationError: if Newton's method does not converge (the step is too long).
    """
    model = checked_machine(model, "simulate_backward_euler")
    grid = TimeGrid(t_final, dt, save_every)
    dt, diagonal = grid.dt, np.arange(model.n_units)
    mass = positive("mass", mass, ConfigError) if mass else 0.0
    rate = dt**2 / (mass + dt / model.mobility) if mass else model.mobility * dt
    couplings = model.J.toarray() if sp.issparse(model.J) else model.J

    def change(x: FloatArray, target: FloatArray) -> FloatArray:
        residual = x - rate * model.force(x) - target
        jacobian = np.broadcast_to(rate * couplings, (len(x), *couplings.shape)).copy()
        jacobian[:, diagonal, diagonal] += 1 + rate * model.onsite.curvature(x)
        return np.asarray(np.linalg.solve(jacobian, residual[..., None])[..., 0])

    def step(x: FloatArray, kick: FloatArray) -> FloatArray:
        target = x + kick
        return solve_by_newton(target, lambda y: change(y, target))

    runs = ImplicitRuns(model, grid, n_trajectories, seed, x0, increments, mass)
    return runs.march("backward-euler", step)


def simulate_semi_implicit(
    model: EnergyModel,
    t_final: float,
    dt: float = 2.5e-3,
    n_trajectories: int = 1,
    seed: int = 0,
    x0: ArrayLike | None = None,
    increments: ArrayLike | None = None,
    save_every: SaveEvery = None,
) -> Trajectories:
    """Simulate the machine as the mixed level does.

    Args:
        model: the machine.
        t_final: duration, in model time; a whole number of steps.
        dt: time step, in model time.
        n_trajectories: number of runs.
        seed: root of the noise; the same seed gives the same runs.
        x0, increments, save_every: as for `simulate_langevin`.

    Returns:
        Trajectories with states (n_trajectories, T, N).

    Raises:
        SimulationError: if Newton's method does not converge (the step is too long).
    """
    grid = TimeGrid(t_final, dt, save_every)
    rate = model.mobility * grid.dt

    def step(x: FloatArray, kick: FloatArray) -> FloatArray:
        return solve_alone(
            x + kick - rate * (model.b + model.coupling_field(x)), rate, model.onsite
        )

    runs = ImplicitRuns(model, grid, n_trajectories, seed, x0, increments)
    return runs.march("semi-implicit-euler", step)


class ImplicitRuns:
    """Start states and noise of some runs, and the loop over their steps."""

    def __init__(
        self,
        model: EnergyModel | GatedMachine | SegmentedMachine,
        grid: TimeGrid,
        n: int,
        seed: int,
        x0: ArrayLike | None,
        increments: ArrayLike | None,
        mass: float = 0.0,
    ) -> None:
        self._model, self._grid, self._seed, self._mass = model, grid, seed, mass
        self._start = checked_starts(x0, n, model.n_units)
        self._given = checked_increments(increments, n, grid.n_steps, model.n_units)
        self._stream = NoiseStream(seed, range(n), model.n_units)
        self._amplitude = np.sqrt(2 * model.mobility * model.kT)
        self._kept = 0.0  # share of the last move that inertia keeps up
        if mass:
            total = mass + grid.dt / model.mobility
            self._amplitude = np.sqrt(2 * model.kT / model.mobility) * grid.dt / total
            self._kept = mass / total

    def _kicks(self) -> Iterator[FloatArray]:
        root = np.sqrt(self._grid.dt)
        for k in range(self._grid.n_steps):
            path = (
                root * np.float64(self._stream.at(k)) if self._given is None else self._given[:, k]
            )
            yield self._amplitude * path

    def march(
        self, name: str, step: Callable[[FloatArray, FloatArray], FloatArray]
    ) -> Trajectories:
        """Take every step, of states and noise (runs, N); return the states that are saved."""
        slots = {int(k): slot for slot, k in enumerate(self._grid.saved_steps)}
        x = self._start
        states = np.empty((x.shape[0], len(slots), x.shape[1]))
        states[:, 0] = x
        last = x
        for k, kick in enumerate(self._kicks(), start=1):
            last, x = x, step(x, kick + self._kept * (x - last) if self._kept else kick)
            if k in slots:
                states[:, slots[k]] = x
        attributes = run_facts(name, self._model, self._grid.dt, self._seed, self._given)
        if self._mass:
            attributes["mass"] = self._mass
        return Trajectories(self._grid.saved_times, states, attributes=attributes)


def solve_alone(target: FloatArray, rate: float, onsite: Onsite) -> FloatArray:
    """Return x with x + rate U'(x) = target, (runs, N): each unit's implicit step by itself."""
    return solve_by_newton(
        target, lambda x: (x + rate * onsite.slope(x) - target) / (1 + rate * onsite.curvature(x))
    )


def solve_by_newton(start: FloatArray, change: Callable[[FloatArray], FloatArray]) -> FloatArray:
    """Subtract `change(x)` from x, (runs, N), until it is down to rounding."""
    x = start.copy()
    with np.errstate(over="ignore", invalid="ignore"):  # a lost iteration is reported below
        for _ in range(_MAX_ITERATIONS):
            move = change(x)
            x -= move
            if np.max(np.abs(move)) < _TOLERANCE * max(1.0, float(np.max(np.abs(x)))):
                return x
    raise SimulationError(
        f"Newton's method did not converge in {_MAX_ITERATIONS} iterations; try a shorter dt"
    )
