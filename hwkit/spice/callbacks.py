"""Compiled callbacks: ngspice asks for source currents and time steps, and hands over its states.

All three share one `Mailbox`, arrays whose addresses travel through ngspice's user-data pointer.
Everything in here runs inside ngspice's time loop, millions of times a second. Numba keeps what it
compiled until this file changes, whatever changes elsewhere: the compiled code takes no function
and no constant from other files.

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

from typing import Any

import numpy as np

from hwkit.compiling import kept, numba

types, cgutils, intrinsic = numba.types, numba.core.cgutils, numba.extending.intrinsic
carray = numba.np.numpy_support.carray

# Slots of the table of integers that starts the mailbox.
N_UNITS, N_STEPS, N_SAVED, POINTS, HAS_CROSSBAR = range(5)
NUMBERS_AT, NOISE, CURRENT, STATE, SLOTS, SAVED_STEPS, STATES = range(5, 12)
CROSSBAR, OFFSET, DRIVEN, FIELD, N_SOURCES = range(12, 17)
SEGMENTS, GROUPS, N_SEGMENTS, N_WATCHED = range(17, 21)
STRAIGHT, N_CURVES, N_KNOTS, MATRICES, KNOTS, RANGES = range(21, 27)
SIZE = 27

SEGMENT_COLUMNS, GROUP_COLUMNS = 5, 11
NONE, MATRIX, EXPERTS = range(3)  # what is beside the cells

# Slots of the numbers.
STEP, ACCEPTED, ASKED, END, SATURATION, SHIFT, VOLT, AMPERE, LEAST_WEIGHT = range(9)
NUMBERS = 9

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
    n, n_steps = mail[N_SOURCES], mail[N_STEPS]
    step = _floats(mail[NUMBERS_AT], NUMBERS)[STEP]
    current = _floats(mail[CURRENT], n)
    current[:] = 0.0
    first = min(max(int(start / step + _ON_GRID), 0), n_steps - 1)
    last = min(max(int(np.ceil(end / step - _ON_GRID)), first + 1), n_steps)
    total = 0.0
    for k in range(first, last):
        share = max(min(end, (k + 1) * step) - max(start, k * step), 0.0)
        if last == first + 1:
            share = 1.0
        total += share
        row = _floats(mail[NOISE] + 8 * k * n, n)
        for i in range(n):
            current[i] += share * row[i]
    for i in range(n):
        current[i] /= total
    if mail[HAS_CROSSBAR]:
        field = _floats(mail[FIELD], mail[N_UNITS])
        for i in range(mail[N_UNITS]):
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
    n = mail[N_UNITS]
    numbers = _floats(mail[NUMBERS_AT], NUMBERS)
    saturation = numbers[SATURATION]
    driven = _floats(mail[DRIVEN], n)
    driven[:] = state - numbers[SHIFT]
    if np.isfinite(saturation):
        driven[:] = saturation * np.tanh(driven / saturation)
    field = _floats(mail[FIELD], n)
    field[:] = _floats(mail[OFFSET], n)
    if mail[STRAIGHT]:
        matrix = carray(_pointer(mail[CROSSBAR]), (n, n), np.float64)
        field += np.dot(matrix, driven)
    for k in range(mail[N_CURVES]):
        matrix = carray(_pointer(mail[MATRICES] + 8 * k * n * n), (n, n), np.float64)
        size = mail[N_KNOTS]
        knots = carray(_pointer(mail[KNOTS] + 16 * k * size), (size, 2), np.float64)
        place = _floats(mail[RANGES] + 16 * k, 2)
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
def _add_experts(group, state, seen, volt, least, field):  # type: ignore[no-untyped-def]
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
        if p[r] < least:
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
    n, numbers = mail[N_UNITS], _floats(mail[NUMBERS_AT], NUMBERS)
    segments = carray(_pointer(mail[SEGMENTS]), (mail[N_SEGMENTS], SEGMENT_COLUMNS), np.int64)
    k = 0
    while k + 1 < mail[N_SEGMENTS] and position >= segments[k, 0]:
        k += 1
    x = state / numbers[VOLT]
    J = carray(_pointer(segments[k, 1]), (n, n), np.float64)
    field = np.dot(J, x) + _floats(segments[k, 2], n)
    for g in range(segments[k, 3], segments[k, 3] + segments[k, 4]):
        group = _integers(mail[GROUPS] + 8 * GROUP_COLUMNS * g, GROUP_COLUMNS)
        _add_experts(group, x, seen, numbers[VOLT], numbers[LEAST_WEIGHT], field)
    _floats(mail[FIELD], n)[:] = numbers[AMPERE] * field


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
    mail = carray(user, (SIZE,), np.int64)
    source = _index(name)
    result = carray(target, (1,))
    if mail[NOISE] == 0 or source >= mail[N_SOURCES]:
        result[0] = 0.0
        return 0
    times = _floats(mail[NUMBERS_AT], NUMBERS)
    if time != times[ASKED]:
        _fill_currents(mail, times[ACCEPTED], time)
        times[ASKED] = time
    result[0] = _floats(mail[CURRENT], mail[N_SOURCES])[source]
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
    mail = carray(user, (SIZE,), np.int64)
    if mail[NOISE] != 0 and not redo:
        numbers = _floats(mail[NUMBERS_AT], NUMBERS)
        step = numbers[STEP]
        target = (np.floor(time / step + _ON_GRID) + 1.0) * step
        carray(delta, (1,))[0] = min(target, numbers[END] * _BELOW) - time
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
    mail = carray(user, (SIZE,), np.int64)
    if mail[NOISE] == 0:
        return 0
    n, every = mail[N_UNITS], mail[N_UNITS] + mail[N_WATCHED]
    vectors = _integers(carray(data, (2,), np.int64)[1], count)
    slots = _integers(mail[SLOTS], 2 * every + 1)  # of both ends of each voltage, then of the time
    times = _floats(mail[NUMBERS_AT], NUMBERS)
    voltages = _floats(mail[STATE], every)
    for i in range(every):
        voltages[i] = _voltage(vectors, slots[i]) - _voltage(vectors, slots[every + i])
    state = voltages[:n]
    time = _voltage(vectors, slots[2 * every])
    times[ACCEPTED] = time
    times[ASKED] = -1.0
    mail[POINTS] += 1
    step = times[STEP]
    position = np.int64(np.rint(time / step))
    if abs(time / step - position) <= _ON_GRID:
        saved = _integers(mail[SAVED_STEPS], mail[N_SAVED])
        slot = np.searchsorted(saved, position)
        if slot < mail[N_SAVED] and saved[slot] == position:
            _floats(mail[STATES] + 8 * slot * n, n)[:] = state
    if mail[HAS_CROSSBAR] == MATRIX:
        _drive_crossbar(mail, state)
    elif mail[HAS_CROSSBAR] == EXPERTS:
        _drive_experts(mail, state, voltages[n:], position)
    return 0
