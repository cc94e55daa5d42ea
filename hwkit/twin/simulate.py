"""Simulate many boards of a design, all on the same noise.

"implicit" is backward Euler solved to rounding, what ngspice does with tight tolerances; "fast" a
semi-implicit step in single precision, for designs whose couplings are linear and whose units are
cubic. Both take the increments that every simulator takes, so board, nominal circuit, ngspice and
ideal machine can be compared path by path.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from threadpoolctl import threadpool_limits

from hwkit.circuit import GROUND, Design
from hwkit.errors import ConfigError, SimulationError
from hwkit.langevin import SaveEvery, TimeGrid, checked_increments, checked_starts
from hwkit.twin.boards import Boards, Bound, bind
from hwkit.twin.fast import LANES, Layout, Reduced, check_capacitors, layout, march, reduce_board
from hwkit.twin.implicit import march_implicit
from hwkit.twin.system import incidence, system
from hwkit.wiener import NoiseStream, checked_seed
from hwkit.workers import available_cores

FloatArray = NDArray[np.float64]
SingleArray = NDArray[np.float32]
Mode = Literal["fast", "implicit"]

_PATHS = 128  # paths marched together; fixed: matrix products round differently for other shapes
_NOISE_BYTES = 1 << 26  # of noise held at a time
_RUNAWAY = 1e3


@dataclass(frozen=True, eq=False)
class TwinRuns:
    """Saved states of many boards, in model units.

    Attributes:
        t: saved times, (T,).
        x: (boards, paths, T, N); NaN throughout on a board that failed.
        failures: board -> why it failed.
    """

    t: FloatArray
    x: FloatArray
    failures: dict[int, str] = field(default_factory=dict)


def simulate_boards(
    design: Design,
    t_final: float,
    dt: float = 2.5e-3,
    n_trajectories: int = 1,
    seed: int = 0,
    x0: ArrayLike | None = None,
    increments: ArrayLike | None = None,
    save_every: SaveEvery = None,
    boards: Boards | None = None,
    mode: Mode = "fast",
    bound: Bound | None = None,
    threads: int | None = None,
) -> TwinRuns:
    """Simulate boards; the arguments of `simulate_spice` mean what they mean there.

    Args:
        boards: values of the boards; None for the design alone.
        mode: "fast" or "implicit".
        bound: `bind(design)`, if it is at hand.
        threads: to use; one per core if None.

    Returns:
        One entry per board, the same bytes whatever the core count and whatever other boards are
        simulated with it.

    Raises:
        NetlistError: if an element of the netlist is not understood.
        ConfigError: if mode or arguments don't fit each other or the design.
    """
    grid = TimeGrid(t_final, dt, save_every)
    n = design.model.n_units
    starts = checked_starts(x0, n_trajectories, n)
    given = checked_increments(increments, n_trajectories, grid.n_steps, n)
    bound = bound if bound is not None else bind(design)
    boards = boards if boards is not None else Boards({}, 1)
    if mode not in ("fast", "implicit"):
        raise ConfigError(f"twin mode {mode!r} is unknown; choose 'fast' or 'implicit'")
    run = Marcher(bound, boards, grid, starts, checked_seed(seed), given, threads)
    states = run.fast() if mode == "fast" else run.implicit()
    failures = dict(run.failures)
    for board in range(boards.count):
        size = np.max(np.abs(states[board]))
        if not size <= _RUNAWAY:
            reason = f"a unit ran away to |x| = {size:.3g}; a machine stays within {_RUNAWAY:g}"
            failures.setdefault(board, reason)
        if board in failures:
            states[board] = np.nan
    return TwinRuns(grid.saved_times, states, failures)


class Marcher:
    """What the modes have in common: starts, noise, and the way from nodes to units."""

    def __init__(
        self,
        bound: Bound,
        boards: Boards,
        grid: TimeGrid,
        starts: FloatArray,
        seed: int,
        given: FloatArray | None,
        threads: int | None = None,
    ) -> None:
        self.threads = threads or available_cores()
        self.bound, self.boards, self.grid = bound, boards, grid
        self.starts, self.seed, self.given = starts, seed, given
        self.design, self.circuit = bound.design, bound.circuit
        model, scale = self.design.model, self.design.scale
        self.step = grid.dt * model.mobility * scale.second
        self.sources = incidence(self.circuit.noise[: model.n_units], self.circuit.n_nodes)
        index = {name.lower(): i for i, name in enumerate(self.circuit.nodes)}
        self.order = np.array([index.get(name.lower(), -1) for name in self.design.nodes])
        self.build = system(self.circuit)
        self.failures: dict[int, str] = {}

    def volts(self, starts: FloatArray, capacitance: FloatArray | None = None) -> FloatArray:
        """Return the start voltages of the circuit's nodes, (paths, M); free nodes start at 0.

        With a board's `capacitance` (M, M), a unit between two rails starts as it does in SPICE: a
        charge moves from one to the other, so that unequal rails share the voltage unequally.
        """
        v = np.zeros((len(starts), self.circuit.n_nodes))
        for path, x in enumerate(starts):
            named = np.nan_to_num(self.design.start_volts(x))
            v[path, self.order[self.order >= 0]] = named[self.order >= 0]
        return v if capacitance is None else self.shared(v, np.diagonal(capacitance))

    def shared(self, v: FloatArray, farads: FloatArray) -> FloatArray:
        """Return start voltages with each unit's shared between its rails by their capacitances."""
        plus, minus = self.rails
        if plus.size:
            v, across = v.copy(), v[:, plus] - v[:, minus]
            total = farads[plus] + farads[minus]
            v[:, plus] = across * farads[minus] / total
            v[:, minus] = -across * farads[plus] / total
        return v

    @property
    def rails(self) -> NDArray[np.intp]:
        """Nodes of the units that stand between two rails, (2, n)."""
        between = self.design.terminals[:, 1] != GROUND
        return np.asarray(self.order[self.design.terminals[between]].T, dtype=np.intp)

    def units(self, v: FloatArray) -> FloatArray:
        """Return the units' states of node voltages (..., M), (..., N)."""
        plus, minus = self.design.terminals.T
        x = v[..., self.order[plus]].copy()
        pairs = minus != GROUND
        x[..., pairs] -= v[..., self.order[minus[pairs]]]
        return x

    def drawn(self, paths: range) -> FloatArray:
        """Return the constant current that stands for inductors' start currents, (paths, N)."""
        amperes = self.design.start_amperes
        if amperes is None:
            return np.zeros((1, 1))
        return np.asarray(self.starts[paths.start : paths.stop] @ amperes.T)

    def units_transposed(self, slope: FloatArray) -> FloatArray:
        """Return a derivative to the units' states (paths, N) as one to the nodes, (paths, M)."""
        plus, minus = self.design.terminals.T
        found = np.zeros((len(slope), self.circuit.n_nodes))
        for unit in range(slope.shape[1]):
            found[:, self.order[plus[unit]]] += slope[:, unit]
            if minus[unit] != GROUND:
                found[:, self.order[minus[unit]]] -= slope[:, unit]
        return found

    def normals(self, paths: range, stream: NoiseStream | None, steps: range) -> FloatArray:
        """Return increments over sqrt(dt), (steps, paths, N)."""
        if self.given is not None:
            part = self.given[paths.start : paths.stop, steps.start : steps.stop]
            return np.asarray(part.transpose(1, 0, 2) / np.sqrt(self.grid.dt))
        if stream is None:
            raise ConfigError("noise needs a stream")
        return np.stack([stream.at(k).copy() for k in steps])

    def states(self) -> FloatArray:
        """Return room for the saved states, the first of them filled in."""
        shape = (
            self.boards.count,
            len(self.starts),
            self.grid.saved_steps.size,
            self.design.model.n_units,
        )
        states = np.empty(shape)
        states[:, :, 0] = self.starts
        return states

    def implicit(self) -> FloatArray:
        """March by backward Euler and return the saved states, (boards, paths, T, N)."""
        states, volt = self.states(), self.design.scale.volt
        # One board at a time: when iterations stop must not depend on other boards.
        tasks = [
            (board, paths)
            for board in range(self.boards.count)
            for paths in _chunks(len(self.starts))
        ]

        def run(task: tuple[int, range]) -> None:
            board, paths = task
            boards = self.boards.take(slice(board, board + 1))
            equations = self.build(self.bound.numbers(boards))
            noise = self.bound.noise(boards)
            start = self.volts(self.starts[paths], equations.capacitance[0])[None]
            out = states[board : board + 1, paths.start : paths.stop]
            kicks = self.kicks(noise, paths)
            marching = march_implicit(equations, start, kicks, self.step, volt)
            slots = {int(k): slot for slot, k in enumerate(self.grid.saved_steps)}
            try:
                for k, v in enumerate(marching, start=1):
                    if k in slots:
                        out[:, :, slots[k]] = self.units(v) / volt
            except (SimulationError, np.linalg.LinAlgError) as error:
                self.failures[board] = str(error)
                out[:] = np.nan

        _in_threads(run, tasks, self.threads)
        return states

    def kicks(self, noise: FloatArray, paths: range, raw: bool = False) -> Iterator[FloatArray]:
        """Yield the mean noise current into each node over each step, (boards, paths, M).

        `raw` yields that of each source in place of that, for densities of 1, (paths, N).
        """
        stream = NoiseStream(self.seed, paths, self.design.model.n_units)
        # i = sqrt(two-sided PSD) dW/dt with t in seconds
        size = noise[:, None, :] / np.sqrt(self.step)
        for k in range(self.grid.n_steps):
            [normals] = self.normals(paths, stream, range(k, k + 1))
            if raw:
                yield np.float64(normals) / np.sqrt(self.step)
                continue
            yield (size * np.float64(normals) - self.drawn(paths)) @ self.sources.T

    def fast(self) -> FloatArray:
        """March by the semi-implicit step and return the saved states."""
        states, volt = self.states(), self.design.scale.volt
        check_capacitors(self.circuit)
        where = layout(self.circuit, self.sources)
        rows = self._unit_rows(where)
        noise, reduced = self.bound.noise(self.boards), []
        for board in range(self.boards.count):
            numbers = self.bound.numbers(self.boards.take(slice(board, board + 1)))
            equations = self.build(numbers)
            own = reduce_board(where, equations, noise[board], self.sources, self.step, volt)
            reduced.append(own)
            if own.problem:
                self.failures[board] = own.problem
        for paths in _chunks(len(self.starts)):
            part = states[:, paths.start : paths.stop]
            self._fast_paths(where, reduced, rows, paths, part)
        return states

    def _unit_rows(self, where: Layout) -> NDArray[np.intp]:
        """Return the coordinate that each unit is, (N,).

        Raises:
            ConfigError: if a unit is none of them.
        """
        plus, minus = self.order[self.design.terminals].T
        grounded = self.design.terminals[:, 1] == GROUND
        paired = {(int(a), int(b)) for a, b in where.pairs}
        railed = {node for pair in paired for node in pair}
        for a, b, alone in zip(plus.tolist(), minus.tolist(), grounded.tolist(), strict=True):
            if (alone and a in railed) or (not alone and (a, b) not in paired):
                raise ConfigError(
                    f"the fast twin can't take this design: unit at node {self.circuit.nodes[a]!r} "
                    "is not what its elements act on; use mode 'implicit'"
                )
        return np.asarray(plus, dtype=np.intp)

    def _fast_paths(
        self,
        where: Layout,
        reduced: list[Reduced],
        rows: NDArray[np.intp],
        paths: range,
        states: FloatArray,
    ) -> None:
        width = -(-len(paths) // LANES) * LANES
        x = [np.zeros((len(own.rows), width), dtype=np.float32) for own in reduced]
        even = self.volts(self.starts[paths])
        for own, states_of in zip(reduced, x, strict=True):
            volts = self.shared(even, own.farads).T
            z = where.from_nodes @ volts / self.design.scale.volt
            states_of[:, : len(paths)] = z[own.rows]
        stream = NoiseStream(self.seed, paths, self.design.model.n_units)
        n_sources = self.sources.shape[1]
        length = max(1, _NOISE_BYTES // (4 * n_sources * width))
        saved = {int(k): slot for slot, k in enumerate(self.grid.saved_steps)}
        for begin in range(0, self.grid.n_steps, length):
            steps = range(begin, min(begin + length, self.grid.n_steps))
            normals = np.zeros((len(steps), n_sources, width), dtype=np.float32)
            for row, k in enumerate(steps):
                [drawn] = self.normals(paths, stream, range(k, k + 1))
                normals[row, :, : len(paths)] = drawn.T
            kept = [(row, saved[k + 1]) for row, k in enumerate(steps) if k + 1 in saved]
            slots = np.full(len(steps), -1)
            slots[[row for row, _ in kept]] = np.arange(len(kept))

            def run(
                board: int,
                normals: SingleArray = normals,
                slots: NDArray[np.intp] = slots,
                kept: list[tuple[int, int]] = kept,
            ) -> None:
                own = reduced[board]
                out = np.empty((len(kept), len(own.rows), width), dtype=np.float32)
                march(
                    own.couplings,
                    own.linear,
                    own.constant,
                    own.element,
                    own.kick,
                    own.source,
                    own.partner,
                    own.leak,
                    own.kinds,
                    normals,
                    x[board],
                    slots,
                    out,
                )
                units = np.searchsorted(own.rows, rows)
                for place, (_, slot) in enumerate(kept):
                    states[board, :, slot] = out[place, units, : len(paths)].T

            _in_threads(run, range(self.boards.count), self.threads)


def _chunks(n_paths: int) -> list[range]:
    return [range(first, min(first + _PATHS, n_paths)) for first in range(0, n_paths, _PATHS)]


def _in_threads(run: Callable[[Any], None], tasks: Iterable[Any], threads: int) -> None:
    """Run tasks on the cores, one BLAS thread each: bytes don't depend on how many there are."""
    with threadpool_limits(1, "blas"), ThreadPoolExecutor(threads) as pool:
        list(pool.map(run, tasks))
