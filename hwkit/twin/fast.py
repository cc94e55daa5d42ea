"""Semi-implicit Euler in single precision, for cells that are coupled linearly.

Coordinates z are node voltages over V0; of two rails with an element between them, difference and
mean. With A = C^-1 G in these coordinates, d its diagonal and f the current of the elements at z:

    r  = -h (b + A_off z_k + d z_k + f(z_k)) + kick        z' = z_k + r / (1 + h d + h f'(z_k))

d and f are taken implicitly (one Newton step, so the method is linearly implicit), the rest of A
explicitly: order 1. Per board and step one product of an (M x M) with an (M x paths) matrix, then
one pass over the states. Where the mean of the rails is not driven by anything, it is left out. All
boards see the same noise: it is drawn once. The states of a coordinate's paths lie side by side, so
the inner loop has one coefficient of each kind. Below -3 n V_T ngspice's diodes carry 5e-5 I_s less
than the exponential that is taken here.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwkit.compiling import kept, numba
from hwkit.errors import ConfigError
from hwkit.ordering import largest_of_rows
from hwkit.twin.circuit import GROUND, JUNCTION, Circuit
from hwkit.twin.expression import cubic_coefficient
from hwkit.twin.system import System

FloatArray = NDArray[np.float64]
SingleArray = NDArray[np.float32]
RealArray = SingleArray | FloatArray
IndexArray = NDArray[np.intp]

LANES = 16  # path counts are padded to whole vectors
LINEAR, CUBIC, DIODES = 0, 1, 2  # kinds of rows
_UNDRIVEN = 1e-12  # relative size of what moves the mean of two rails that is still rounding


@dataclass(frozen=True, eq=False)
class Layout:
    """Coordinates of a circuit.

    Attributes:
        pairs: rails with elements between them, (P, 2); rows of their difference and their mean.
        to_nodes: coordinates -> node voltages, (M, M).
        from_nodes: its inverse.
        kinds: of each row's element, (M,).
    """

    pairs: IndexArray
    to_nodes: FloatArray
    from_nodes: FloatArray
    kinds: NDArray[np.int64]


def layout(circuit: Circuit, sources: FloatArray) -> Layout:
    """Return the coordinates in which a circuit can be marched in this way.

    `sources`: current into each node from each noise source, as `incidence`, (M, N).

    Raises:
        ConfigError: if it can't, saying why.
    """
    n = circuit.n_nodes
    ends = [group.ends for group in circuit.nonlinear] + [circuit.noise[: sources.shape[1]]]
    between = np.concatenate([e[np.all(e != GROUND, axis=1)] for e in ends])
    pairs = np.unique(np.sort(between, axis=1), axis=0)
    if len(np.unique(pairs)) != pairs.size:
        raise ExplicitStepError("a node belongs to two pairs of rails")
    to_nodes = np.eye(n)
    plus, minus = pairs.T
    to_nodes[plus, plus], to_nodes[plus, minus] = 0.5, 1.0
    to_nodes[minus, plus], to_nodes[minus, minus] = -0.5, 1.0
    kinds = np.zeros(n, dtype=np.int64)
    for group in circuit.nonlinear:
        if np.any(group.controls.shape[1] != 1) or np.any(group.controls[:, 0] != group.ends):
            raise ExplicitStepError("a current is controlled from elsewhere")
        kind = DIODES if group.template == JUNCTION else CUBIC
        if kind == CUBIC and cubic_coefficient(group.template) is None:
            raise ExplicitStepError("a nonlinear element is neither cubic nor a diode")
        rows = np.where(np.any(group.ends == GROUND, axis=1), group.ends.max(1), group.ends.min(1))
        if np.any((kinds[rows] != LINEAR) & (kinds[rows] != kind)):
            raise ExplicitStepError("a node has nonlinear elements of two kinds")
        kinds[rows] = kind
    if np.any(np.count_nonzero(sources, axis=1) > 1):
        raise ExplicitStepError("a node has two sources of noise")
    from_nodes = np.asarray(np.linalg.inv(to_nodes), dtype=np.float64)
    return Layout(pairs, to_nodes, from_nodes, kinds)


class ExplicitStepError(ConfigError):
    """The semi-implicit step can't take a design; its only argument says why."""

    @property
    def reason(self) -> str:
        """Why not, without the remedy."""
        return str(self.args[0])

    def __str__(self) -> str:
        return f"the fast twin can't take this design: {self.reason}; use mode 'implicit'"


