"""Faults laid on a design: what a test of fidelity must be able to see.

Each returns a design whose parts are wrong while its model still says what was meant.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from hwkit.circuit.design import Design
from hwkit.circuit.parts import Parts
from hwkit.errors import DesignError

_SHORT = 1e4  # times the restoring conductance: the node hardly moves
_HOT = 1.1  # times the noise power


def flip_median_coupling(design: Design) -> Design:
    """Give the coupling of median magnitude the wrong sign, in both directions."""
    coupling = design.group("coupling")
    if not len(coupling):
        raise DesignError("the design has no couplings to flip")
    order = np.argsort(np.abs(coupling.values), kind="stable")
    i, j = coupling.nodes[order[len(order) // 2]]
    ends = np.sort(coupling.nodes, axis=1)
    hit = np.all(ends == np.sort([i, j]), axis=1)
    return _with(design, replace(coupling, values=np.where(hit, -1, 1) * coupling.values))


def kill_node(design: Design) -> Design:
    """Short the most strongly coupled visible node to ground."""
    linear = design.group("onsite-linear")
    unit = int(np.argmax(_influence(design)[: max(design.model.n_visible, 1)]))
    values = linear.values.copy()
    values[unit] += _SHORT * design.scale.siemens
    return _with(design, replace(linear, values=values))


def swap_units(design: Design) -> Design:
    """Exchange the wiring of the two visible units that differ most."""
    n = design.model.n_visible
    if n < 2:
        raise DesignError(f"swapping takes two visible units, but the design has {n}")
    rows = np.asarray(design.model.coupling_field(np.eye(design.model.n_units)))[:n]
    rows = np.hstack([rows, design.model.b[:n, None]])
    squares = np.sum(rows**2, axis=1)
    distance = squares[:, None] + squares[None, :] - 2 * rows @ rows.T
    i, j = np.unravel_index(int(np.argmax(distance)), distance.shape)
    wiring = np.arange(design.model.n_units)
    wiring[[i, j]] = j, i
    for role in ("bias", "coupling"):
        parts = design.group(role)
        design = _with(design, replace(parts, nodes=wiring[parts.nodes]))
    return design


def heat_noise(design: Design) -> Design:
    """Raise the noise temperature by 10 %."""
    noise = design.group("noise")
    return _with(design, replace(noise, values=_HOT * noise.values))


FAULTS: dict[str, Callable[[Design], Design]] = {
    "sign-flip": flip_median_coupling,
    "dead-node": kill_node,
    "swap": swap_units,
    "temperature": heat_noise,
}


def with_fault(design: Design, name: str) -> Design:
    """Return the design with a fault, by its name.

    Raises:
        DesignError: if there is no such fault, or the design has no place for it.
    """
    if name not in FAULTS:
        raise DesignError(f"fault {name!r} is unknown; choose one of {', '.join(FAULTS)}")
    return FAULTS[name](design)


def _influence(design: Design) -> np.ndarray:
    strengths = np.zeros(design.model.n_units)
    rows, columns, values = design.model.pairs()
    np.add.at(strengths, np.concatenate([rows, columns]), np.abs(np.tile(values, 2)))
    return strengths


def _with(design: Design, changed: Parts) -> Design:
    parts = tuple(changed if group.role == changed.role else group for group in design.parts)
    return replace(design, parts=parts)
