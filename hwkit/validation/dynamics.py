"""What is known exactly of a linear design, by the dynamics of its family.

Overdamped machines (rc, resistive), machines with inertia (rlc), LC cells (spu).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

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


class Known(Protocol):
    """What is known of a design."""

    def spectrum(self, frequencies: FloatArray, state: FloatArray) -> NDArray[np.complex128]:
        """Return the one-sided cross-spectral density of x, linearised at a state, (F, N, N)."""

    def rates(self, state: FloatArray) -> FloatArray:
        """Return rates of relaxation at a state (N,), or of oscillation where that is faster.

        Per model time, one for each mode, (modes,).
        """

    def reference(self) -> Callable[..., Any] | None:
        """Return what simulates the ideal machine; None if there is no such simulation."""

    def chain(self, dt: float, circuit: bool) -> Chain:
        """Return the chain that the circuit (backward Euler) or the reference follows."""


@dataclass(frozen=True)
class Overdamped:
    """A gradient machine."""

    model: EnergyModel

    def spectrum(self, frequencies: FloatArray, state: FloatArray) -> NDArray[np.complex128]:
        """See `Known`."""
        return machine_spectrum(self.model, frequencies, 0.0, state)

    def rates(self, state: FloatArray) -> FloatArray:
        """See `Known`."""
        return np.asarray(self.model.mobility * np.linalg.eigvalsh(self.model.hessian(state)))

    def reference(self) -> Callable[..., Any]:
        """See `Known`."""
        return partial(simulate_langevin, self.model)

    def chain(self, dt: float, circuit: bool) -> Chain:
        """See `Known`."""
        step = linear_step(self.model, dt, "backward-euler" if circuit else "euler-maruyama")
        return Chain(*step, dt)


@dataclass(frozen=True)
class Inertial:
    """A machine whose units have a mass."""

    model: EnergyModel
    mass: float

    def spectrum(self, frequencies: FloatArray, state: FloatArray) -> NDArray[np.complex128]:
        """See `Known`."""
        return machine_spectrum(self.model, frequencies, self.mass, state)

    def rates(self, state: FloatArray) -> FloatArray:
        """See `Known`."""
        model = self.model
        onsite = Quartic(0.5 * model.onsite.curvature(state), 0.0)
        linear = EnergyModel(model.J, model.b, onsite, model.kT, model.mobility)
        return _rates_of(inertial_generator(linear, self.mass))

    def reference(self) -> Callable[..., Any]:
        """See `Known`."""
        return partial(simulate_underdamped, self.model, mass=self.mass)

    def chain(self, dt: float, circuit: bool) -> Chain:
        """See `Known`."""
        step = inertial_step(self.model, self.mass, dt, "backward-euler" if circuit else "exact")
        return Chain(*step, dt)


@dataclass(frozen=True)
class LcCells:
    """LC cells of one quality factor; their samples are the answer, not their paths."""

    model: EnergyModel
    quality: float

    def spectrum(self, frequencies: FloatArray, state: FloatArray) -> NDArray[np.complex128]:
        """See `Known`."""
        return cell_spectrum(self.model, self.quality, frequencies)

    def rates(self, state: FloatArray) -> FloatArray:
        """See `Known`."""
        return _rates_of(cell_generator(self.model, self.quality)[0])

    def reference(self) -> None:
        """See `Known`."""
        return

    def chain(self, dt: float, circuit: bool) -> Chain:
        """See `Known`."""
        return Chain(*cell_step(self.model, self.quality, dt, "backward-euler"), dt)


def known_of(design: Design) -> Known:
    """Return what is known of a design."""
    if has_cells(design):
        return LcCells(design.model, quality_of(design))
    if design.mass:
        return Inertial(design.model, design.mass)
    return Overdamped(design.model)


def has_cells(design: Design) -> bool:
    """Say whether a design's units are LC cells."""
    family = CELLS.get(design.cell)
    return family is not None and family.dynamics == "lc-cells"


def quality_of(design: Design) -> float:
    """Return the quality factor of a design's LC cells, R sqrt(C0 / L)."""
    ohm, henry = (design.group(role).values[0] for role in ("loss", "inductor"))
    return float(ohm * np.sqrt(design.scale.farad / henry))


def _rates_of(generator: FloatArray) -> FloatArray:
    values = np.linalg.eigvals(generator)
    return np.concatenate([-values.real, np.abs(values)])
