"""The equations of many boards as arrays, and the currents of their nonlinear elements.

    C dv/dt + G v + k + s(v) = i

C, G are (boards, M, M), k is (boards, M), and v, s, i are (boards, paths, M).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from hwkit.twin.circuit import GROUND, Circuit, IndexArray, Linear, Nonlinear
from hwkit.twin.expression import evaluate

FloatArray = NDArray[np.float64]
_Stamp = tuple[IndexArray, FloatArray]


@dataclass(frozen=True, eq=False)
class System:
    """Equations of some boards of a circuit.

    Attributes:
        capacitance, conductance: (boards, M, M).
        constant: constant currents that leave the nodes, (boards, M).
        numbers: the circuit's numbers, (boards, numbers).
    """

    circuit: Circuit
    capacitance: FloatArray
    conductance: FloatArray
    constant: FloatArray
    numbers: FloatArray

    def currents(self, v: FloatArray) -> FloatArray:
        """Return the nonlinear currents that leave the nodes, (boards, paths, M)."""
        total = np.zeros_like(v)
        for group in self.circuit.nonlinear:
            value, _ = self._evaluated(group, v)
            _scatter(total, group.ends, value)
        return total

    def slopes(self, v: FloatArray) -> FloatArray:
        """Return the Jacobian of the nonlinear currents, (boards, paths, M, M)."""
        n = v.shape[-1]
        total = np.zeros((*v.shape, n))
        for group in self.circuit.nonlinear:
            _, slopes = self._evaluated(group, v)
            for control, slope in slopes.items():
                slope = np.broadcast_to(slope, (*v.shape[:2], len(group.ends)))
                for out, s in ((0, 1.0), (1, -1.0)):
                    for into, t in ((0, 1.0), (1, -1.0)):
                        rows, columns = group.ends[:, out], group.controls[:, control, into]
                        kept = (rows != GROUND) & (columns != GROUND)
                        flat = total.reshape(*v.shape[:2], n * n)
                        index = rows[kept] * n + columns[kept]
                        _add(flat, index, s * t * slope[..., kept])
        return total

    def _evaluated(
        self, group: Nonlinear, v: FloatArray
    ) -> tuple[FloatArray, dict[int, FloatArray]]:
        padded = np.concatenate([v, np.zeros((*v.shape[:2], 1))], axis=-1)  # GROUND is -1
        voltages = [
            padded[..., ends[:, 0]] - padded[..., ends[:, 1]]
            for ends in np.moveaxis(group.controls, 1, 0)
        ]
        numbers = [self.numbers[:, None, places] for places in group.places.T]
        value, slopes = evaluate(group.template, numbers, voltages)
        return np.broadcast_to(value, (*v.shape[:2], len(group.ends))), slopes


def system(circuit: Circuit) -> Callable[[FloatArray], System]:
    """Return what makes the equations of boards from their numbers, (boards, numbers)."""
    n = circuit.n_nodes
    stamps = {
        "C": _matrix_stamp(circuit.capacitors, n),
        "G": _matrix_stamp(circuit.conductances, n),
        "k": _vector_stamp(circuit.currents, n),
    }

    def build(numbers: FloatArray) -> System:
        capacitance = _stamped(stamps["C"], circuit.capacitors, numbers)
        conductance = _stamped(stamps["G"], circuit.conductances, numbers)
        constant = _stamped(stamps["k"], circuit.currents, numbers)
        square = (len(numbers), n, n)
        capacitance = capacitance.reshape(square)
        (first, second), (k, one, other) = circuit.mutual.branches.T, circuit.mutual.places.T
        henry = numbers[:, k] * np.sqrt(numbers[:, one] * numbers[:, other])
        for rows, columns in ((first, second), (second, first)):
            np.add.at(capacitance.transpose(1, 2, 0), (rows, columns), henry.T)  # they may repeat
        return System(circuit, capacitance, conductance.reshape(square), constant, numbers)

    return build


def _stamped(stamp: sp.csr_array, linear: Linear, numbers: FloatArray) -> FloatArray:
    values = numbers[:, linear.places]
    values[:, linear.inverse] = 1 / values[:, linear.inverse]
    return np.ascontiguousarray((stamp @ values.T).T)


def _matrix_stamp(linear: Linear, n: int) -> sp.csr_array:
    """Return the matrix that takes values to a flattened (n, n) matrix."""
    element = np.arange(len(linear.ends))
    cells, columns, signs = [], [], []
    for out, s in ((0, 1.0), (1, -1.0)):
        for into, t in ((2, 1.0), (3, -1.0)):
            rows, controls = linear.ends[:, out], linear.ends[:, into]
            kept = (rows != GROUND) & (controls != GROUND)
            cells.append(rows[kept] * n + controls[kept])
            columns.append(element[kept])
            signs.append(np.full(int(kept.sum()), s * t))
    entries = (np.concatenate(signs), (np.concatenate(cells), np.concatenate(columns)))
    return sp.csr_array(entries, shape=(n * n, len(linear.ends)))


def _vector_stamp(linear: Linear, n: int) -> sp.csr_array:
    rows, columns, signs = [], [], []
    for out, sign in ((0, 1.0), (1, -1.0)):
        kept = linear.ends[:, out] != GROUND
        rows.append(linear.ends[kept, out])
        columns.append(np.flatnonzero(kept))
        signs.append(np.full(int(kept.sum()), sign))
    entries = (np.concatenate(signs), (np.concatenate(rows), np.concatenate(columns)))
    return sp.csr_array(entries, shape=(n, len(linear.ends)))


def incidence(ends: IndexArray, n: int) -> FloatArray:
    """Return the matrix that takes currents from the first into the second end to nodes, (n, e)."""
    matrix = np.zeros((n, len(ends)))
    for column, sign in ((0, -1.0), (1, 1.0)):
        kept = np.flatnonzero(ends[:, column] != GROUND)
        matrix[ends[kept, column], kept] += sign
    return matrix


def _scatter(total: FloatArray, ends: IndexArray, value: FloatArray) -> None:
    for column, sign in ((0, 1.0), (1, -1.0)):
        kept = ends[:, column] != GROUND
        _add(total, ends[kept, column], sign * value[..., kept])


def _add(total: FloatArray, index: IndexArray, value: FloatArray) -> None:
    """Add values (..., e) at places of the last axis; places may repeat."""
    if len(np.unique(index)) == len(index):
        total[..., index] += value
        return
    entries = (np.ones(len(index)), (index, np.arange(len(index))))
    spread = sp.csr_array(entries, shape=(total.shape[-1], len(index)))
    flat = value.reshape(-1, len(index))
    total += np.asarray(spread @ flat.T).T.reshape(total.shape)