def check_capacitors(circuit: Circuit) -> None:
    """Refuse circuits whose nodes don't have a capacitor to ground each, and no others.

    Raises:
        ConfigError: naming the node.
    """
    if circuit.n_branches:
        raise ExplicitStepError("it has inductors or voltage sources")
    ends = circuit.capacitors.ends[:, :2]
    if np.any(np.all(ends != GROUND, axis=1)):
        raise ExplicitStepError("a capacitor lies between two nodes")
    without = set(range(circuit.n_nodes)) - set(ends.max(axis=1).tolist())
    if without:
        raise ExplicitStepError(f"node {circuit.nodes[min(without)]!r} has no capacitor")


@dataclass(frozen=True, eq=False)
class Reduced:
    """One board, per step h, in the precision of its march; rows are the coordinates kept.

    Attributes:
        rows: kept coordinates, (R,).
        couplings: -h A without its diagonal, (R, R).
        linear, constant: h d, -h b, (R,).
        element: of each row's element, (R, 3): h q; or h a, h b, V0 / (n V_T) of two diodes.
        kick: standard normal -> change of z, (R,).
        source: whose normal, (R,).
        partner: row of the mean that a difference's element also moves, -1 for none, (R,).
        leak: how much of it, (R,).
        kinds: (R,).
        farads: capacitance of every node, (M,).
        problem: why the board can't be marched, or "".
    """

    rows: IndexArray
    couplings: RealArray
    linear: RealArray
    constant: RealArray
    element: RealArray
    kick: RealArray
    source: NDArray[np.int64]
    partner: NDArray[np.int64]
    leak: RealArray
    kinds: NDArray[np.int64]
    farads: FloatArray
    problem: str


def _common_mode_is_driven(
    where: Layout, rates: FloatArray, leak: FloatArray, kick: FloatArray, constant: FloatArray
) -> bool:
    """Say whether anything moves what the two rails of units have in common."""
    plus, minus = where.pairs.T
    size = np.max(np.abs(rates))
    driven = np.max(np.abs(rates[minus][:, plus]), initial=0.0) > _UNDRIVEN * size
    driven |= bool(np.any(np.abs(leak[plus]) > _UNDRIVEN))
    driven |= np.max(np.abs(kick[minus]), initial=0.0) > _UNDRIVEN * np.max(np.abs(kick))
    driven |= np.max(np.abs(constant[minus]), initial=0.0) > _UNDRIVEN * np.max(np.abs(constant))
    return bool(driven)


def reduce_board(
    where: Layout,
    equations: System,
    noise: FloatArray,
    sources: FloatArray,
    step: float,
    volt: float,
    precision: type[np.float32] | type[np.float64] = np.float32,
) -> Reduced:
    """Return the coefficients of the first board of some equations.

    Args:
        where: the coordinates.
        equations: of one board.
        noise: root of the two-sided density of each source, (sources,), A/sqrt(Hz).
        sources: incidence of the sources, (M, sources).
        step: s.
        volt: V per unit of x.
        precision: of the coefficients.
    """
    elastance = 1 / np.diagonal(equations.capacitance[0])
    rates = step * elastance[:, None] * equations.conductance[0]
    constant = -step / volt * elastance * equations.constant[0]
    kicks = np.sqrt(step) / volt * elastance[:, None] * sources * noise
    if len(where.pairs):
        rates = where.from_nodes @ rates @ where.to_nodes
        constant, kicks = where.from_nodes @ constant, where.from_nodes @ kicks
    source = largest_of_rows(np.abs(kicks))
    kick = kicks[np.arange(len(kicks)), source]
    plus, minus = where.pairs.T
    weight = elastance.copy()  # of an element's current in its row's coordinate
    weight[plus] = elastance[plus] + elastance[minus]
    leak, partner = np.zeros(len(weight)), np.full(len(weight), -1)
    leak[plus] = (elastance[plus] - elastance[minus]) / 2 / weight[plus]
    partner[plus] = minus
    element, problem = _elements(where, equations, step * weight, volt)
    rows = np.arange(len(weight))
    if len(plus) and not _common_mode_is_driven(where, rates, leak, kick, constant):
        rows = np.setdiff1d(rows, minus)
        partner[:] = -1
    place = np.full(len(weight), -1)
    place[rows] = np.arange(len(rows))
    diagonal = rates[rows, rows].copy()
    rates[rows, rows] = 0.0
    rounded = _single if precision is np.float32 else np.asarray

    return Reduced(
        rows,
        rounded(-rates[np.ix_(rows, rows)]),
        rounded(diagonal),
        rounded(constant[rows]),
        rounded(element[rows]),
        rounded(kick[rows]),
        source[rows].astype(np.int64),
        np.where(partner[rows] >= 0, place[partner[rows]], -1).astype(np.int64),
        rounded(leak[rows]),
        where.kinds[rows],
        1 / elastance,
        problem,
    )


