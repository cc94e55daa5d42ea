"""What a machine shows of itself: sizes, energies, and its couplings as a map."""

from typing import Protocol

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from hwkit.model.onsite import Onsite
from hwkit.showing import Summary, picture, spread

FloatArray = NDArray[np.float64]


class Machine(Protocol):
    """A machine with pairwise couplings."""

    @property
    def J(self) -> FloatArray | sp.csr_array:  # noqa: N802
        """Couplings, (N, N)."""

    @property
    def b(self) -> FloatArray:
        """Biases, (N,)."""

    @property
    def onsite(self) -> Onsite:
        """Onsite energy."""

    @property
    def kT(self) -> float:  # noqa: N802
        """Temperature in units of energy."""

    @property
    def mobility(self) -> float:
        """Mobility."""

    @property
    def n_visible(self) -> int | None:
        """Number of visible units; None if all are."""


def summary_of(machine: Machine, couplings: str) -> Summary:
    """Return the summary of a machine; `couplings` says how many it has."""
    n, stored = machine.b.size, "sparse" if sp.issparse(machine.J) else "dense"
    hidden = n - (n if machine.n_visible is None else machine.n_visible)
    layers = f" ({n - hidden} visible, {hidden} hidden)" if hidden else ""
    load = np.asarray(abs(sp.csr_array(machine.J)).sum(axis=1)).ravel()
    mean, most = float(load.mean()), float(load.max())
    facts = [
        ("onsite energy", describe_onsite(machine.onsite)),
        ("J", f"{spread(machine.J.data if sp.issparse(machine.J) else machine.J)}, {stored}"),
        (
            "sum of |J| at a unit",
            f"{mean:.3g} on average, {most:.3g} at most",
        ),
        ("b", spread(machine.b)),
        ("kT, mobility", f"{machine.kT:g}, {machine.mobility:g} (model units)"),
    ]
    title = f"{type(machine).__name__}: {n:,} units{layers}, {couplings}"
    return Summary(title, facts, picture=picture(machine.J, "couplings, unit by unit"))


def describe_onsite(onsite: Onsite) -> str:
    """Return an onsite energy with its parameters as text."""
    numbers = (f"{name} = {spread(values)}" for name, values in onsite.parameters().items())
    return f"{onsite.kind}, {', '.join(numbers)}"
