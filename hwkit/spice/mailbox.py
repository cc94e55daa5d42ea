"""The arrays that ngspice's compiled callbacks share: filled before a run, read after it.

The table of integers comes first. It holds numbers and the addresses of the other arrays; what each
slot means is in `callbacks`, with the code that reads it.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import DesignError
from hwkit.model.experts import NEGLIGIBLE
from hwkit.spice import callbacks as slots
from hwkit.spice.crossbar import Crossbar
from hwkit.spice.experts import ExpertCrossbar

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Mailbox:
    """What the callbacks read and write. Holds every array alive as long as ngspice may use it."""

    table: IntArray
    numbers: FloatArray
    arrays: dict[int, FloatArray | IntArray]

    @classmethod
    def empty(cls) -> "Mailbox":
        """Return a mailbox that makes the callbacks do nothing."""
        table = np.zeros(slots.SIZE, dtype=np.int64)
        numbers = np.zeros(slots.NUMBERS)
        table[slots.NUMBERS_AT] = numbers.ctypes.data
        return cls(table, numbers, {})

    @property
    def address(self) -> int:
        """Address to hand to ngspice as its user data."""
        return int(self.table.ctypes.data)

    @property
    def reached(self) -> float:
        """Time of the last accepted point."""
        return float(self.numbers[slots.ACCEPTED])

    @property
    def end(self) -> float:
        """Time at which ngspice has to end the run, s."""
        return float(self.numbers[slots.END])

    @property
    def points(self) -> int:
        """Number of accepted points."""
        return int(self.table[slots.POINTS])

    def open(
        self,
        step: float,
        noise: FloatArray,
        start: FloatArray,
        saved_steps: IntArray,
        crossbar: Crossbar | ExpertCrossbar | None,
        dt: float = 1.0,
    ) -> FloatArray:
        """Get ready for one run and return the array that its saved states will fill.

        Args:
            step: length of a step, s.
            noise: mean current of each source over each step, (K, S >= N), A: those of the units
                first, then those that only bring in start charges.
            start: voltages of the units at time 0, (N,), V.
            saved_steps: which steps to keep, ascending, (T,).
            crossbar: what is beside the cells, or None if the netlist holds the couplings.
            dt: length of a step in model time, in which segments end.
        """
        (n_steps, n_sources), n = noise.shape, start.size
        states = np.full((saved_steps.size, n), np.nan)
        if saved_steps[0] == 0:
            states[0] = start
        watched = len(crossbar.watched()) if crossbar else 0
        self.numbers[slots.STEP], self.numbers[slots.ACCEPTED] = step, 0.0
        self.numbers[slots.ASKED] = -1.0
        # Half a step on, so that the last point is a whole step.
        self.numbers[slots.END] = (n_steps + 0.5) * step
        self.table[slots.N_UNITS], self.table[slots.N_STEPS] = n, n_steps
        self.table[slots.N_SOURCES], self.table[slots.N_WATCHED] = n_sources, watched
        self.table[slots.N_SAVED], self.table[slots.POINTS] = saved_steps.size, 0
        self._keep(slots.NOISE, np.ascontiguousarray(noise))
        self._keep(slots.CURRENT, np.zeros(n_sources))
        self._keep(slots.STATE, np.concatenate([start, np.zeros(watched)]))
        self._keep(slots.SLOTS, np.zeros(2 * (n + watched) + 1, dtype=np.int64))
        self._keep(slots.SAVED_STEPS, np.ascontiguousarray(saved_steps, dtype=np.int64))
        self._keep(slots.STATES, states)
        self.table[slots.HAS_CROSSBAR] = slots.NONE
        if isinstance(crossbar, Crossbar):
            self._keep_matrix(crossbar, start)
        elif crossbar is not None:
            self._keep_experts(crossbar, start, dt)
        return states

    def _keep_matrix(self, crossbar: Crossbar, start: FloatArray) -> None:
        self.table[slots.HAS_CROSSBAR] = slots.MATRIX
        self.numbers[slots.SATURATION] = crossbar.saturation
        self.numbers[slots.SHIFT] = crossbar.shift
        self._keep(slots.CROSSBAR, np.ascontiguousarray(crossbar.conductance))
        self._keep(slots.OFFSET, np.ascontiguousarray(crossbar.offset))
        self._keep(slots.DRIVEN, np.zeros(start.size))
        self._keep(slots.FIELD, crossbar.current(start))
        self._keep_curves(crossbar)

    def _keep_curves(self, crossbar: Crossbar) -> None:
        """Lay out the curved terms: matrices, knots (value and slope), first knot and distance."""
        curves = [term.curve for term in crossbar.curved]
        self.table[slots.STRAIGHT] = bool(np.any(crossbar.conductance))
        self.table[slots.N_CURVES] = len(curves)
        if not curves:
            return
        if len({curve.values.size for curve in curves}) > 1:
            raise DesignError("crossbar: its curves must have the same number of knots")
        self.table[slots.N_KNOTS] = curves[0].values.size
        knots = [np.stack([curve.values, curve.slopes], axis=1) for curve in curves]
        self._keep(slots.MATRICES, np.stack([term.matrix for term in crossbar.curved]))
        self._keep(slots.KNOTS, np.stack(knots))
        self._keep(slots.RANGES, np.array([(curve.first, curve.step) for curve in curves]))

    def _keep_experts(self, crossbar: ExpertCrossbar, start: FloatArray, dt: float) -> None:
        made = _tables(crossbar, dt)
        self.table[slots.HAS_CROSSBAR] = slots.EXPERTS
        self.numbers[slots.VOLT], self.numbers[slots.AMPERE] = crossbar.volt, crossbar.ampere
        self.numbers[slots.LEAST_WEIGHT] = NEGLIGIBLE
        self.table[slots.N_SEGMENTS] = len(made.segments)
        self._keep(slots.SEGMENTS, made.segments)
        self._keep(slots.GROUPS, made.groups)
        self._keep(slots.FIELD, crossbar.current(start))
        for number, array in enumerate(made.arrays, start=slots.SIZE):
            self.arrays[number] = array  # alive as long as the run

    def place(self, ends: list[tuple[int, int]], time_slot: int) -> None:
        """Tell where in ngspice's vectors both ends of each unit and the time are."""
        self.arrays[slots.SLOTS][:] = [*(a for a, _ in ends), *(b for _, b in ends), time_slot]

    def close(self) -> None:
        """Make the callbacks do nothing again."""
        self.table[slots.NOISE] = 0
        self.arrays.clear()

    def _keep(self, slot: int, array: FloatArray | IntArray) -> None:
        self.arrays[slot] = array
        self.table[slot] = array.ctypes.data


