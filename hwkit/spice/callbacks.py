"""Compiled callbacks: ngspice asks for source currents and time steps, and hands over its states.

All three share one `Mailbox`, arrays whose addresses travel through ngspice's user-data pointer.
Everything in here runs inside ngspice's time loop, millions of times a second.

Time grid. ngspice asks for the next step (GetSyncData); we answer with what leads to the next point
of our own grid, so every accepted point lies on it, from the first step on. A step that ngspice
repeats after a failed solve keeps the shorter length it proposes, and the next one returns to the
grid. The run ends half a step behind the last grid point, and no answer leads beyond: ngspice 44
and 46 cut such a step just short of the end and then never reach it.

Noise. The current of a source over a step from a to b is its Wiener path's (W(b) - W(a)) / (b - a),
whatever the step: a staircase read at b would be wrong for any other step than ours.

Mixed level. After every accepted point the crossbar's currents are computed from the states just
handed over and enter with the noise at the next one. Gated machines have experts in its place
(`experts`), whose weights are further voltages that ngspice hands over.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwkit.compiling import kept, numba
from hwkit.errors import DesignError
from hwkit.model.experts import NEGLIGIBLE
from hwkit.spice.crossbar import Crossbar
from hwkit.spice.experts import ExpertCrossbar, tables

FloatArray = NDArray[np.float64]

types, cgutils, intrinsic = numba.types, numba.core.cgutils, numba.extending.intrinsic
carray = numba.np.numpy_support.carray

# Slots of the table of integers that starts the mailbox.
_N_UNITS, _N_STEPS, _N_SAVED, _POINTS, _HAS_CROSSBAR = range(5)
_NUMBERS_AT, _NOISE, _CURRENT, _STATE, _SLOTS, _SAVED_STEPS, _STATES = range(5, 12)
_CROSSBAR, _OFFSET, _DRIVEN, _FIELD, _N_SOURCES = range(12, 17)
_SEGMENTS, _GROUPS, _N_SEGMENTS, _N_WATCHED = range(17, 21)
_STRAIGHT, _N_CURVES, _N_KNOTS, _MATRICES, _KNOTS, _RANGES = range(21, 27)
_SIZE = 27

_SEGMENT_COLUMNS, _GROUP_COLUMNS = 5, 11
_NONE, _MATRIX, _EXPERTS = range(3)  # what is beside the cells

# Slots of the numbers.
_STEP, _ACCEPTED, _ASKED, _END, _SATURATION, _SHIFT, _VOLT, _AMPERE = range(8)
_NUMBERS = 8

GROUND, MISSING = -1, -2  # in place of the position of a node in ngspice's vectors

_ON_GRID = 1e-6  # of a step: a time this close to a grid point is on it
_BELOW = 1 - 1e-15  # a few units in the last place, which ngspice takes for equal


def _to_pointer(typing_context, address):  # type: ignore[no-untyped-def]
    """Turn an integer address into a pointer that `carray` takes."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        return builder.inttoptr(arguments[0], cgutils.voidptr_t)

    return types.voidptr(types.intp), generate


_pointer: Any = intrinsic(_to_pointer)  # called with what numba passes, not as written above
_array: Any = types.CPointer


@numba.njit(inline="always")
def _floats(address, n):  # type: ignore[no-untyped-def]
    return carray(_pointer(address), (n,), np.float64)


@numba.njit(inline="always")
def _integers(address, n):  # type: ignore[no-untyped-def]
    return carray(_pointer(address), (n,), np.int64)


@numba.njit
def _fill_currents(mail, start, end):  # type: ignore[no-untyped-def]
    """Average the noise path over the step and add what the crossbar sends."""
    n, n_steps = mail[_N_SOURCES], mail[_N_STEPS]
    step = _floats(mail[_NUMBERS_AT], _NUMBERS)[_STEP]
    current = _floats(mail[_CURRENT], n)
    current[:] = 0.0
    first = min(max(int(start / step + _ON_GRID), 0), n_steps - 1)
    last = min(max(int(np.ceil(end / step - _ON_GRID)), first + 1), n_steps)
    total = 0.0
    for k in range(first, last):
        share = max(min(end, (k + 1) * step) - max(start, k * step), 0.0)
        if last == first + 1:
            share = 1.0
        total += share
        row = _floats(mail[_NOISE] + 8 * k * n, n)
        for i in range(n):
            current[i] += share * row[i]
    for i in range(n):
        current[i] /= total
    if mail[_HAS_CROSSBAR]:
        field = _floats(mail[_FIELD], mail[_N_UNITS])
        for i in range(mail[_N_UNITS]):
            current[i] -= field[i]


