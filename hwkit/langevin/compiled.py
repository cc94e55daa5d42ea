"""Quartic machines through compiled steps: which kernel, in which precision, chunk by chunk.

Couplings are multiplied as blocks, by BLAS, without the block between visible units if that is
zero; or row by row if they are sparse or the machine is so small that calling BLAS costs more than
it does. In single precision the product alone is single (J x is right to about 1e-7 of its size,
far below what a step of dt is wrong); states and all other sums stay double.
"""

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from hwkit.langevin.grid import TimeGrid
from hwkit.langevin.kernels import march_blocks, march_rows
from hwkit.model import EnergyModel, Quartic
from hwkit.wiener import STEPS_PER_BLOCK, UnitNoise

FloatArray = NDArray[np.float64]
Precision = Literal["double", "single"]
March = Callable[[FloatArray, NDArray[Any], NDArray[np.intp], FloatArray], None]

_SMALL = 12  # units up to which rows are faster than BLAS
_DENSE = 0.1  # share of couplings above which BLAS is faster than rows
_NORMALS_AT_ONCE = 2**18  # that fit into a core's cache beside the states


class CompiledMachine:
    """A quartic machine ready to be run."""

    def __init__(self, model: EnergyModel, dt: float, precision: Precision) -> None:
        self._dtype = np.dtype(np.float32 if precision == "single" else np.float64)
        self._units = _unit_parameters(model)
        self._rate = model.mobility * dt
        self._amplitude = float(np.sqrt(2 * model.mobility * model.kT))
        couplings = model.J
        self.by_rows = model.n_units <= _SMALL or _density(couplings) < _DENSE
        if self.by_rows:
            rows = sp.csr_array(couplings)
            self._rows = (rows.indptr, rows.indices, rows.data.astype(self._dtype))
        else:
            J = couplings.toarray() if sp.issparse(couplings) else np.asarray(couplings)
            cut = model.n_visible if model.n_visible < model.n_units else 0
            groups = [self._trimmed(J[:cut]), self._trimmed(J[cut:])]
            self._blocks = (groups[0][0], groups[1][0])
            self._spans = np.array([span for _, span in groups], dtype=np.intp)

    @property
    def n_products(self) -> int:
        """Multiplications with couplings in one step of one run; stored zeros count."""
        if self.by_rows:
            return int(self._rows[2].size)
        return self._blocks[0].size + self._blocks[1].size

    def run(
        self,
        grid: TimeGrid,
        starts: FloatArray,
        runs: range,
        seed: int,
        given: FloatArray | None,
        out: FloatArray,
    ) -> None:
        """Write the kept states of some runs into `out`.

        Args:
            grid: the steps, K in number, and which T states are kept.
            starts: start states, (R, N).
            runs: numbers of the runs, which choose their noise.
            seed: root of the noise.
            given: Wiener increments in place of the seed's, (R, K, N); None for those of the seed.
            out: kept states, (R, T, N), written.
        """
        out[:, 0] = starts
        x = np.ascontiguousarray(starts.T)
        march = self._marching(x)
        slots = np.full(grid.n_steps + 1, -1, dtype=np.intp)
        slots[grid.saved_steps] = np.arange(grid.saved_steps.size)
        root = 1.0 if given is not None else float(np.sqrt(grid.dt))
        scales = np.array([self._rate, root, self._amplitude])
        blocks = max(1, _NORMALS_AT_ONCE // (x.size * STEPS_PER_BLOCK))
        length = min(
            blocks * STEPS_PER_BLOCK, -(-grid.n_steps // STEPS_PER_BLOCK) * STEPS_PER_BLOCK
        )
        stream = UnitNoise(seed, runs, x.shape[0]) if given is None else None
        buffer = np.empty((length, *x.shape), dtype=np.float32)
        for first in range(0, grid.n_steps, length):
            last = min(first + length, grid.n_steps)
            noise: NDArray[Any]
            if given is not None:
                noise = np.ascontiguousarray(given[:, first:last].transpose(1, 2, 0))
            else:
                assert stream is not None
                noise = stream.fill(first // STEPS_PER_BLOCK, buffer)[: last - first]
            march(scales, noise, slots[first + 1 : last + 1], out)

    def _marching(self, x: FloatArray) -> March:
        signal = x.astype(self._dtype)
        room, units = np.zeros_like(signal), self._units
        if not self.by_rows:
            (upper, lower), spans = self._blocks, self._spans

            def by_blocks(
                scales: FloatArray, noise: NDArray[Any], slots: NDArray[np.intp], out: FloatArray
            ) -> None:
                march_blocks(x, signal, room, upper, lower, spans, units, scales, noise, slots, out)

            return by_blocks
        rooms, (starts, columns, values) = [signal, room], self._rows

        def by_rows(
            scales: FloatArray, noise: NDArray[Any], slots: NDArray[np.intp], out: FloatArray
        ) -> None:
            now, then = rooms
            march_rows(x, now, then, starts, columns, values, units, scales, noise, slots, out)
            if noise.shape[0] % 2:
                rooms.reverse()

        return by_rows

    def _trimmed(self, rows: FloatArray) -> tuple[NDArray[Any], tuple[int, int]]:
        """Return rows of J without the zero columns at either end, and where the rest is."""
        used = np.flatnonzero(np.any(rows, axis=0))
        first, last = (int(used[0]), int(used[-1]) + 1) if used.size else (0, 0)
        return np.ascontiguousarray(rows[:, first:last], dtype=self._dtype), (first, last)


def _unit_parameters(model: EnergyModel) -> FloatArray:
    onsite = model.onsite
    assert isinstance(onsite, Quartic)
    rows = (model.b, 2 * onsite.J2, 4 * onsite.J4)
    return np.stack([np.broadcast_to(row, (model.n_units,)) for row in rows])


def _density(couplings: FloatArray | sp.csr_array) -> float:
    used = couplings.nnz if sp.issparse(couplings) else np.count_nonzero(couplings)
    return float(used) / float(np.prod(couplings.shape))