@dataclass(frozen=True, eq=False)
class _ExpertTables:
    """An ExpertCrossbar as arrays that compiled code reads; rows hold numbers and addresses.

    Attributes:
        segments: end step, address of J and b, first group and number of groups, (S, 5).
        groups: experts, reads, drives, place of the first weight (-1: gate outside), addresses of
            reads, drives, w, c, b, J (0: none), and of room for the weights, (G, 11).
        arrays: what the addresses point to.
    """

    segments: IntArray
    groups: IntArray
    arrays: tuple[Any, ...]


def _tables(crossbar: ExpertCrossbar, step: float) -> _ExpertTables:
    """Return the tables of a crossbar at a step in model time."""
    held: list[Any] = []

    def address(array: NDArray[Any] | None, dtype: type) -> int:
        if array is None:
            return 0
        held.append(np.ascontiguousarray(array, dtype=dtype))
        return int(held[-1].ctypes.data)

    segments, place = [], 0
    groups: list[list[int]] = []
    ends = crossbar.ends or (np.inf,)
    for end, machine in zip(ends, crossbar.segments, strict=True):
        last = np.iinfo(np.int64).max if end == np.inf else round(end / step)
        first = len(groups)
        for group in machine.groups:
            reads, drives = (
                np.arange(count) if units is None else units
                for units, count in ((group.reads, group.n_reads), (group.drives, group.n_drives))
            )
            arrays = ((reads, np.int64), (drives, np.int64), (group.w, np.float64),
                      (group.c, np.float64), (group.b, np.float64), (group.J, np.float64),
                      (np.zeros(group.n_experts), np.float64))  # fmt: skip
            counts = (group.n_experts, group.n_reads, group.n_drives)
            seen = place if crossbar.weights else -1
            groups.append([*counts, seen, *(address(*each) for each in arrays)])
            place += group.n_experts
        own = (address(machine.J, np.float64), address(machine.b, np.float64))
        segments.append([last, *own, first, len(groups) - first])
    return _ExpertTables(
        np.array(segments, dtype=np.int64).reshape(-1, slots.SEGMENT_COLUMNS),
        np.array(groups, dtype=np.int64).reshape(-1, slots.GROUP_COLUMNS),
        tuple(held),
    )