@numba.njit
def _index(name):  # type: ignore[no-untyped-def]
    """Read the number of a source from its name, such as `in12`."""
    text = carray(name, (16,), np.uint8)
    value = 0
    for position in range(2, 16):
        if text[position] < 48 or text[position] > 57:
            break
        value = 10 * value + (text[position] - 48)
    return value


@numba.njit
def _curve(knots, first, step, volt):  # type: ignore[no-untyped-def]
    """Return a `Curve` at a voltage, from values and slopes at its knots, (K, 2)."""
    place = (volt - first) / step
    knot = min(max(int(np.floor(place)), 0), len(knots) - 2)
    t = min(max(place - knot, 0.0), 1.0)
    a, b = knots[knot, 0], knots[knot + 1, 0]
    p, q = step * knots[knot, 1], step * knots[knot + 1, 1]
    inside = a + t * (p + t * (3 * (b - a) - 2 * p - q + t * (2 * (a - b) + p + q)))
    beyond = place - knot - t
    return inside + beyond * (p if beyond < 0 else q)


@numba.njit
def _drive_crossbar(mail, state):  # type: ignore[no-untyped-def]
    """Compute the current that the crossbar draws from each node in this state."""
    n = mail[_N_UNITS]
    numbers = _floats(mail[_NUMBERS_AT], _NUMBERS)
    saturation = numbers[_SATURATION]
    driven = _floats(mail[_DRIVEN], n)
    driven[:] = state - numbers[_SHIFT]
    if np.isfinite(saturation):
        driven[:] = saturation * np.tanh(driven / saturation)
    field = _floats(mail[_FIELD], n)
    field[:] = _floats(mail[_OFFSET], n)
    if mail[_STRAIGHT]:
        matrix = carray(_pointer(mail[_CROSSBAR]), (n, n), np.float64)
        field += np.dot(matrix, driven)
    for k in range(mail[_N_CURVES]):
        matrix = carray(_pointer(mail[_MATRICES] + 8 * k * n * n), (n, n), np.float64)
        size = mail[_N_KNOTS]
        knots = carray(_pointer(mail[_KNOTS] + 16 * k * size), (size, 2), np.float64)
        place = _floats(mail[_RANGES] + 16 * k, 2)
        for i in range(n):
            driven[i] = _curve(knots, place[0], place[1], state[i])
        field += np.dot(matrix, driven)


@numba.njit
def _weigh(group, x, seen, volt):  # type: ignore[no-untyped-def]
    """Return the weights of a group's experts: as seen in the circuit, or of the equation."""
    n_experts, n_reads = group[0], group[1]
    p = _floats(group[10], n_experts)
    if len(seen):
        for r in range(n_experts):
            p[r] = seen[group[3] + r] / volt
        return p
    w = carray(_pointer(group[6]), (n_experts, n_reads), np.float64)
    p[:] = np.dot(w, x) + _floats(group[7], n_experts)
    p[:] = np.exp(p - p.max())
    p[:] = p / p.sum()
    return p


@numba.njit
def _add_experts(group, state, seen, volt, field):  # type: ignore[no-untyped-def]
    """Add what a group's experts draw from the units that it drives, in units of force."""
    n_experts, n_reads, n_drives = group[0], group[1], group[2]
    reads, drives = _integers(group[4], n_reads), _integers(group[5], n_drives)
    x = np.empty(n_reads)
    for k in range(n_reads):
        x[k] = state[reads[k]]
    p = _weigh(group, x, seen, volt)
    b = carray(_pointer(group[8]), (n_experts, n_drives), np.float64)
    drive = np.zeros(n_drives)
    for r in range(n_experts):
        if p[r] < NEGLIGIBLE:
            continue
        drive += p[r] * b[r]
        if group[9] != 0:
            at = group[9] + 8 * r * n_drives * n_reads
            drive += p[r] * np.dot(carray(_pointer(at), (n_drives, n_reads), np.float64), x)
    for k in range(n_drives):
        field[drives[k]] += drive[k]


@numba.njit
def _drive_experts(mail, state, seen, position):  # type: ignore[no-untyped-def]
    """Compute the current that experts draw from each node over the step after grid point."""
    n, numbers = mail[_N_UNITS], _floats(mail[_NUMBERS_AT], _NUMBERS)
    segments = carray(_pointer(mail[_SEGMENTS]), (mail[_N_SEGMENTS], _SEGMENT_COLUMNS), np.int64)
    k = 0
    while k + 1 < mail[_N_SEGMENTS] and position >= segments[k, 0]:
        k += 1
    x = state / numbers[_VOLT]
    J = carray(_pointer(segments[k, 1]), (n, n), np.float64)
    field = np.dot(J, x) + _floats(segments[k, 2], n)
    for g in range(segments[k, 3], segments[k, 3] + segments[k, 4]):
        group = _integers(mail[_GROUPS] + 8 * _GROUP_COLUMNS * g, _GROUP_COLUMNS)
        _add_experts(group, x, seen, numbers[_VOLT], field)
    _floats(mail[_FIELD], n)[:] = numbers[_AMPERE] * field


