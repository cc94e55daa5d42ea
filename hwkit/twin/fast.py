"""Semi-implicit Euler in single precision, for cells that are coupled linearly.

In model units (x = v / V0, time in units of tau), for nodes with a capacitor to ground each:

    r  = b + sqrt(2 ...) dW - h (A_off x_k) - h (d x_k + q x_k^3)
    x' = x_k + r / (1 + h d + 3 h q x_k^2)

A's diagonal d and the cubic q are taken implicitly (one Newton step, so the method is linearly
implicit), the rest of A explicitly: order 1. Per board and step one product of an (M x M) with an
(M x paths) matrix, then one pass over the states. All boards see the same noise: it is drawn once.

The states of a node's paths lie side by side, so the inner loop has one coefficient of each kind.
"""

import numba
import numpy as np
from numpy.typing import NDArray

from hwkit.errors import DesignError
from hwkit.twin.circuit import GROUND
from hwkit.twin.expression import cubic_coefficient
from hwkit.twin.system import System

FloatArray = NDArray[np.float64]
SingleArray = NDArray[np.float32]

LANES = 16  # path counts are padded to whole vectors


class Reduced:
    """Coefficients of the boards in single precision, per step h.

    Attributes:
        couplings: -h A without its diagonal, (boards, M, M).
        linear, cubic: h d and h q, (boards, M).
        constant: -h b, (boards, M).
        kick: standard normal -> change of x, (boards, M).
    """

    def __init__(
        self, equations: System, noise: FloatArray, sources: FloatArray, step: float, volt: float
    ) -> None:
        """Reduce the equations; see `reducible`.

        Args:
            equations: of the boards.
            noise: root of the two-sided density of each source, (boards, sources), A/sqrt(Hz).
            sources: incidence of the sources, (M, sources).
            step: s.
            volt: V per unit of x.
        """
        farads = np.diagonal(equations.capacitance, axis1=1, axis2=2)
        rates = step * equations.conductance / farads[:, :, None]
        diagonal = np.arange(rates.shape[1])
        self.linear = _single(rates[:, diagonal, diagonal])
        rates[:, diagonal, diagonal] = 0.0
        self.couplings = _single(-rates)
        self.constant = _single(-step * equations.constant / (farads * volt))
        self.cubic = _single(step * volt**2 * _cubics(equations) / farads)
        strength = np.zeros(farads.shape)
        nodes = np.argmax(np.abs(sources), axis=0)
        strength[:, nodes] = noise * sources[nodes, np.arange(len(nodes))]
        self.kick = _single(strength * np.sqrt(step) / (farads * volt))


def _single(values: FloatArray) -> SingleArray:
    return np.asarray(values, dtype=np.float32)


def reducible(equations: System, sources: FloatArray) -> str:
    """Return why the equations can't be marched in this form; "" if they can."""
    off = equations.capacitance.copy()
    diagonal = np.arange(off.shape[1])
    if not np.all(off[:, diagonal, diagonal] > 0):
        return "a node has no capacitor to ground"
    off[:, diagonal, diagonal] = 0.0
    if np.any(off):
        return "a capacitor lies between two nodes"
    if np.any(np.count_nonzero(sources, axis=0) != 1) or np.any(
        np.count_nonzero(sources, axis=1) > 1
    ):
        return "noise sources do not stand one at a node"
    for group in equations.circuit.nonlinear:
        own = np.all(group.controls[:, :1] == group.ends[:, None], axis=(1, 2))
        grounded = group.ends[:, 1] == GROUND
        if cubic_coefficient(group.template) is None or not np.all(own & grounded):
            return "a nonlinear element is no cubic from a node to ground"
    return ""


def _cubics(equations: System) -> FloatArray:
    total = np.zeros(equations.constant.shape)
    for group in equations.circuit.nonlinear:
        place = cubic_coefficient(group.template)
        if place is None:
            raise DesignError("the fast twin knows cubic elements only")
        for element, node in enumerate(group.ends[:, 0]):
            total[:, node] += equations.numbers[:, group.places[element, place]]
    return total


# With numpy's error model a division can't raise, without which the loop is not vectorised (10 x).
@numba.njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def march(couplings, linear, cubic, constant, kick, normals, x, slots, out):  # type: ignore[no-untyped-def]
    """March one board over some steps.

    Args:
        couplings: (M, M); linear, cubic, constant, kick: (M,). See `Reduced`.
        normals: (steps, sources M or fewer, paths), of the noise of each node.
        x: state, (M, paths); changed in place.
        slots: where the state after each step goes in `out`, -1 for nowhere, (steps,).
        out: (slots, M, paths).
    """
    n_nodes, n_paths = x.shape
    one, three = np.float32(1), np.float32(3)
    field = np.empty_like(x)
    for step in range(normals.shape[0]):
        np.dot(couplings, x, field)
        for node in range(n_nodes):
            d, q, b, s = linear[node], cubic[node], constant[node], kick[node]
            for path in range(n_paths):
                value = x[node, path]
                square = q * value * value
                change = field[node, path] + b + s * normals[step, node, path]
                change -= value * (d + square)
                x[node, path] = value + change / (one + d + three * square)
        if slots[step] >= 0:
            out[slots[step]] = x
