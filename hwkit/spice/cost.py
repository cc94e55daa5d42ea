"""What a full netlist would cost ngspice, from the pattern of its couplings, before it is run.

Each step loads every coupling and factors the matrix of all nodes; the first one orders it too:

    seconds = runs (order F + steps (unit N + coupling C + entry E + update(E) F))

with N nodes, C directed couplings, E entries of the factors and F multiplications in making them,
counted for a minimum-degree ordering (E and F by the elimination tree: Liu, SIAM J. Matrix Anal.
Appl. 11, 134 (1990)). An update costs more as the factors outgrow the caches. The constants are
those of the solver Sparse 1.3 on one core of 2024, fitted to rings, grids, random regular graphs
and dense machines of 16 to 5,000 units: within a factor of 3 there. KLU is faster. They depend on
nothing measured, so the same design gives the same estimate everywhere.
"""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import spilu

from hwkit.circuit import Design
from hwkit.forecast import Forecast, of_runs
from hwkit.model import EnergyModel
from hwkit.spice.running import Level

_UNIT, _COUPLING, _ENTRY = 0.8e-6, 25e-9, 20e-9  # s a step
_UPDATE, _ORDER = 1.3e-9, 50e-9  # s a multiplication: in each step while in cache, and once
_CACHED, _SLOWEST = 40_000, 8.0  # entries that double the cost of an update; most it grows by
_COUNTED = 1_000_000  # entries of one factor, after which counting stops
_ORDERED = 20_000  # units; ordering more takes seconds
_TRANSISTOR, _CROWDED = 4.5e-6, 10_000  # s a step and BSIM4 transistor; how many double that
_MIXED_UNIT, _MIXED_PAIR = 1e-6, 2e-9  # s a step at the mixed level, whose crossbar is dense


@dataclass(frozen=True)
class Cost:
    """An estimated time on one core, s; `at_least` if counting was stopped before its end."""

    seconds: float
    at_least: bool = False

    def describe(self) -> str:
        """Return the time as text for people."""
        return f"{self.seconds:.2g} s{' or more' * self.at_least}"


def forecast(
    design: Design,
    level: Level,
    n_steps: int,
    n_runs: int,
    jobs: int,
    save_every: int | None = None,
) -> Forecast:
    """Return what runs of a circuit take; each worker holds the noise of its run.

    Args:
        design: what runs.
        level: with the couplings in ngspice or beside it.
        n_steps: of one run.
        n_runs: how many.
        jobs: worker processes.
        save_every: as for `simulate_langevin`.
    """
    rounds = -(-n_runs // jobs)
    seconds = netlist_cost(design, level, n_steps, rounds).seconds
    return of_runs(seconds, design.machine.n_units, n_steps, n_runs, jobs, save_every)


def netlist_cost(design: Design, level: Level, n_steps: int, n_runs: int) -> Cost:
    """Estimate runs of a design at a level."""
    if level == "mixed":
        cells = transistor_netlist_cost(design.n_transistors, n_steps, n_runs)
        beside = mixed_level_cost(design.machine.n_units, n_steps, n_runs)
        return Cost(cells.seconds + beside.seconds)
    if design.transistors:
        return transistor_netlist_cost(design.n_transistors, n_steps, n_runs)
    rails = 2 if design.differential.any() else 1
    return full_netlist_cost(design.model, n_steps, n_runs, rails)


def full_netlist_cost(model: EnergyModel, n_steps: int, n_runs: int, rails: int = 1) -> Cost:
    """Estimate runs of the full netlist of a machine whose units have so many nodes each."""
    pattern = _pattern(model, rails)
    couplings = pattern.nnz
    heights, complete = _column_heights(pattern)
    entries = 2 * int(heights.sum()) - heights.size
    work = 2.0 * float(np.sum(np.square(heights, dtype=np.float64)))
    update = _UPDATE * min(1 + entries / _CACHED, _SLOWEST)
    step = _UNIT * heights.size + _COUPLING * couplings + _ENTRY * entries + update * work
    return Cost(n_runs * (_ORDER * work + n_steps * step), not complete)


def transistor_netlist_cost(n_transistors: int, n_steps: int, n_runs: int) -> Cost:
    """Estimate runs of a full netlist of transistors, matrix included."""
    step = _TRANSISTOR * n_transistors * (1 + n_transistors / _CROWDED)
    return Cost(n_runs * n_steps * step)


def mixed_level_cost(n_units: int, n_steps: int, n_runs: int) -> Cost:
    """Estimate runs at the mixed level."""
    return Cost(n_runs * n_steps * (_MIXED_UNIT * n_units + _MIXED_PAIR * n_units**2))


def _pattern(model: EnergyModel, rails: int) -> sp.csr_array:
    pattern = sp.csr_array(model.J, copy=True)
    pattern.eliminate_zeros()
    pattern.data[:] = 1.0
    if rails > 1:
        own = sp.eye_array(model.n_units)
        pattern = sp.csr_array(sp.kron(pattern + own, np.ones((rails, rails))))
        pattern.setdiag(0.0)
        pattern.eliminate_zeros()
    return pattern


def _column_heights(pattern: sp.csr_array) -> tuple[np.ndarray, bool]:
    """Return entries in each column of the lower factor, and whether all were counted."""
    n = pattern.shape[0]
    if pattern.nnz > _COUNTED or n > _ORDERED:
        return 1 + np.diff(pattern.indptr) // 2, False
    ordered = _ordered(pattern)
    starts, neighbours = ordered.indptr.tolist(), ordered.indices.tolist()
    parent, seen, heights, left = [n] * n, [-1] * n, [1] * n, _COUNTED
    for row in range(n):
        seen[row] = row
        for column in neighbours[starts[row] : starts[row + 1]]:
            while column < row and seen[column] != row:  # up the tree, to this row
                parent[column] = min(parent[column], row)
                heights[column] += 1
                seen[column] = row
                left -= 1
                column = parent[column]
        if left < 0:
            return np.array(heights), False
    return np.array(heights), True


def _ordered(pattern: sp.csr_array) -> sp.csr_array:
    """Return the pattern in an order of small fill, found without factoring anything."""
    n = pattern.shape[0]
    matrix = sp.csc_matrix(pattern + sp.diags_array(np.full(n, n + 1.0)))
    factors = spilu(matrix, drop_tol=1e9, fill_factor=1, permc_spec="MMD_AT_PLUS_A")
    order = np.argsort(factors.perm_c)
    return sp.csr_array(pattern[order][:, order])
