"""Family "spu": LC cells coupled by capacitors, a sampler of Gaussian machines.

After the stochastic processing unit of Normal Computing (arXiv 2312.04836; Nat. Commun. 16, 3757).
Each node has L and R to ground and a noise current; C is the Maxwell capacitance matrix:

    L di/dt = v,   C dv/dt = -v/R - i + i_noise,   one-sided PSD of i_noise  4 k_B T_n / R
    C = C0 (2 J2 + J),   v = V0 x,   R = tau/C0,   L = (R/quality)^2 C0,   k_B T_n = kT C0 V0^2

Stationary: cov(v) = k_B T_n C^-1, so x has the machine's own covariance kT (2 J2 + J)^-1; the paths
are not those of a gradient machine. Capacitors couple with one sign: J_ij = -C_ij/C0, and what is
left to ground, C0 (2 J2_i + sum_j J_ij), must not be below 0. All else needs differential cells.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike

from hwkit.circuit.cells.drawing import draw_branches
from hwkit.circuit.cells.family import Family
from hwkit.circuit.design import Design
from hwkit.circuit.nodes import safe_nodes
from hwkit.circuit.parts import GROUND, FloatArray, Parts
from hwkit.circuit.scale import Scale
from hwkit.errors import DataError, DesignError
from hwkit.model import EnergyModel, Quartic
from hwkit.ordering import largest, smallest
from hwkit.units import engineering

NAME = "spu"
_ROUNDING = 1e-9


@dataclass(frozen=True)
class SpuOptions:
    """The resonance of a cell.

    Attributes:
        quality: quality factor of a cell with the capacitance C0, R sqrt(C0/L).
    """

    quality: float = 1.0

    def __post_init__(self) -> None:
        if not (np.isfinite(self.quality) and self.quality > 0):
            raise DesignError(
                f"spu option quality is {self.quality!r}; it must be a number above 0"
            )

    def describe(self) -> str:
        """Return the options as one line for people."""
        return f"quality factor {self.quality:g}"


DEFAULT = SpuOptions()


def gaussian_machine(precision: ArrayLike) -> EnergyModel:
    """Return the machine whose states have the covariance precision^-1; precision is (N, N).

    Raises:
        DataError: if the matrix is not symmetric and positive definite.
    """
    matrix = np.asarray(precision, dtype=np.float64)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not np.all(np.isfinite(matrix)):
        raise DataError(f"the precision has shape {matrix.shape}; give a square matrix of numbers")
    if not np.allclose(matrix, matrix.T, rtol=1e-12, atol=1e-12 * np.abs(matrix).max()):
        raise DataError("the precision matrix is not symmetric; give (A + A^T) / 2")
    least = float(np.linalg.eigvalsh(matrix)[0])
    if least <= 0:
        raise DataError(
            f"the precision matrix has the eigenvalue {least:.4g}; a Gaussian needs all above 0"
        )
    size = float(np.mean(np.diag(matrix)))
    own = np.diag(matrix) / size
    J = matrix / size
    np.fill_diagonal(J, 0.0)
    return EnergyModel((J + J.T) / 2, np.zeros(len(J)), Quartic(own / 2, 0.0), kT=1 / size)


def compile_spu(model: EnergyModel, scale: Scale, options: SpuOptions = DEFAULT) -> Design:
    """Compile a Gaussian machine without biases whose couplings capacitors can make.

    Raises:
        DesignError: naming the unit, the value, the limit and the way out.
    """
    _check_gaussian(model)
    n = model.n_units
    stiffness = np.broadcast_to(model.onsite.curvature(np.zeros(n)), (n,))
    left = stiffness + sp.csr_array(model.J).sum(axis=1)
    _check_capacitive(model, stiffness, left)
    unit = np.arange(n)
    grounded = np.stack([unit, np.full(n, GROUND)], axis=1)
    ground = np.maximum(left, 0.0) * scale.farad
    rows, columns, couplings = model.pairs()
    ohm = 1 / scale.siemens
    henry = (ohm / options.quality) ** 2 * scale.farad
    parts = (
        Parts("capacitor", "capacitor", grounded, ground),
        Parts("coupling", "capacitor", np.stack([rows, columns], axis=1), -couplings * scale.farad),
        Parts("loss", "resistor", grounded, np.full(n, ohm)),
        Parts("inductor", "inductor", grounded, np.full(n, henry)),
        Parts("noise", "noise", grounded, np.full(n, scale.noise_psd(model.kT))),
    )
    return Design(
        model,
        NAME,
        scale,
        safe_nodes(model.unit_names),
        grounded,
        parts,
        kelvin=scale.noise_temperature(model.kT),
    )


def _check_gaussian(model: EnergyModel) -> None:
    if not isinstance(model.onsite, Quartic) or np.any(model.onsite.J4):
        raise DesignError(
            "family spu samples Gaussian machines: J4 must be 0; use family rlc or rc"
        )
    if np.any(model.b):
        unit = largest(np.abs(model.b))
        raise DesignError(
            f"the bias of unit {unit} is {model.b[unit]:g}; voltages of family spu have mean 0, so "
            "it must be 0: add the mean -A^-1 b to the samples afterwards"
        )


def _check_capacitive(model: EnergyModel, stiffness: FloatArray, left: FloatArray) -> None:
    """Check couplings, and what they leave of each unit's 2 J2 for its capacitor to ground."""
    rows, columns, couplings = model.pairs()
    if np.any(couplings > 0):
        worst = largest(couplings)
        raise DesignError(
            f"the coupling of units {rows[worst]} and {columns[worst]} is {couplings[worst]:.4g}; "
            "a capacitor between nodes makes only values up to 0: change the sign of one unit, or "
            "use differential cells (two rails a unit, capacitors crossed), or family rlc"
        )
    if np.any(left < -_ROUNDING * stiffness):
        i = smallest(left)
        raise DesignError(
            f"unit {i} has 2 J2 = {stiffness[i]:.4g}, but its couplings add up to "
            f"{stiffness[i] - left[i]:.4g}; the rest is its capacitor to ground and must not be "
            "below 0: weaken them, raise J2, scale rows and columns, or use differential cells"
        )


def _draw_spu(drawing: Any, elements: Any, scale: Scale | None) -> None:
    """Draw node x_i of an LC cell, one of its coupling capacitors, and the noise."""
    values = ["Cᵢ", "Cᵢⱼ to xⱼ", "R", "L", "noise"]
    if scale is not None:
        unit = engineering(scale.farad, "F")
        ohm = engineering(1 / scale.siemens, "ohm")
        psd = f"kT × {scale.noise_psd(1.0):.3g} A²/Hz"
        values = [f"(2 J₂ + Σ Jᵢⱼ) × {unit}", f"−Jᵢⱼ × {unit} to xⱼ", ohm, "L", psd]
    branches = (
        elements.Capacitor,
        elements.Capacitor,
        elements.Resistor,
        elements.Inductor,
        elements.SourceI,
    )
    draw_branches(drawing, elements, "xᵢ", branches, values, grounded=(0, 2, 3, 4))


FAMILY = Family(
    NAME,
    SpuOptions,
    compile_spu,
    _draw_spu,
    dynamics="lc-cells",
)
