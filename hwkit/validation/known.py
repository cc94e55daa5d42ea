"""What is known exactly of a linear design, by the dynamics of its family.

Overdamped machines (rc, resistive), machines with inertia (rlc), LC cells (spu).
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwkit.circuit import CELLS, Design
from hwkit.fidelity.answers import linear_step
from hwkit.fidelity.inertia import inertial_generator, inertial_step
from hwkit.fidelity.lc_cells import cell_generator, cell_spectrum, cell_step
from hwkit.fidelity.spectra import Chain, machine_spectrum
from hwkit.langevin import simulate_langevin, simulate_underdamped
from hwkit.model import EnergyModel, Quartic
from hwkit.trajectories import FloatArray


def has_cells(design: Design) -> bool:
    """Say whether a design's units are LC cells, whose samples are its answer, not its paths."""
    return CELLS[design.cell].dynamics == "lc-cells"


def quality_of(design: Design) -> float:
    """Return the quality factor of a design's LC cells, R sqrt(C0 / L)."""
    ohm, henry = (design.group(role).values[0] for role in ("loss", "inductor"))
    return float(ohm * np.sqrt(design.scale.farad / henry))


def spectrum_of(
    design: Design, frequencies: FloatArray, state: FloatArray
) -> NDArray[np.complex128]:
    """Return the exact one-sided cross-spectral density of x, linearised at a state, (F, N, N)."""
    if has_cells(design):
        return cell_spectrum(design.model, quality_of(design), frequencies)
    return machine_spectrum(design.model, frequencies, design.mass, state)


def rates_of(design: Design, state: FloatArray) -> FloatArray:
    """Return rates of relaxation, or of oscillation where that is faster, per model time."""
    model = design.model
    if has_cells(design):
        generator = cell_generator(model, quality_of(design))[0]
    elif design.mass:
        onsite = Quartic(0.5 * model.onsite.curvature(state), 0.0)
        linear = EnergyModel(model.J, model.b, onsite, model.kT, model.mobility)
        generator = inertial_generator(linear, design.mass)
    else:
        return np.asarray(model.mobility * np.linalg.eigvalsh(model.hessian(state)))
    values = np.linalg.eigvals(generator)
    return np.concatenate([-values.real, np.abs(values)])


def reference_of(design: Design) -> Callable[..., Any] | None:
    """Return what simulates the ideal machine; None if there is no such simulation."""
    if has_cells(design):
        return None
    if design.mass:
        return partial(simulate_underdamped, design.model, mass=design.mass)
    return partial(simulate_langevin, design.model)


def chain_of(design: Design, dt: float, circuit: bool) -> Chain:
    """Return the linear chain that the circuit (backward Euler) or the reference follows."""
    model = design.model
    if has_cells(design):
        return Chain(*cell_step(model, quality_of(design), dt, "backward-euler"), dt)
    if design.mass:
        scheme = "backward-euler" if circuit else "exact"
        return Chain(*inertial_step(model, design.mass, dt, scheme), dt)  # type: ignore[arg-type]
    return Chain(*linear_step(model, dt, "backward-euler" if circuit else "euler-maruyama"), dt)
