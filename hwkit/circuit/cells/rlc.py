"""Family "rlc": the unit is the flux of an inductor, and its resistor's Johnson noise is the noise.

Each node has C, R and L to ground; phi = integral of v, x = phi / Phi0, t in seconds:

    C phi'' + phi'/R + dU/dphi = i_noise,    one-sided PSD of i_noise  4 k_B T / R
    k_B T = kT Phi0^2 / (R tau)   fixes Phi0;    mass = R C / tau   in units of mobility * t

    onsite      L = R tau / (2 J2); the quartic is a source controlled by the flux, an ideal part
    bias        constant current b I0,  I0 = Phi0 / (R tau)
    coupling    mutual inductance: the inverse inductance matrix is (2 J2 + J) / (R tau), which must
                be positive definite; or transconductors of the flux, ideal parts, for any J
    meter       a node that integrates v, volt * x: what the outside reads and the quartic takes

Stationary moments of x don't depend on the mass; <v^2> = k_B T / C.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import scipy.sparse as sp

from hwkit.circuit.cells.drawing import draw_branches
from hwkit.circuit.cells.family import Family
from hwkit.circuit.design import Design
from hwkit.circuit.nodes import safe_nodes
from hwkit.circuit.parts import GROUND, FloatArray, IndexArray, Parts
from hwkit.circuit.scale import Scale
from hwkit.errors import DesignError
from hwkit.model import EnergyModel, Quartic
from hwkit.model.dense import check_dense
from hwkit.ordering import smallest
from hwkit.units import BOLTZMANN, engineering

NAME = "rlc"


@dataclass(frozen=True)
class RlcOptions:
    """Resistor, temperature and kind of coupling.

    Attributes:
        ohm: R of every node.
        kelvin: temperature of the resistors, whose noise is the only one.
        couplings: "mutual" inductances or "transconductor"s of the flux, which are ideal parts.
    """

    ohm: float = 1e3
    kelvin: float = 300.0
    couplings: Literal["mutual", "transconductor"] = "mutual"

    def __post_init__(self) -> None:
        for name in ("ohm", "kelvin"):
            value = getattr(self, name)
            if not (np.isfinite(value) and value > 0):
                raise DesignError(f"rlc option {name} is {value!r}; it must be a number above 0")
        if self.couplings not in ("mutual", "transconductor"):
            raise DesignError(
                f"rlc option couplings is {self.couplings!r}; choose 'mutual' or 'transconductor'"
            )

    def weber(self, scale: Scale, kT: float) -> float:
        """Return Phi0, the flux of x = 1."""
        return float(np.sqrt(BOLTZMANN * self.kelvin * self.ohm * scale.second / kT))

    def describe(self) -> str:
        """Return the options as one line for people."""
        return f"R = {self.ohm:g} ohm, T = {self.kelvin:g} K, couplings: {self.couplings}"


DEFAULT = RlcOptions()


def compile_rlc(model: EnergyModel, scale: Scale, options: RlcOptions = DEFAULT) -> Design:
    """Compile a quartic machine with J2 > 0; `scale.volt` is that of the flux meters.

    Raises:
        DesignError: if an inductance, or the inverse inductance matrix, would not be positive.
    """
    if not isinstance(model.onsite, Quartic):
        raise DesignError(f"family rlc needs a quartic onsite energy, not {model.onsite.kind!r}")
    n = model.n_units
    J2, J4 = np.broadcast_to(model.onsite.J2, n), np.broadcast_to(model.onsite.J4, n)
    if np.any(J2 <= 0):
        least = smallest(J2)
        raise DesignError(
            f"J2 of unit {least} is {J2[least]:g}; the inductor of family rlc needs one above 0, "
            "families rc and resistive do not"
        )
    weber = options.weber(scale, model.kT)
    ampere = weber / (options.ohm * scale.second)
    unit = np.arange(n)
    grounded = np.stack([unit, np.full(n, GROUND)], axis=1)
    meters = np.stack([n + unit, np.full(n, GROUND)], axis=1)
    own = np.stack([unit, n + unit], axis=1)
    tau_ohm = options.ohm * scale.second
    stiffness: FloatArray | sp.csr_array  # inverse inductances, in units of 1/(R tau)
    if options.couplings == "mutual":
        remedy = "make the couplings transconductors of the flux (couplings='transconductor')"
        check_dense(n, "family rlc with mutual inductances", remedy)
        stiffness = model.hessian(np.zeros(n))
        inductors, couplings = _inductors(stiffness, tau_ohm, grounded)
    else:
        stiffness = sp.csr_array(sp.diags_array(2 * J2))
        inductors = Parts("inductor", "inductor", grounded, tau_ohm * (1 / (2 * J2)))
        couplings = _transconductors(model, ampere / scale.volt)
    gain = -scale.farad * scale.volt / weber  # the integrator: farad dv_f/dt = farad volt/Phi0 v
    parts = [
        Parts("capacitor", "capacitor", grounded, np.full(n, scale.farad)),
        Parts("loss", "resistor", grounded, np.full(n, options.ohm)),
        inductors,
        Parts("meter", "capacitor", meters, np.full(n, scale.farad)),
        Parts("meter-drive", "transconductor", own[:, ::-1], np.full(n, gain)),
        Parts("onsite-cubic", "transcubic", own, 4 * J4 * ampere / scale.volt**3),
        Parts("bias", "current", grounded, model.b * ampere),
        couplings,
    ]
    psd = 4 * BOLTZMANN * options.kelvin / options.ohm
    parts.append(Parts("noise", "noise", grounded, np.full(n, psd)))
    names = safe_nodes(model.unit_names)
    return Design(
        model,
        NAME,
        scale,
        (*names, *(f"{name}__flux" for name in names)),
        meters,
        tuple(parts),
        followers=np.stack([n + unit, unit], axis=1),
        mass=options.ohm * scale.farad / scale.second / model.mobility**2,
        kelvin=options.kelvin,
        start_amperes=ampere * stiffness,
        ampere=ampere,
    )


def _inductors(stiffness: FloatArray, unit: float, grounded: IndexArray) -> tuple[Parts, Parts]:
    """Return inductors and their couplings from the inverse inductance matrix, times `unit`."""
    values = np.linalg.eigvalsh(stiffness)
    if values[0] <= 1e-9 * values[-1]:
        raise DesignError(
            f"the inverse inductance matrix (2 J2 + J) has the eigenvalue {values[0]:.4g}; "
            "inductors need all above 0: raise J2, weaken the couplings, or make them "
            "transconductors of the flux (couplings='transconductor'), which are ideal parts"
        )
    henry = unit * np.linalg.inv(stiffness)
    root = np.sqrt(np.diag(henry))
    first, second = np.triu_indices(len(henry), k=1)
    coupling = (henry / np.outer(root, root))[first, second]
    used = np.abs(coupling) > 1e-15  # what rounding leaves of a zero
    pairs = np.stack([first[used], second[used]], axis=1)
    inductors = Parts("inductor", "inductor", grounded, np.diag(henry).copy())
    return inductors, Parts("coupling", "mutual", pairs, coupling[used])


def _transconductors(model: EnergyModel, siemens: float) -> Parts:
    """Return both directions of each coupling: the current J_ij I0 x_j leaves node i."""
    rows, columns, couplings = model.pairs()
    driven = np.concatenate([rows, columns])
    driving = model.n_units + np.concatenate([columns, rows])
    ends = np.stack([driven, driving], axis=1)
    return Parts("coupling", "transconductor", ends, siemens * np.tile(couplings, 2))


def _draw_rlc(drawing: Any, elements: Any, scale: Scale | None) -> None:
    """Draw node v_i of a flux cell; the last branch is the resistor's own noise."""
    farad = "C" if scale is None else engineering(scale.farad, "F")
    second = "τ" if scale is None else engineering(scale.second, "s")
    branches = (
        elements.Capacitor,
        elements.Resistor,
        elements.Inductor,
        elements.SourceControlledI,
        elements.SourceI,
        elements.SourceI,
    )
    values = [
        farad,
        "R",
        f"R {second}/(2 J₂), mutual Mᵢⱼ",
        "4 J₄ I₀ (φ/Φ₀)³",
        "bᵢ I₀",
        "noise, 4 k T/R",
    ]
    draw_branches(drawing, elements, "vᵢ", branches, values)


FAMILY = Family(
    NAME,
    RlcOptions,
    compile_rlc,
    _draw_rlc,
    dynamics="inertial",
)