_CURRENT_SIGNATURE = types.int32(
    _array(types.float64), types.float64, types.voidptr, types.int32, types.voidptr
)


@kept(numba.cfunc, _CURRENT_SIGNATURE)
def source_current(target, time, name, identity, user):  # type: ignore[no-untyped-def]
    """GetISRCData: the current of one noise source at the time being solved for.

    Args:
        target: pointer to the current, A, which is written.
        time: s from the start of the run.
        name: pointer to the source's name.
        identity: which ngspice asks; not used.
        user: pointer to the mailbox.
    """
    mail = carray(user, (_SIZE,), np.int64)
    source = _index(name)
    result = carray(target, (1,))
    if mail[_NOISE] == 0 or source >= mail[_N_SOURCES]:
        result[0] = 0.0
        return 0
    times = _floats(mail[_NUMBERS_AT], _NUMBERS)
    if time != times[_ASKED]:
        _fill_currents(mail, times[_ACCEPTED], time)
        times[_ASKED] = time
    result[0] = _floats(mail[_CURRENT], mail[_N_SOURCES])[source]
    return 0


_STEP_SIGNATURE = types.int32(
    types.float64,
    _array(types.float64),
    types.float64,
    types.int32,
    types.int32,
    types.int32,
    types.voidptr,
)


@kept(numba.cfunc, _STEP_SIGNATURE)
def next_step(time, delta, old_delta, redo, identity, location, user):  # type: ignore[no-untyped-def]
    """GetSyncData: choose the step that leads to the next point of the grid.

    Args:
        time: s from the start of the run.
        delta: pointer to the step that ngspice proposes, s, which is written.
        old_delta: the step before, s; not used.
        redo: whether the step is repeated after a failed solve.
        identity, location: which ngspice asks, and from where; not used.
        user: pointer to the mailbox.
    """
    mail = carray(user, (_SIZE,), np.int64)
    if mail[_NOISE] != 0 and not redo:
        numbers = _floats(mail[_NUMBERS_AT], _NUMBERS)
        step = numbers[_STEP]
        target = (np.floor(time / step + _ON_GRID) + 1.0) * step
        carray(delta, (1,))[0] = min(target, numbers[_END] * _BELOW) - time
    return 0


@numba.njit(inline="always")
def _voltage(vectors, slot):  # type: ignore[no-untyped-def]
    if slot == GROUND:
        return 0.0
    return np.nan if slot == MISSING else _floats(vectors[slot], 2)[1]


_DATA_SIGNATURE = types.int32(types.voidptr, types.int32, types.int32, types.voidptr)


@kept(numba.cfunc, _DATA_SIGNATURE)
def accepted_point(data, count, identity, user):  # type: ignore[no-untyped-def]
    """SendData: keep the state of an accepted time point, and drive the crossbar with it."""
    mail = carray(user, (_SIZE,), np.int64)
    if mail[_NOISE] == 0:
        return 0
    n, every = mail[_N_UNITS], mail[_N_UNITS] + mail[_N_WATCHED]
    vectors = _integers(carray(data, (2,), np.int64)[1], count)
    slots = _integers(mail[_SLOTS], 2 * every + 1)  # of both ends of each voltage, then of the time
    times = _floats(mail[_NUMBERS_AT], _NUMBERS)
    voltages = _floats(mail[_STATE], every)
    for i in range(every):
        voltages[i] = _voltage(vectors, slots[i]) - _voltage(vectors, slots[every + i])
    state = voltages[:n]
    time = _voltage(vectors, slots[2 * every])
    times[_ACCEPTED] = time
    times[_ASKED] = -1.0
    mail[_POINTS] += 1
    step = times[_STEP]
    position = np.int64(np.rint(time / step))
    if abs(time / step - position) <= _ON_GRID:
        saved = _integers(mail[_SAVED_STEPS], mail[_N_SAVED])
        slot = np.searchsorted(saved, position)
        if slot < mail[_N_SAVED] and saved[slot] == position:
            _floats(mail[_STATES] + 8 * slot * n, n)[:] = state
    if mail[_HAS_CROSSBAR] == _MATRIX:
        _drive_crossbar(mail, state)
    elif mail[_HAS_CROSSBAR] == _EXPERTS:
        _drive_experts(mail, state, voltages[n:], position)
    return 0


