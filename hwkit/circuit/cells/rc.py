"""Family "rc": a capacitor per unit, ideal transconductors for everything linear.

Node i, with v = V0 x and t in seconds:

    C dv/dt = -2 J2 G0 v - (4 J4 G0 / V0^2) v^3 - b_i I0 - sum_j J_ij G0 v_j + i_noise

which is tau dx/dt = -dV/dx + noise. Both signs of every coefficient are realisable, nothing loads
anything, and each direction of a coupling is an element of its own.
"""

import numpy as np

from hwkit.circuit.design import Design
from hwkit.circuit.nodes import safe_nodes
from hwkit.circuit.parts import GROUND, Parts
from hwkit.circuit.scale import Scale
from hwkit.errors import DesignError
from hwkit.model import EnergyModel, Quartic

NAME = "rc"


def compile_rc(model: EnergyModel, scale: Scale) -> Design:
    """Compile a quartic machine; exact, whatever its couplings.

    Raises:
        DesignError: if the onsite energy is not quartic.
    """
    if not isinstance(model.onsite, Quartic):
        raise DesignError(f"family rc needs a quartic onsite energy, not {model.onsite.kind!r}")
    n = model.n_units
    unit = np.arange(n)[:, None]
    own = np.hstack([unit, unit])
    J2, J4 = np.broadcast_to(model.onsite.J2, n), np.broadcast_to(model.onsite.J4, n)
    rows, columns, couplings = model.pairs()
    directions = np.stack(
        [np.concatenate([rows, columns]), np.concatenate([columns, rows])], axis=1
    )
    noise = np.full(n, scale.noise_psd(model.kT))
    grounded = np.hstack([unit, np.full_like(unit, GROUND)])
    parts = (
        Parts("capacitor", "capacitor", grounded, np.full(n, scale.farad)),
        Parts("onsite-linear", "transconductor", own, 2 * J2 * scale.siemens),
        Parts("onsite-cubic", "cubic", unit, 4 * J4 * scale.siemens / scale.volt**2),
        Parts("bias", "current", unit, model.b * scale.ampere),
        Parts("coupling", "transconductor", directions, np.tile(couplings, 2) * scale.siemens),
        Parts("noise", "noise", unit, noise),
    )
    return Design(model, NAME, scale, safe_nodes(model.unit_names), parts)
