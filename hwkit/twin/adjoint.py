"""Derivatives of a metric to every number of a circuit, by one pass forward and one back.

Backward Euler's step k solves, with the numbers p of the circuit,

    R(v_k, v_{k-1}; p) = C (v_k - v_{k-1})/h + G v_k + k + s(v_k) - i = 0

With F a function of the last state, and the rows lambda carried backwards,

    mu_k (C/h + G + s'(v_k)) = lambda_k        lambda_{k-1} = mu_k C/h       lambda_K = dF/dv_K
    dF/dp = - sum_k mu_k dR/dp

the derivative of the discrete path, exact to rounding. Cost: one (M x M) solve per path and step,
whatever the number of elements; memory: the states of all steps.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hwkit.langevin import TimeGrid, checked_starts
from hwkit.twin.boards import Boards, Bound
from hwkit.twin.circuit import GROUND, Linear, Nonlinear
from hwkit.twin.expression import evaluate
from hwkit.twin.implicit import march_implicit
from hwkit.twin.marcher import Marcher
from hwkit.twin.system import System
from hwkit.wiener import checked_seed

FloatArray = NDArray[np.float64]
# Takes end states (paths, N); returns the metric and its derivative to each of them, (paths, N).
Functional = Callable[[FloatArray], tuple[float, FloatArray]]


@dataclass(frozen=True, eq=False)
class Derivatives:
    """A metric and its derivatives.

    Attributes:
        value: the metric.
        of: "role" or "role.parameter" -> derivative to each part's value, (parts,), per SI unit.
    """

    value: float
    of: dict[str, FloatArray]


def differentiate(
    bound: Bound,
    functional: Functional,
    t_final: float,
    dt: float = 2.5e-3,
    n_trajectories: int = 8,
    seed: int = 0,
    x0: ArrayLike | None = None,
    board: Boards | None = None,
) -> Derivatives:
    """Differentiate a function of the end states to the value of every part.

    Args:
        bound: `bind(design)`.
        functional: the metric.
        t_final: duration, in model time; a whole number of steps.
        dt: time step, in model time.
        n_trajectories: number of runs.
        seed: root of the noise; the same seed gives the same runs.
        x0: as for `simulate_boards`.
        board: one board, at whose values to differentiate; None for the design.

    Raises:
        SimulationError: if Newton's method does not converge.
    """
    grid = TimeGrid(t_final, dt)
    n = bound.design.model.n_units
    starts = checked_starts(x0, n_trajectories, n)
    board = board if board is not None else Boards({}, 1)
    run = Marcher(bound, board, grid, starts, checked_seed(seed), None)
    numbers = bound.numbers(board)
    equations, noise = run.build(numbers), bound.noise(board)
    volt = bound.design.scale.volt
    paths = range(n_trajectories)
    states = [run.volts(starts, equations.capacitance[0])]
    kicks = run.kicks(noise, paths)
    marching = march_implicit(equations, states[0][None], kicks, run.step, volt)
    states.extend(v[0] for v in marching)
    value, slope = functional(run.units(states[-1]) / volt)
    sums = _Sums(run, equations)
    row = run.units_transposed(slope) / volt
    charge = equations.capacitance[0] / run.step
    matrix = charge + equations.conductance[0]
    kicked = list(run.kicks(noise, paths, raw=True))
    for k in range(grid.n_steps, 0, -1):
        jacobian = matrix + equations.slopes(states[k][None])[0]
        mu = np.linalg.solve(jacobian.transpose(0, 2, 1), row[..., None])[..., 0]
        sums.add(mu, states[k], states[k - 1], kicked[k - 1])
        row = mu @ charge
    sums.start(row, states[0])
    return Derivatives(value, _by_part(bound, sums.numbers(), sums.noise(noise)))


class _Sums:
    """Sums over steps and paths of mu times what each number multiplies."""

    def __init__(self, run: Marcher, equations: System) -> None:
        self.run, self.equations, self.circuit = run, equations, run.circuit
        n = run.circuit.n_nodes
        self.outer, self.charge = np.zeros((n, n)), np.zeros((n, n))
        self.total = np.zeros(n)
        self.own = np.zeros(run.circuit.numbers.size)
        self.sources = np.zeros(run.sources.shape[1])

    def add(self, mu: FloatArray, v: FloatArray, before: FloatArray, kick: FloatArray) -> None:
        self.outer += mu.T @ v
        self.charge += mu.T @ (v - before) / self.run.step
        self.total += mu.sum(axis=0)
        self.sources += np.sum((mu @ self.run.sources) * kick, axis=0)
        for group in self.circuit.nonlinear:
            self._nonlinear(group, mu, v)

    def start(self, row: FloatArray, v: FloatArray) -> None:
        """Add what capacitors do to the start: rails share a unit's voltage by theirs."""
        plus, minus = self.run.rails
        farads = np.diagonal(self.equations.capacitance[0])
        size = np.sum((v[:, plus] - v[:, minus]) * (row[:, plus] + row[:, minus]), axis=0)
        size /= (farads[plus] + farads[minus]) ** 2
        np.add.at(self.charge, (plus, plus), size * farads[minus])
        np.add.at(self.charge, (minus, minus), -size * farads[plus])

    def _nonlinear(self, group: Nonlinear, mu: FloatArray, v: FloatArray) -> None:
        padded = np.hstack([v, np.zeros((len(v), 1))])
        volts = [
            padded[:, ends[:, 0]] - padded[:, ends[:, 1]]
            for ends in np.moveaxis(group.controls, 1, 0)
        ]
        values = [self.equations.numbers[0, places] for places in group.places.T]
        weights = np.hstack([mu, np.zeros((len(mu), 1))])
        across = weights[:, group.ends[:, 0]] - weights[:, group.ends[:, 1]]
        _, slopes = evaluate(group.template, values, volts, by_number=True)
        for place, column in enumerate(group.places.T):
            np.add.at(self.own, column, np.sum(across * slopes.get(place, 0.0), axis=0))

    def numbers(self) -> FloatArray:
        """Return dF / d(number) for every number of the circuit."""
        found = self.own.copy()
        for linear, matrix in (
            (self.circuit.conductances, self.outer),
            (self.circuit.capacitors, self.charge),
        ):
            padded = np.pad(matrix, (0, 1))
            plus, minus, control, reference = linear.ends.T
            product = padded[plus, control] - padded[plus, reference]
            product -= padded[minus, control] - padded[minus, reference]
            np.add.at(found, linear.places, product * self._inner(linear))
        self._mutual(found)
        total = np.append(self.total, 0.0)
        currents = self.circuit.currents
        np.add.at(found, currents.places, total[currents.ends[:, 0]] - total[currents.ends[:, 1]])
        return -found

    def _mutual(self, found: FloatArray) -> None:
        """Add what k, L1 and L2 do through M = k sqrt(L1 L2)."""
        (first, second), places = self.circuit.mutual.branches.T, self.circuit.mutual.places
        slope = self.charge[first, second] + self.charge[second, first]
        k, one, other = self.equations.numbers[0, places].T
        root = np.sqrt(one * other)
        for column, inner in enumerate((root, k * other / (2 * root), k * one / (2 * root))):
            np.add.at(found, places[:, column], slope * inner)

    def _inner(self, linear: Linear) -> FloatArray:
        """Return the derivative of each conductance to its number: 1, or -1/R^2."""
        own = self.equations.numbers[0, linear.places]
        return np.asarray(np.where(linear.inverse, -1 / own**2, 1.0))

    def noise(self, roots: FloatArray) -> FloatArray:
        """Return dF / d(one-sided density) of every source: root = sqrt(density / 2)."""
        return np.asarray(self.sources / (4 * roots[0]))


def _by_part(bound: Bound, numbers: FloatArray, noise: FloatArray) -> dict[str, FloatArray]:
    found = {name: sum(numbers[p] for p in places) for name, places in bound.places.items()}
    found["noise"] = noise
    coupling = next((p for p in bound.design.parts if p.role == "coupling"), None)
    if coupling is not None and coupling.kind == "transconductor" and "bias" in found:
        bias = np.zeros(len(bound.design.nodes))
        bias[bound.design.group("bias").nodes[:, 0]] = found["bias"]
        out = coupling.nodes[:, 0]
        # An input offset is a bias of -g d at the driven node.
        found["coupling.offset"] = -coupling.values * np.where(out == GROUND, 0.0, bias[out])
    return {name: np.asarray(values) for name, values in found.items()}
