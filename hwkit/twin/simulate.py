"""Simulate many boards of a design, all on the same noise.

"implicit" is backward Euler solved to rounding, what ngspice does with tight tolerances; "fast" a
semi-implicit step in single precision, for designs whose couplings are linear and whose units are
cubic; "double" the same step in double precision, which takes saturating couplings and supply
clamps too. All take the increments that every simulator takes, so board, nominal circuit, ngspice
and ideal machine can be compared path by path.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from threadpoolctl import threadpool_limits

from hwkit.circuit import GROUND, Design
from hwkit.errors import ConfigError, SimulationError
from hwkit.langevin import SaveEvery, TimeGrid, checked_increments, checked_starts, run_facts
from hwkit.trajectories import Trajectories
from hwkit.twin.boards import Boards, Bound, bind
from hwkit.twin.double import Limits, limits_of, march_double, split
from hwkit.twin.fast import (
    LANES,
    ExplicitStepError,
    Layout,
    RealArray,
    Reduced,
    check_capacitors,
    layout,
    march,
    reduce_board,
)
from hwkit.twin.implicit import march_implicit
from hwkit.twin.marcher import Marcher
from hwkit.wiener import STEPS_PER_BLOCK, UnitNoise, checked_seed

FloatArray = NDArray[np.float64]
Mode = Literal["fast", "double", "implicit"]

_PATHS = 128  # paths marched together; fixed: matrix products round differently for other shapes
_NOISE_BYTES = 1 << 24  # of noise held at a time
_RUNAWAY = 1e3


@dataclass(frozen=True, eq=False)
class TwinRuns:
    """Saved states of many boards, in model units.

    Attributes:
        t: saved times, (T,).
        x: (boards, paths, T, N); NaN throughout on a board that failed.
        failures: board -> why it failed.
        attributes: what drove them, as of `hwkit.langevin.run_facts`; the same for all boards.
    """

    t: FloatArray
    x: FloatArray
    failures: dict[int, str] = field(default_factory=dict)
    attributes: dict[str, str | int | float] = field(default_factory=dict)

    def of_board(self, board: int) -> Trajectories:
        """Return one board's runs; each has failed if the board has."""
        why = self.failures.get(board)
        failed = {} if why is None else dict.fromkeys(range(self.x.shape[1]), why)
        return Trajectories(self.t, self.x[board], failed, self.attributes)


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
    """Simulate boards, all on the same noise.

    Args:
        design: the circuit.
        t_final: duration, in model time; a whole number of steps.
        dt: time step, in model time.
        n_trajectories: number of runs.
        seed: root of the noise; the same seed gives the same runs.
        x0, increments, save_every: as for `simulate_langevin`.
        boards: values of the boards; None for the design alone.
        mode: "fast", "double" or "implicit".
        bound: `bind(design)`, if it is at hand.
        threads: to use; one per core if None.

    Returns:
        States (boards, n_trajectories, T, N); the same bytes whatever the core count and whatever
        other boards are simulated beside a board.

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
    if mode not in get_args(Mode):
        raise ConfigError(f"twin mode {mode!r} is unknown; choose 'fast', 'double' or 'implicit'")
    marcher = Marcher(bound, boards, grid, starts, checked_seed(seed), given, threads)
    states = _implicit(marcher) if mode == "implicit" else _explicit(marcher, mode)
    failures = dict(marcher.failures)
    for board in range(boards.count):
        size = np.max(np.abs(states[board]))
        if not size <= _RUNAWAY:
            reason = f"a unit ran away to |x| = {size:.3g}; a machine stays within {_RUNAWAY:g}"
            failures.setdefault(board, reason)
        if board in failures:
            states[board] = np.nan
    attributes = run_facts(f"twin-{mode}", design.machine, grid.dt, int(seed), given)
    return TwinRuns(grid.saved_times, states, failures, attributes)


def _implicit(marcher: Marcher) -> FloatArray:
    """March by backward Euler and return the saved states, (boards, paths, T, N)."""
    states, volt = marcher.states(), marcher.design.scale.volt
    # One board at a time: when iterations stop must not depend on other boards.
    tasks = [
        (board, paths)
        for board in range(marcher.boards.count)
        for paths in _chunks(len(marcher.starts))
    ]

    def run(task: tuple[int, range]) -> None:
        board, paths = task
        boards = marcher.boards.take(slice(board, board + 1))
        equations = marcher.build(marcher.bound.numbers(boards))
        noise = marcher.bound.noise(boards)
        start = marcher.volts(marcher.starts[paths], equations.capacitance[0])[None]
        out = states[board : board + 1, paths.start : paths.stop]
        kicks = marcher.kicks(noise, paths)
        marching = march_implicit(equations, start, kicks, marcher.step, volt)
        slots = {int(k): slot for slot, k in enumerate(marcher.grid.saved_steps)}
        try:
            for k, v in enumerate(marching, start=1):
                if k in slots:
                    out[:, :, slots[k]] = marcher.units(v) / volt
        except (SimulationError, np.linalg.LinAlgError) as error:
            marcher.failures[board] = str(error)
            out[:] = np.nan

    _in_threads(run, tasks, marcher.threads)
    return states


@dataclass(frozen=True, eq=False)
class _Marching:
    """One board ready to be marched; `limits` in double precision only."""

    own: Reduced
    limits: Limits | None

    def march(
        self, normals: RealArray, x: RealArray, slots: NDArray[np.intp], out: RealArray
    ) -> None:
        """March over some steps; see `hwkit.twin.fast.march`."""
        own = self.own
        if self.limits is not None:
            march_double(own, self.limits, normals, x, slots, out)  # type: ignore[arg-type]
            return
        coefficients = (own.couplings, own.linear, own.constant, own.element, own.kick)
        places = (own.source, own.partner, own.leak, own.kinds)
        march(*coefficients, *places, normals, x, slots, out)


def _explicit(marcher: Marcher, mode: Mode) -> FloatArray:
    """March by the semi-implicit step and return the saved states."""
    states, volt = marcher.states(), marcher.design.scale.volt
    check_capacitors(marcher.circuit)
    parts = split(marcher.circuit)
    single = mode == "fast"
    where = layout(marcher.circuit if single else parts.plain, marcher.sources)
    rows = _unit_rows(marcher, where)
    noise, marching = marcher.bound.noise(marcher.boards), []
    for board in range(marcher.boards.count):
        numbers = marcher.bound.numbers(marcher.boards.take(slice(board, board + 1)))
        equations = replace(marcher.build(numbers), circuit=parts.plain)
        coefficients = (noise[board], marcher.sources, marcher.step, volt)
        precision = np.float32 if single else np.float64
        own = reduce_board(where, equations, *coefficients, precision)
        limits = None if single else limits_of(parts, equations, marcher.step, volt)
        marching.append(_Marching(own, limits))
        if own.problem:
            marcher.failures[board] = own.problem
    for paths in _chunks(len(marcher.starts)):
        part = states[:, paths.start : paths.stop]
        _march_paths(marcher, where, marching, rows, paths, part)
    return states


def _unit_rows(marcher: Marcher, where: Layout) -> NDArray[np.intp]:
    """Return the coordinate that each unit is, (N,).

    Raises:
        ConfigError: if a unit is none of them.
    """
    plus, minus = marcher.order[marcher.design.terminals].T
    grounded = marcher.design.terminals[:, 1] == GROUND
    paired = {(int(a), int(b)) for a, b in where.pairs}
    railed = {node for pair in paired for node in pair}
    for a, b, alone in zip(plus.tolist(), minus.tolist(), grounded.tolist(), strict=True):
        if (alone and a in railed) or (not alone and (a, b) not in paired):
            node = marcher.circuit.nodes[a]
            raise ExplicitStepError(f"unit at node {node!r} is not what its elements act on")
    return np.asarray(plus, dtype=np.intp)


def _march_paths(
    marcher: Marcher,
    where: Layout,
    marching: list[_Marching],
    rows: NDArray[np.intp],
    paths: range,
    states: FloatArray,
) -> None:
    width = -(-len(paths) // LANES) * LANES
    reduced = [board.own for board in marching]
    precision = reduced[0].couplings.dtype
    x = [np.zeros((len(own.rows), width), dtype=precision) for own in reduced]
    even = marcher.volts(marcher.starts[paths])
    for own, states_of in zip(reduced, x, strict=True):
        volts = marcher.shared(even, own.farads).T
        z = where.from_nodes @ volts / marcher.design.scale.volt
        states_of[:, : len(paths)] = z[own.rows]
    noise = _Normals(marcher, paths, width, precision)
    saved = marcher.grid.saved_steps
    for begin in range(0, marcher.grid.n_steps, noise.longest):
        steps = range(begin, min(begin + noise.longest, marcher.grid.n_steps))
        normals = noise.of(steps)
        first, last = np.searchsorted(saved, [begin, steps.stop], side="right").tolist()
        slots = np.full(len(steps), -1)
        slots[saved[first:last] - begin - 1] = np.arange(last - first)

        def run(
            board: int,
            normals: RealArray = normals,
            slots: NDArray[np.intp] = slots,
            kept: slice = slice(first, last),
        ) -> None:
            own = reduced[board]
            out = np.empty((kept.stop - kept.start, len(own.rows), width), dtype=precision)
            marching[board].march(normals, x[board], slots, out)
            units = out[:, np.searchsorted(own.rows, rows), : len(paths)]
            states[board, :, kept] = units.transpose(2, 0, 1)

        _in_threads(run, range(marcher.boards.count), marcher.threads)


class _Normals:
    """The noise of some paths with the sources before the paths, as the kernels take it."""

    def __init__(
        self, marcher: Marcher, paths: range, width: int, precision: np.dtype[Any]
    ) -> None:
        self._marcher, self._paths = marcher, paths
        n_sources = marcher.design.model.n_units
        self._stream = UnitNoise(marcher.seed, range(paths.start, paths.start + width), n_sources)
        blocks = _NOISE_BYTES // (precision.itemsize * n_sources * width * STEPS_PER_BLOCK)
        self.longest = max(1, blocks) * STEPS_PER_BLOCK
        self._room = np.zeros((self.longest, n_sources, width), dtype=np.float32)
        self._precision = precision

    def of(self, steps: range) -> RealArray:
        """Return increments over sqrt(dt), (steps, sources, width); later calls overwrite them.

        Steps start a block of the noise. Beyond the last path are others, or none.
        """
        if self._marcher.given is not None:
            given = self._marcher.normals(self._paths, None, steps).transpose(0, 2, 1)
            normals = np.zeros((len(steps), *self._room.shape[1:]), dtype=self._precision)
            normals[:, :, : len(self._paths)] = given
            return normals
        blocks = -(-len(steps) // STEPS_PER_BLOCK)
        drawn = self._room[: blocks * STEPS_PER_BLOCK]
        self._stream.fill(steps.start // STEPS_PER_BLOCK, drawn)
        return drawn[: len(steps)].astype(self._precision, copy=False)


def _chunks(n_paths: int) -> list[range]:
    return [range(first, min(first + _PATHS, n_paths)) for first in range(0, n_paths, _PATHS)]


def _in_threads(run: Callable[[Any], None], tasks: Iterable[Any], threads: int) -> None:
    """Run tasks on the cores, one BLAS thread each: bytes don't depend on how many there are."""
    with threadpool_limits(1, "blas"), ThreadPoolExecutor(threads) as pool:
        list(pool.map(run, tasks))
