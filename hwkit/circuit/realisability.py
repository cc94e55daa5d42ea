"""What a design asks of the hardware: noise, couplings against restoring force, part count."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from hwkit.circuit.scale import Scale
from hwkit.model import EnergyModel
from hwkit.units import BOLTZMANN, engineering

ROOM_TEMPERATURE = 300.0


@dataclass(frozen=True)
class Realisability:
    """Numbers that every compile prints; SI units.

    Attributes:
        noise_psd: one-sided PSD of each node's noise current, A^2/Hz.
        noise_temperature: temperature of a resistor 1/G0 with that noise, K.
        thermal_volt: V0 at which the noise of 1/G0 at 300 K alone would do, V.
        joule: energy of V = 1, J.
        coupling_sum_mean, coupling_sum_max: sum_j |J_ij| over units.
        restoring: smallest restoring curvature U''(0) of a unit (2 J2 for the quartic).
        n_elements: circuit elements.
    """

    noise_psd: float
    noise_temperature: float
    thermal_volt: float
    joule: float
    coupling_sum_mean: float
    coupling_sum_max: float
    restoring: float
    n_elements: int

    @property
    def passive(self) -> bool:
        """Whether plain conductances could carry the couplings without cancelled loading."""
        return self.coupling_sum_max <= self.restoring

    def describe(self) -> str:
        """Return the numbers as lines for people."""
        ratio = self.noise_temperature / ROOM_TEMPERATURE
        loading = "fits" if self.passive else "exceeds"
        return "\n".join(
            [
                f"noise current      {np.sqrt(self.noise_psd):.3g} A/sqrt(Hz) one-sided per node",
                f"noise-equivalent   {self.noise_temperature:.3g} K at G0, {ratio:.3g} times 300 "
                f"K; thermal noise alone would allow V0 = {engineering(self.thermal_volt, 'V')}",
                f"energy unit        {engineering(self.joule, 'J')}",
                f"sum |J| per unit   {self.coupling_sum_mean:.3g} mean, "
                f"{self.coupling_sum_max:.3g} largest; {loading} the restoring curvature "
                f"{self.restoring:.3g}, so loading "
                + ("is affordable" if self.passive else "must be cancelled or avoided"),
                f"elements           {self.n_elements}",
            ]
        )


def assess(model: EnergyModel, scale: Scale, n_elements: int) -> Realisability:
    """Work out the realisability numbers of a model at a scale."""
    sums = np.asarray(abs(sp.csr_array(model.J)).sum(axis=1)).ravel()
    curvature = np.broadcast_to(model.onsite.curvature(np.zeros(model.n_units)), (model.n_units,))
    return Realisability(
        noise_psd=scale.noise_psd(model.kT),
        noise_temperature=scale.noise_temperature(model.kT),
        thermal_volt=float(np.sqrt(BOLTZMANN * ROOM_TEMPERATURE / (model.kT * scale.farad))),
        joule=scale.joule,
        coupling_sum_mean=float(sums.mean()),
        coupling_sum_max=float(sums.max()),
        restoring=float(curvature.min()),
        n_elements=n_elements,
    )
