"""Onsite energies U(x): what one unit would feel alone.

A member of the family gives U, its slope U' and its curvature U'' for states of shape (..., N), and
tells whether it confines a unit on its own or leaves that to the couplings.
"""

from hwkit.model.onsite.base import Onsite
from hwkit.model.onsite.cosh import Cosh
from hwkit.model.onsite.quartic import Quartic
from hwkit.model.onsite.tabulated import Tabulated

ONSITE_KINDS: dict[str, type[Quartic] | type[Cosh] | type[Tabulated]] = {
    kind.kind: kind for kind in (Quartic, Cosh, Tabulated)
}

__all__ = ["ONSITE_KINDS", "Cosh", "Onsite", "Quartic", "Tabulated"]
