"""Compiled Euler-Maruyama steps for quartic machines, many runs side by side.

    x_i <- x_i + [ sqrt(2 mu kT) dW_i - mu dt (sum_j J_ij x_j + b_i + 2 J2_i x_i + 4 J4_i x_i^3) ]

States are (units, runs), runs next to each other: one row is what the compiler vectorises over, and
a product with J works on whole rows. `signal` holds the states that enter the product: doubles, or
floats of half the size; x itself and all sums but that of the product are doubles. Nothing is
reordered: the same bits as the plain loop in numpy, up to the product's rounding.
"""

import numpy as np
import scipy.linalg.cython_blas  # noqa: F401  what np.dot compiles to; loaded before BLAS is limited

from hwkit.compiling import kept, numba


@kept(numba.njit, nogil=True)
def march_blocks(  # type: ignore[no-untyped-def]
    x, signal, field, upper, lower, spans, units, scales, noise, slots, out
):
    """Go through the steps of `noise` with a dense J that is cut into two groups of rows.

    Args:
        x: states (N, R), changed in place.
        signal, field: room of the same shape, in the precision of the product; signal is x.
        upper, lower: the groups' rows of J, without columns that are all zero.
        spans: first and last + 1 column of each group, (2, 2).
        units: b, 2 J2 and 4 J4 of each unit, (3, N).
        scales: mu dt, factor from noise to dW, and sqrt(2 mu kT).
        noise: (steps, N, R).
        slots: where each step's states are kept in out, or -1, (steps,).
        out: kept states (R, T, N).
    """
    cut = upper.shape[0]
    for k in range(noise.shape[0]):
        if upper.size:
            np.dot(upper, signal[spans[0, 0] : spans[0, 1]], field[:cut])
        if lower.size:
            np.dot(lower, signal[spans[1, 0] : spans[1, 1]], field[cut:])
        for i in range(x.shape[0]):
            _move(x[i], field[i], signal[i], units[:, i], scales, noise[k, i])
        _keep(x, slots[k], out)


@kept(numba.njit, nogil=True)
def march_rows(  # type: ignore[no-untyped-def]
    x, signal, other, starts, columns, values, units, scales, noise, slots, out
):
    """Go through the steps of `noise` with J in CSR form.

    Args:
        x, signal, units, scales, noise, slots, out: as for `march_blocks`.
        other: room for the next signal, (N, R); after an odd number of steps it holds the last one.
        starts, columns, values: J as scipy's indptr (N + 1,), indices and data (non-zeros,).
    """
    field = np.empty(x.shape[1], dtype=signal.dtype)
    for k in range(noise.shape[0]):
        for i in range(x.shape[0]):
            _gather(signal, columns, values, starts[i], starts[i + 1], field)
            _move(x[i], field, other[i], units[:, i], scales, noise[k, i])
        signal, other = other, signal
        _keep(x, slots[k], out)


@numba.njit(inline="always")
def _move(x, field, signal, unit, scales, noise):  # type: ignore[no-untyped-def]
    bias, linear, cubic = unit[0], unit[1], unit[2]
    rate, root, amplitude = scales[0], scales[1], scales[2]
    for r in range(x.size):
        now = x[r]
        drift = field[r] + bias + now * (linear + cubic * (now * now))
        after = now + (root * noise[r] * amplitude - drift * rate)
        x[r] = after
        signal[r] = after


@numba.njit(inline="always", fastmath={"contract"})
def _gather(signal, columns, values, first, last, field):  # type: ignore[no-untyped-def]
    """Sum a row of J times the signal, four couplings at a time to save passes over the field."""
    field[:] = 0
    fours = first + (last - first) // 4 * 4
    for p in range(first, fours, 4):
        a, b, c, d = values[p], values[p + 1], values[p + 2], values[p + 3]
        sa, sb = signal[columns[p]], signal[columns[p + 1]]
        sc, sd = signal[columns[p + 2]], signal[columns[p + 3]]
        for r in range(field.size):
            field[r] += (a * sa[r] + b * sb[r]) + (c * sc[r] + d * sd[r])
    for p in range(fours, last):
        a, sa = values[p], signal[columns[p]]
        for r in range(field.size):
            field[r] += a * sa[r]


@numba.njit(nogil=True)
def _keep(x, slot, out):  # type: ignore[no-untyped-def]
    if slot < 0:
        return
    for i in range(x.shape[0]):
        for r in range(x.shape[1]):
            out[r, slot, i] = x[i, r]
