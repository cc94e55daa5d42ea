"""The semi-implicit step of `fast` in double precision, for saturating couplings and clamps too.

    r  = -h (b + A_off z_k + d z_k + f(z_k) + s(z_k)) + kick
    z' = z_k + r / (1 + h d + h f'(z_k))

s are the currents of saturating couplings, g s tanh((v_j - offset)/s), taken explicitly as all
couplings are; a supply clamp, g (v -+ V) beyond V, is part of f. Both are for units against ground.
This is the reference of what marches the same circuit elsewhere in double precision.
"""

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from hwkit.twin.circuit import GROUND, Circuit, IndexArray, Nonlinear
from hwkit.twin.fast import CUBIC, DIODES, ExplicitStepError, Reduced
from hwkit.twin.system import System

FloatArray = NDArray[np.float64]

_VOLTAGE, _NUMBER = ("voltage", 0), "number"
SATURATING = (
    "*",
    ("*", (_NUMBER, 0), (_NUMBER, 1)),
    ("tanh", ("/", ("-", _VOLTAGE, (_NUMBER, 2)), (_NUMBER, 3))),
)
LIMITER = (
    "*",
    (_NUMBER, 0),
    (
        "+",
        ("max", ("-", _VOLTAGE, (_NUMBER, 1)), (_NUMBER, 2)),
        ("min", ("+", _VOLTAGE, (_NUMBER, 3)), (_NUMBER, 4)),
    ),
)


@dataclass(frozen=True, eq=False)
class Split:
    """A circuit apart from its saturating couplings and its clamps."""

    plain: Circuit
    saturating: tuple[Nonlinear, ...]
    limiters: tuple[Nonlinear, ...]


def split(circuit: Circuit) -> Split:
    """Return a circuit apart from its saturating couplings and its clamps."""
    groups = circuit.nonlinear
    saturating = tuple(group for group in groups if group.template == SATURATING)
    limiters = tuple(group for group in groups if group.template == LIMITER)
    rest = tuple(group for group in groups if group not in (*saturating, *limiters))
    return Split(replace(circuit, nonlinear=rest), saturating, limiters)


@dataclass(frozen=True, eq=False)
class Limits:
    """Saturating couplings and clamps of one board, per step and in units of x.

    Attributes:
        into: sums couplings into rows, (R, couplings), sparse.
        control: row that drives each coupling, (couplings,).
        rate, volt, offset: h g / C, s and offset of each coupling, (couplings,).
        clamp, limit: h g / C and V of each row's clamp, (R,); 0 where there is none.
    """

    into: sp.csr_array
    control: IndexArray
    rate: FloatArray
    volt: FloatArray
    offset: FloatArray
    clamp: FloatArray
    limit: FloatArray


def limits_of(parts: Split, equations: System, step: float, volt: float) -> Limits:
    """Return the saturating couplings and clamps of the first board of some equations.

    Args:
        parts: of the circuit.
        equations: of one board.
        step: s.
        volt: V per unit of x.

    Raises:
        ConfigError: if one is not against ground.
    """
    rate = step / np.diagonal(equations.capacitance[0])
    n, numbers = len(rate), equations.numbers[0]
    for group in (*parts.saturating, *parts.limiters):
        if np.any(group.ends[:, 1] != GROUND) or np.any(group.controls[:, 0, 1] != GROUND):
            raise ExplicitStepError("a saturating coupling or a clamp is not against ground")
    out = np.concatenate([g.ends[:, 0] for g in parts.saturating] or [np.zeros(0, np.intp)])
    control = [g.controls[:, 0, 0] for g in parts.saturating] or [np.zeros(0, np.intp)]
    g, s, offset, _ = np.concatenate(
        [numbers[group.places] for group in parts.saturating] or [np.zeros((0, 4))]
    ).T
    into = sp.csr_array((np.ones(len(out)), (out, np.arange(len(out)))), shape=(n, len(out)))
    clamp, limit = np.zeros(n), np.zeros(n)
    for group in parts.limiters:
        clamp[group.ends[:, 0]], limit[group.ends[:, 0]] = numbers[group.places[:, :2]].T
    return Limits(
        into, np.concatenate(control), rate[out] * g, s / volt, offset / volt, rate * clamp,
        limit / volt,
    )  # fmt: skip


def march_double(
    own: Reduced,
    limits: Limits,
    normals: FloatArray,
    x: FloatArray,
    slots: NDArray[np.intp],
    out: FloatArray,
) -> None:
    """March one board over some steps.

    Args:
        own: the board, in double precision.
        limits: its saturating couplings and clamps.
        normals: (steps, sources, paths).
        x: state, (R, paths); changed in place.
        slots: where the state after each step goes in `out`, -1 for nowhere, (steps,).
        out: (slots, R, paths).
    """
    cubic, diodes = own.kinds == CUBIC, own.kinds == DIODES
    paired = (own.partner >= 0) & (cubic | diodes)
    held = limits.clamp > 0
    d, b, kick = own.linear[:, None], own.constant[:, None], own.kick[:, None]
    with np.errstate(over="ignore", invalid="ignore"):  # a board that runs away is reported
        for step, slot in enumerate(slots):
            current, slope = _elements(own, cubic, diodes, x)
            field = own.couplings @ x
            if limits.control.size:
                field -= _saturating(limits, x)
            field[own.partner[paired]] -= own.leak[paired, None] * current[paired]
            if held.any():
                value, edge = x[held], limits.limit[held, None]
                beyond = np.maximum(value - edge, 0) + np.minimum(value + edge, 0)
                current[held] += limits.clamp[held, None] * beyond
                slope[held] += limits.clamp[held, None] * (np.abs(value) > edge)
            change = field + b + kick * normals[step, own.source] - d * x - current
            x += change / (1 + d + slope)
            if slot >= 0:
                out[slot] = x


def _elements(
    own: Reduced, cubic: NDArray[np.bool_], diodes: NDArray[np.bool_], x: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return current and slope of each row's element, per step, (R, paths) each."""
    current, slope = np.zeros_like(x), np.zeros_like(x)
    square = own.element[cubic, :1] * x[cubic] ** 2
    current[cubic], slope[cubic] = square * x[cubic], 3 * square
    a, b, r = own.element[diodes].T[:, :, None]
    grown = np.exp(r * x[diodes])
    up, down = a * grown, b / grown
    current[diodes], slope[diodes] = up - a - down + b, r * (up + down)
    return current, slope


def _saturating(limits: Limits, x: FloatArray) -> FloatArray:
    s, offset = limits.volt[:, None], limits.offset[:, None]
    currents = limits.rate[:, None] * s * np.tanh((x[limits.control] - offset) / s)
    return np.asarray(limits.into @ currents)