def _single(values: FloatArray) -> SingleArray:
    return np.asarray(values, dtype=np.float32)


def _elements(
    where: Layout, equations: System, weight: FloatArray, volt: float
) -> tuple[FloatArray, str]:
    """Return the numbers of each row's element, and what is wrong with them."""
    found = np.zeros((len(weight), 3))
    for group in equations.circuit.nonlinear:
        values = equations.numbers[0, group.places]
        grounded = np.any(group.ends == GROUND, axis=1)
        rows = np.where(grounded, group.ends.max(1), group.ends.min(1))
        forward = group.ends[:, 0] == rows
        if group.template == JUNCTION:
            np.add.at(found, (rows, np.where(forward, 0, 1)), values[:, 0] / volt)
            found[rows, 2] = volt / values[:, 1]
            continue
        place = cubic_coefficient(group.template)
        np.add.at(found[:, 0], rows, values[:, place or 0] * volt**2)  # odd: no sign
    found[:, :2] *= weight[:, None]
    if np.any(found[where.kinds == CUBIC, 0] < 0):
        # Its states would be finite nonsense: the step is linearised.
        return found, "a negative cubic conductance leaves a unit's energy unbounded"
    return found, ""


@numba.njit(inline="always", error_model="numpy")
def _exp(y):  # type: ignore[no-untyped-def]
    """Return exp(y) of a float32 to 2e-7, in operations that vectorise; |y| is cut at 80."""
    y = min(max(y, np.float32(-80)), np.float32(80))
    t = y * np.float32(1.4426950408889634)
    k = np.floor(t + np.float32(0.5))
    f = (t - k) * np.float32(0.6931471805599453)
    p = np.float32(1 / 720)
    p = p * f + np.float32(1 / 120)
    p = p * f + np.float32(1 / 24)
    p = p * f + np.float32(1 / 6)
    p = p * f + np.float32(0.5)
    p = p * f + np.float32(1)
    p = p * f + np.float32(1)
    return p * np.int32((np.int32(k) + np.int32(127)) << np.int32(23)).view(np.float32)


# With numpy's error model a division can't raise, without which the loop is not vectorised (10 x).
@kept(numba.njit, nogil=True, fastmath=True, error_model="numpy")
def march(  # type: ignore[no-untyped-def]
    couplings,
    linear,
    constant,
    element,
    kick,
    source,
    partner,
    leak,
    kinds,
    normals,
    x,
    slots,
    out,
):
    """March one board over some steps; the first arguments are those of `Reduced`.

    Args:
        normals: (steps, sources, paths).
        x: state, (R, paths); changed in place.
        slots: where the state after each step goes in `out`, -1 for nowhere, (steps,).
        out: (slots, R, paths).
    """
    n_rows, n_paths = x.shape
    one, three = np.float32(1), np.float32(3)
    field, current = np.empty_like(x), np.empty(n_paths, dtype=np.float32)
    for step in range(normals.shape[0]):
        np.dot(couplings, x, field)
        for row in range(n_rows):
            d, b, s = linear[row], constant[row], kick[row]
            a = element[row, 0]
            noise = normals[step, source[row]]
            if kinds[row] == 1:
                for path in range(n_paths):
                    value = x[row, path]
                    square = a * value * value
                    change = field[row, path] + b + s * noise[path] - value * (d + square)
                    x[row, path] = value + change / (one + d + three * square)
                    current[path] = square * value
            elif kinds[row] == 2:
                back, r = element[row, 1], element[row, 2]
                for path in range(n_paths):
                    value = x[row, path]
                    grown = _exp(r * value)
                    up, down = a * grown, back / grown
                    diode = up - a - down + back
                    change = field[row, path] + b + s * noise[path] - d * value - diode
                    x[row, path] = value + change / (one + d + r * (up + down))
                    current[path] = diode
            else:
                for path in range(n_paths):
                    value = x[row, path]
                    change = field[row, path] + b + s * noise[path] - d * value
                    x[row, path] = value + change / (one + d)
            if partner[row] >= 0 and kinds[row] != 0:
                mean, share = partner[row], leak[row]
                for path in range(n_paths):
                    field[mean, path] -= share * current[path]
        if slots[step] >= 0:
            out[slots[step]] = x