@dataclass(frozen=True, eq=False)
class Mailbox:
    """What the callbacks read and write. Holds every array alive as long as ngspice may use it."""

    table: NDArray[np.int64]
    times: FloatArray
    arrays: dict[int, NDArray[np.float64] | NDArray[np.int64]]

    @classmethod
    def empty(cls) -> "Mailbox":
        """Return a mailbox that makes the callbacks do nothing."""
        table = np.zeros(_SIZE, dtype=np.int64)
        times = np.zeros(_NUMBERS)
        table[_NUMBERS_AT] = times.ctypes.data
        return cls(table, times, {})

    @property
    def address(self) -> int:
        """Address to hand to ngspice as its user data."""
        return int(self.table.ctypes.data)

    @property
    def reached(self) -> float:
        """Time of the last accepted point."""
        return float(self.times[_ACCEPTED])

    @property
    def end(self) -> float:
        """Time at which ngspice has to end the run, s."""
        return float(self.times[_END])

    @property
    def points(self) -> int:
        """Number of accepted points."""
        return int(self.table[_POINTS])

    def open(
        self,
        step: float,
        noise: FloatArray,
        start: FloatArray,
        saved_steps: NDArray[np.int64],
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
        matrix = crossbar if isinstance(crossbar, Crossbar) else None
        experts = crossbar if isinstance(crossbar, ExpertCrossbar) else None
        bent = (matrix.saturation, matrix.shift) if matrix else (np.inf, 0.0)
        units = (experts.volt, experts.ampere) if experts else (1.0, 1.0)
        # Half a step on, so that the last point is a whole step.
        self.times[:] = (step, 0.0, -1.0, (n_steps + 0.5) * step, *bent, *units)
        self.table[[_N_UNITS, _N_STEPS, _N_SAVED, _POINTS]] = n, n_steps, saved_steps.size, 0
        self.table[_N_SOURCES] = n_sources
        self._keep(_NOISE, np.ascontiguousarray(noise))
        self._keep(_CURRENT, np.zeros(n_sources))
        watched = len(experts.weights) if experts else 0
        self.table[_N_WATCHED] = watched
        self._keep(_STATE, np.concatenate([start, np.zeros(watched)]))
        self._keep(_SLOTS, np.zeros(2 * (n + watched) + 1, dtype=np.int64))
        self._keep(_SAVED_STEPS, np.ascontiguousarray(saved_steps, dtype=np.int64))
        self._keep(_STATES, states)
        self.table[_HAS_CROSSBAR] = _NONE
        if matrix is not None:
            self._keep_matrix(matrix, start)
        elif experts is not None:
            self._keep_experts(experts, start, dt)
        return states

    def _keep_matrix(self, crossbar: Crossbar, start: FloatArray) -> None:
        self.table[_HAS_CROSSBAR] = _MATRIX
        self._keep(_CROSSBAR, np.ascontiguousarray(crossbar.conductance))
        self._keep(_OFFSET, np.ascontiguousarray(crossbar.offset))
        self._keep(_DRIVEN, np.zeros(start.size))
        self._keep(_FIELD, crossbar.current(start))
        self._keep_curves(crossbar)

    def _keep_curves(self, crossbar: Crossbar) -> None:
        """Lay out the curved terms: matrices, knots (value and slope), first knot and distance."""
        curves = [term.curve for term in crossbar.curved]
        self.table[_STRAIGHT] = bool(np.any(crossbar.conductance))
        self.table[_N_CURVES] = len(curves)
        if not curves:
            return
        if len({curve.values.size for curve in curves}) > 1:
            raise DesignError("crossbar: its curves must have the same number of knots")
        self.table[_N_KNOTS] = curves[0].values.size
        knots = [np.stack([curve.values, curve.slopes], axis=1) for curve in curves]
        self._keep(_MATRICES, np.stack([term.matrix for term in crossbar.curved]))
        self._keep(_KNOTS, np.stack(knots))
        self._keep(_RANGES, np.array([(curve.first, curve.step) for curve in curves]))

    def _keep_experts(self, crossbar: ExpertCrossbar, start: FloatArray, dt: float) -> None:
        made = tables(crossbar, dt)
        self.table[_HAS_CROSSBAR] = _EXPERTS
        self.table[_N_SEGMENTS] = len(made.segments)
        self._keep(_SEGMENTS, made.segments)
        self._keep(_GROUPS, made.groups)
        self._keep(_FIELD, crossbar.current(start))
        for number, array in enumerate(made.arrays, start=_SIZE):
            self.arrays[number] = array  # alive as long as the run

    def place(self, ends: list[tuple[int, int]], time_slot: int) -> None:
        """Tell where in ngspice's vectors both ends of each unit and the time are."""
        self.arrays[_SLOTS][:] = [*(a for a, _ in ends), *(b for _, b in ends), time_slot]

    def close(self) -> None:
        """Make the callbacks do nothing again."""
        self.table[_NOISE] = 0
        self.arrays.clear()

    def _keep(self, slot: int, array: NDArray[np.float64] | NDArray[np.int64]) -> None:
        self.arrays[slot] = array
        self.table[slot] = array.ctypes.data
