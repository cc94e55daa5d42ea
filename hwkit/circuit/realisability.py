"""What a design asks of the hardware: noise, signs, loading, spread of values, range, power.

The swing is the outermost x at which a unit could rest: where its own force balances all its
couplings at that x and its bias. Power is an estimate of first order: a transconductor needs a bias
current of g times the swing, at the supply; a resistor dissipates the square of the swing over its
resistance. Readout, noise sources and weight writing are not in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from hwkit.circuit.gate_needs import GateNeeds, gate_needs, gated_power, loads
from hwkit.circuit.parts import FloatArray, Parts
from hwkit.circuit.scale import Scale
from hwkit.model import DriftMachine, EnergyModel, GatedMachine
from hwkit.units import BOLTZMANN, engineering

ROOM_TEMPERATURE = 300.0
FARAD_PER_AREA = 2e-3  # F/m^2 of GF180MCU's densest capacitors between metals (2 fF/um^2)
SUPPLY_VOLT = 1.8  # of the transconductors, for the estimate of power
_WIDEST_SWING = 1e3
_SUPPLY_NOTE = f"transconductors at {SUPPLY_VOLT:g} V"


@dataclass(frozen=True)
class Realisability:
    """Numbers that every compile prints; SI units.

    Attributes:
        noise_psd: one-sided PSD of each node's noise current, A^2/Hz.
        noise_temperature: temperature of a resistor 1/G0 with that noise, K.
        thermal_volt: V0 at which the noise of 1/G0 at 300 K alone would do, V.
        joule: energy of V = 1, J.
        coupling_sum_mean, coupling_sum_max: sum_j |J_ij| over units: what resistors would add to
            the conductance of a node, in G0, and a converter would have to cancel.
        restoring: smallest restoring curvature U''(0) of a unit (2 J2 for the quartic).
        n_elements: circuit elements.
        n_positive, n_negative: couplings of either sign.
        value_spread: role -> largest over smallest magnitude of the values that are not 0.
        swing: outermost x at which a unit could rest.
        dynamic_range_db: the swing over the thermal noise of C at 300 K, in dB.
        power: estimated static power, W.
        n_transistors, gate_area: transistors and the area of their gates, m^2; 0 without any.
        capacitor_area: of capacitors on the chip of those transistors, m^2.
        remarks: where the design does not do what was asked for.
        gates: what gates and experts ask for; None without any. Sums of couplings then count the
            largest expert.
    """

    noise_psd: float
    noise_temperature: float
    thermal_volt: float
    joule: float
    coupling_sum_mean: float
    coupling_sum_max: float
    restoring: float
    n_elements: int
    n_positive: int
    n_negative: int
    value_spread: dict[str, float]
    swing: float
    dynamic_range_db: float
    power: float
    n_transistors: int = 0
    gate_area: float = 0.0
    capacitor_area: float = 0.0
    remarks: tuple[str, ...] = ()
    gates: GateNeeds | None = None

    @property
    def passive(self) -> bool:
        """Whether plain conductances could carry the couplings without cancelled loading."""
        return self.coupling_sum_max <= self.restoring

    @property
    def noise_gain_db(self) -> float:
        """Gain in power from the noise of 1/G0 at 300 K to that of the machine, in dB."""
        return float(10 * np.log10(self.noise_temperature / ROOM_TEMPERATURE))

    def describe(self) -> str:
        """Return the numbers as lines for people."""
        ratio = self.noise_temperature / ROOM_TEMPERATURE
        loading = "fits" if self.passive else "exceeds"
        spread = ", ".join(f"{role} {value:.3g}" for role, value in self.value_spread.items())
        supply = "from all bias currents" if self.n_transistors else _SUPPLY_NOTE
        return "\n".join(
            [
                f"noise current      {np.sqrt(self.noise_psd):.3g} A/sqrt(Hz) one-sided per node",
                f"noise-equivalent   {self.noise_temperature:.3g} K at G0, {ratio:.3g} times 300 "
                f"K ({self.noise_gain_db:+.3g} dB); thermal noise alone would allow V0 = "
                f"{engineering(self.thermal_volt, 'V')}",
                f"energy unit        {engineering(self.joule, 'J')}",
                f"couplings          {self.n_positive} positive, {self.n_negative} negative",
                f"sum |J| per unit   {self.coupling_sum_mean:.3g} mean, "
                f"{self.coupling_sum_max:.3g} largest; {loading} the restoring curvature "
                f"{self.restoring:.3g}, so loading "
                + ("is affordable" if self.passive else "must be cancelled or avoided"),
                f"spread of values   {spread or 'none'} (largest over smallest)",
                f"swing              |x| up to {self.swing:.3g}; dynamic range "
                f"{self.dynamic_range_db:.3g} dB above the thermal noise of C at 300 K",
                f"static power       {engineering(self.power, 'W')}, estimated ({supply}; no "
                "readout, noise sources or weight writing)",
                f"elements           {self.n_elements}",
                *(self.gates.describe() if self.gates else []),
                *self._silicon(),
            ]
        )

    def _silicon(self) -> list[str]:
        if not self.n_transistors:
            return []
        area = f"{1e12 * self.gate_area:.4g} um^2 of gates"
        capacitors = f"{1e12 * self.capacitor_area:.4g} um^2 at 2 fF/um^2, decoupling included"
        return [
            f"transistors        {self.n_transistors}, {area}",
            f"capacitors         {capacitors}",
            *(f"remark             {remark}" for remark in self.remarks),
        ]


def assess_gated(
    units: EnergyModel, segments: Sequence[GatedMachine], scale: Scale, parts: Sequence[Parts]
) -> Realisability:
    """Work out the numbers of a gated machine: of its worst segment, counts of all of them.

    Args:
        units: the machine's units, uncoupled.
        segments: the machines that take turns.
        scale, parts: of the design.
    """
    own = assess(units, scale, parts)
    needed = [loads(segment) for segment in segments]
    swing = max(_swing(units, *each) for each in needed)
    signs = [np.sign(J) for s in segments for J in (s.J, *(g.J for g in s.groups)) if J is not None]
    fixed = [p for p in parts if p.role.startswith("onsite")]
    drives = (gated_power(s, scale, swing * scale.volt, SUPPLY_VOLT) for s in segments)
    return replace(
        own,
        coupling_sum_mean=max(float(sums.mean()) for sums, _ in needed),
        coupling_sum_max=max(float(sums.max()) for sums, _ in needed),
        n_positive=sum(int(np.count_nonzero(s > 0)) for s in signs),
        n_negative=sum(int(np.count_nonzero(s < 0)) for s in signs),
        swing=swing,
        dynamic_range_db=own.dynamic_range_db + float(20 * np.log10(swing / own.swing)),
        power=_power(fixed, swing * scale.volt) + max(drives),
        gates=gate_needs(segments),
    )


def assess(
    model: EnergyModel | DriftMachine, scale: Scale, parts: Sequence[Parts]
) -> Realisability:
    """Work out the realisability numbers of a model at a scale, made of some parts."""
    sums = np.asarray(abs(sp.csr_array(model.J)).sum(axis=1), dtype=np.float64).ravel()
    curvature = np.broadcast_to(model.onsite.curvature(np.zeros(model.n_units)), (model.n_units,))
    J, swing = _couplings(model), _swing(model, sums, np.abs(model.b))
    thermal = np.sqrt(BOLTZMANN * ROOM_TEMPERATURE / scale.farad)
    return Realisability(
        noise_psd=scale.noise_psd(model.kT),
        noise_temperature=scale.noise_temperature(model.kT),
        thermal_volt=float(np.sqrt(BOLTZMANN * ROOM_TEMPERATURE / (model.kT * scale.farad))),
        joule=scale.joule,
        coupling_sum_mean=float(sums.mean()),
        coupling_sum_max=float(sums.max()),
        restoring=float(curvature.min()),
        n_elements=sum(len(group) for group in parts),
        n_positive=int(np.count_nonzero(J > 0)),
        n_negative=int(np.count_nonzero(J < 0)),
        value_spread={group.role: _spread(group) for group in parts if _spread(group) > 1},
        swing=swing,
        dynamic_range_db=float(20 * np.log10(swing * scale.volt / thermal)),
        power=_power(parts, swing * scale.volt),
    )


def _couplings(model: EnergyModel | DriftMachine) -> np.ndarray:
    """Return the couplings: of each pair, or of each direction where those differ."""
    if isinstance(model, EnergyModel):
        return model.pairs()[2]
    return np.asarray(model.J[model.J != 0])


def _swing(model: EnergyModel | DriftMachine, sums: FloatArray, bias: FloatArray) -> float:
    """Return the largest x with U'(x) = sum_j |J_ij| x + |b_i|, and at least 3 sigma of a unit."""
    curvature = float(np.min(model.onsite.curvature(np.zeros(model.n_units))))
    sigma = np.sqrt(model.kT / curvature) if curvature > 0 else 0.0

    def surplus(x: float) -> float:
        slope = model.onsite.slope(np.full(model.n_units, x))
        return float(np.min(slope - sums * x - bias))

    # Bisection from far out, where the onsite force wins if it ever does.
    low, high = 0.0, _WIDEST_SWING
    with np.errstate(over="ignore"):
        if not surplus(high) > 0:
            return float(3 * sigma)
        for _ in range(60):
            middle = 0.5 * (low + high)
            low, high = (low, middle) if surplus(middle) > 0 else (middle, high)
    return max(high, float(3 * sigma))


def _spread(parts: Parts) -> float:
    if parts.kind in ("noise", "voltage") or not np.any(parts.values):
        return 1.0
    size = np.abs(parts.values[parts.values != 0])
    return float(size.max() / size.min())


def _power(parts: Sequence[Parts], volt: float) -> float:
    total = 0.0
    for group in parts:
        if group.kind in ("transconductor", "saturating"):
            total += float(np.sum(np.abs(group.values))) * volt * SUPPLY_VOLT
        elif group.kind == "resistor":
            total += float(np.sum(volt**2 / np.abs(group.values)))
        elif group.kind == "current":
            total += float(np.sum(np.abs(group.values))) * SUPPLY_VOLT
    return total
