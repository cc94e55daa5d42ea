"""Binary machines as double wells: Ising and QUBO dictionaries, restricted Boltzmann machines.

    spins s = -1, 1:   E(s) = sum_i h_i s_i + sum_{i<j} J_ij s_i s_j
    bits  q = 0, 1:    q = (1 + s)/2 turns a quadratic energy of bits into one of spins

A unit with U(x) = D (x^2 - 1)^2 - D, that is J2 = -2 D, J4 = D, has its minima at -1 and 1, D below
the barrier. V(x) at the corners x = s is then E(s) up to a constant, which is dropped. A corner
has a minimum beside it as long as the field on each unit is below 8 D / (3 sqrt 3) = 1.54 D.
"""

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from hwkit.errors import DataError
from hwkit.model.energy import EnergyModel
from hwkit.model.onsite import Quartic
from hwkit.numbers import doubles, positive

_DENSE = 0.1  # share of pairs above which a matrix is stored in full

Pair = tuple[Hashable, Hashable]


def import_ising(
    h: Mapping[Any, float],
    J: Mapping[Any, float],
    kT: float = 0.1,
    barrier: float | None = None,
) -> EnergyModel:
    """Return the machine of an Ising energy.

    Labels 0 ... N - 1, in whatever order they come, are the units' numbers. Other labels become the
    units' names, in the order in which they first occur.

    Args:
        h: label -> field; labels that only occur in J have none.
        J: (label, label) -> coupling; both orders of a pair add up.
        kT: temperature, in the units of h and J.
        barrier: D; the largest field that a unit can see if None.
    """
    labels, names = _labels(h, J)
    index = {label: i for i, label in enumerate(labels)}
    field = np.zeros(len(labels))
    for label, value in h.items():
        field[index[label]] += _number(label, value)
    pairs = [(index[a], index[b], _number((a, b), value)) for (a, b), value in J.items()]
    for a, b in J:
        if a == b:
            raise DataError(f"J couples {a!r} to itself; s^2 = 1 is a constant, so leave it out")
    return _wells(field, pairs, kT, barrier, names)


def import_qubo(
    Q: Mapping[Any, float], kT: float = 0.1, barrier: float | None = None
) -> EnergyModel:
    """Return the machine of E(q) = sum Q[a, b] q_a q_b over all entries; Q[a, a] is linear.

    Args:
        Q: (label, label) -> coefficient, in units of energy.
        kT: temperature, in units of energy.
        barrier: as for `import_ising`.
    """
    labels, names = _labels({}, Q)
    index = {label: i for i, label in enumerate(labels)}
    linear = np.zeros(len(labels))
    pairs = []
    for (a, b), value in Q.items():
        if a == b:
            linear[index[a]] += _number(a, value)
        else:
            pairs.append((index[a], index[b], _number((a, b), value)))
    return _bits(linear, pairs, kT, barrier, names)


def import_rbm(rbm: Any, kT: float = 0.1, barrier: float | None = None) -> EnergyModel:
    """Return the machine of a restricted Boltzmann machine, visible units first.

    Args:
        rbm: scikit-learn's BernoulliRBM, or anything with its `components_` (hidden, visible),
            `intercept_visible_` and `intercept_hidden_`: E/kT = -v a - h c - h W v.
        kT: temperature of the machine; the energies are multiplied by it.
        barrier: D, as for `import_ising`.
    """
    try:
        weights = doubles("components_", rbm.components_)
        names = ("intercept_visible_", "intercept_hidden_")
        biases = [doubles(name, getattr(rbm, name)) for name in names]
    except AttributeError as error:
        raise DataError(f"this is not a fitted Boltzmann machine: {error}") from None
    if weights.ndim != 2 or weights.shape != (biases[1].size, biases[0].size):
        raise DataError(
            f"components_ has shape {weights.shape}, but there are {biases[1].size} hidden and "
            f"{biases[0].size} visible intercepts"
        )
    hidden, visible = np.nonzero(weights)
    n_visible = biases[0].size
    pairs = list(
        zip(
            visible.tolist(),
            (hidden + n_visible).tolist(),
            (-kT * weights[hidden, visible]).tolist(),
            strict=True,
        )
    )
    return _bits(-kT * np.concatenate(biases), pairs, kT, barrier, None, n_visible)


def _number(what: Hashable, value: Any) -> float:
    number = doubles(f"the entry {what!r}", value)
    if number.shape != () or not np.isfinite(number):
        raise DataError(f"the entry {what!r} is {value!r}; it must be one finite number")
    return float(number)


def _labels(
    linear: Mapping[Any, float], quadratic: Mapping[Any, float]
) -> tuple[list[Hashable], list[str] | None]:
    """Return labels in the order of the units, and names; no names if the labels just count."""
    for name, given in (("h", linear), ("the couplings", quadratic)):
        if not isinstance(given, Mapping):
            raise DataError(
                f"{name}: a {type(given).__name__} says nothing of labels; give a dictionary, such "
                "as dict(enumerate(h)), or {(a, b): value}"
            )
    labels: dict[Hashable, None] = dict.fromkeys(linear)
    for pair in quadratic:
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise DataError(f"{pair!r} is not a pair of labels")
        labels |= dict.fromkeys(pair)
    if not labels:
        raise DataError("there are no units: the dictionaries are empty")
    if set(labels) == set(range(len(labels))):
        return list(range(len(labels))), None
    return list(labels), [str(label) for label in labels]


def _bits(
    linear: NDArray[np.float64],
    pairs: list[tuple[int, int, float]],
    kT: float,
    barrier: float | None,
    names: list[str] | None,
    n_visible: int | None = None,
) -> EnergyModel:
    """q_i q_j = (1 + s_i + s_j + s_i s_j)/4, q_i = (1 + s_i)/2."""
    field = linear / 2
    for i, j, value in pairs:
        field[i] += value / 4
        field[j] += value / 4
    spins = [(i, j, value / 4) for i, j, value in pairs]
    return _wells(field, spins, kT, barrier, names, n_visible)


def _wells(
    field: NDArray[np.float64],
    pairs: list[tuple[int, int, float]],
    kT: float,
    barrier: float | None,
    names: list[str] | None,
    n_visible: int | None = None,
) -> EnergyModel:
    n = field.size
    ends = np.array([(i, j) for i, j, _ in pairs], dtype=np.intp).reshape(-1, 2)
    values = doubles("J", [value for *_, value in pairs])
    half = sp.csr_array((values, (ends[:, 0], ends[:, 1])), shape=(n, n))
    couplings = sp.csr_array(half + half.T)
    if barrier is None:
        with np.errstate(over="ignore"):  # a barrier that overflows is refused below
            barrier = float((abs(couplings).sum(axis=1) + np.abs(field)).max()) or 1.0
    barrier = positive("the barrier", barrier)
    dense = couplings.nnz > _DENSE * n * n
    return EnergyModel(
        couplings.toarray() if dense else couplings,
        field,
        Quartic(J2=-2 * barrier, J4=barrier),
        kT,
        n_visible=n_visible,
        names=names,
    )
