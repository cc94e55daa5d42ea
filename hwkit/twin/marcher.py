"""What the twin's modes and its adjoint share: starts, noise, the way from nodes to units."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from hwkit.circuit import GROUND
from hwkit.errors import ConfigError
from hwkit.langevin import TimeGrid
from hwkit.twin.boards import Boards, Bound
from hwkit.twin.system import incidence, system
from hwkit.wiener import NoiseStream
from hwkit.workers import available_cores

FloatArray = NDArray[np.float64]


class Marcher:
    """Boards of a design on their way: one set of starts and one noise for all."""

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
        """Return start voltages with each unit's shared between its rails by their capacitances.

        Voltages are (paths, M), capacitances to ground (M,), F.
        """
        plus, minus = self.rails
        if plus.size:
            v, across = v.copy(), v[:, plus] - v[:, minus]
            total = farads[plus] + farads[minus]
            v[:, plus] = across * farads[minus] / total
            v[:, minus] = -across * farads[plus] / total
        return v

    @property
    def rails(self) -> NDArray[np.intp]:
        """Nodes of the units that are between two rails, (2, n)."""
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
        """Return room for the saved states, (boards, paths, T, N), the first of them filled in."""
        shape = (
            self.boards.count,
            len(self.starts),
            self.grid.saved_steps.size,
            self.design.model.n_units,
        )
        states = np.empty(shape)
        states[:, :, 0] = self.starts
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
