"""A foreign netlist as a circuit: what its nodes, volts, seconds and noise mean is measured.

Where units are voltages, ngspice measures their nodes' capacitances C; where they are fluxes
(`netlist.coils`), resistance R and capacitance C at the coils' nodes, and of the meters the
transconductance g and the capacitance C_f:

    I0 = C V0 / tau    or    I0 = Phi0 / (R tau),  Phi0 = -V0 C_f / g,  mass = R C / tau

I0 is the current of a force of 1. The noise is as strong as the netlist says, or as the model asks
for where it says nothing:

    i_noise = I0 sqrt(2 kT tau) dW/dt        t in seconds
"""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from hwkit.circuit import Scale
from hwkit.errors import NetlistError
from hwkit.model import EnergyModel
from hwkit.netlist.foreign import ForeignNetlist
from hwkit.spice.library import find_library
from hwkit.spice.meters import measure_capacitances, measure_coils

FloatArray = NDArray[np.float64]

_MASSLESS = 1e-9  # a smaller mass is what the measurement leaves of none


@dataclass(frozen=True, eq=False)
class Fluxes:
    """What is measured of units that are fluxes.

    Attributes:
        ohms: resistance at each coil's node, (N,).
        webers: flux of x = 1, (N,).
        meter_farads: capacitance of each meter, (N,), F.
        amperes: what the inductors carry per unit of x, (N, N), A; from the elements as read.
    """

    ohms: FloatArray
    webers: FloatArray
    meter_farads: FloatArray
    amperes: FloatArray


@dataclass(frozen=True, eq=False)
class ForeignCircuit:
    """A foreign netlist that claims to be a machine; use `foreign_circuit` to make one.

    Attributes:
        model: the machine that it is compared with.
        netlist: the netlist, each unit with its node.
        scale: volts, seconds, and the mean of the measured capacitances.
        farads: measured capacitance of each unit's node, (N,), F.
        fluxes: what else is measured where units are fluxes, else None.
        cell: what is in place of the name of a circuit family.
    """

    model: EnergyModel
    netlist: ForeignNetlist
    scale: Scale
    farads: FloatArray
    fluxes: Fluxes | None = None
    cell: str = "foreign"

    @property
    def machine(self) -> EnergyModel:
        """The same as `model`, as a `Design` calls it."""
        return self.model

    @property
    def force_amperes(self) -> FloatArray:
        """Current that a force of 1 stands for at each unit, (N,), A."""
        if self.fluxes is None:
            return self.farads * self.scale.volt / self.scale.second
        return self.fluxes.webers / (self.fluxes.ohms * self.scale.second)

    @property
    def webers(self) -> FloatArray:
        """Flux of x = 1, (N,), where units are fluxes.

        Raises:
            NetlistError: where they are voltages.
        """
        if self.fluxes is None:
            raise NetlistError("the units of this netlist are voltages and have no flux")
        return self.fluxes.webers

    @property
    def nominal_noise(self) -> FloatArray:
        """Root of the two-sided spectral density that the model asks for, (N,), A/sqrt(Hz)."""
        return np.asarray(self.force_amperes * np.sqrt(2 * self.model.kT * self.scale.second))

    @property
    def masses(self) -> FloatArray:
        """Inertia of each unit in model time, (N,); 0 where units are voltages."""
        if self.fluxes is None:
            return np.zeros_like(self.farads)
        return self.fluxes.ohms * self.farads / self.scale.second / self.model.mobility**2

    @property
    def mass(self) -> float:
        """Median of the units' masses."""
        median = float(np.median(self.masses))
        return median if median > _MASSLESS else 0.0

    @property
    def start_charges(self) -> sp.csr_array:
        """Charge that each source must bring in per volt of each unit, sparse (S, N), C/V.

        Sources are those of the units, then one for each meter.
        """
        if self.fluxes is None:
            return sp.csr_array(sp.diags_array(self.farads))
        n = self.farads.size
        none, meters = sp.csr_array((n, n)), sp.diags_array(self.fluxes.meter_farads)
        return sp.csr_array(sp.vstack([none, meters]))

    @property
    def start_amperes(self) -> FloatArray | None:
        """Current that inductors carry per unit of x, (N, N), A; None where there are none."""
        return None if self.fluxes is None else self.fluxes.amperes

    @property
    def solving_scale(self) -> Scale:
        """The scale of voltages and currents that a simulator solves for."""
        if self.fluxes is None:
            return self.scale
        ohm, second = float(np.min(self.fluxes.ohms)), self.scale.second
        return Scale(float(np.median(self.force_amperes)) * ohm, second, second / ohm)


def foreign_circuit(
    netlist: ForeignNetlist,
    model: EnergyModel,
    volt: float | None = None,
    second: float | None = None,
    timeout: float | None = None,
) -> ForeignCircuit:
    """Measure a foreign netlist's units in ngspice and return it as a circuit.

    Args:
        netlist: the netlist.
        model: the machine it is compared with.
        volt, second: units of x and of mobility * t, where the netlist has no `.param hwkit_volt`
            and `hwkit_second`; 0.1 V and 1 us if None.
        timeout: seconds that each of the two measurements may take; None for no limit.

    Raises:
        NetlistError: if a capacitance is not above 0, or lies between units.
        SimulationError: if ngspice is missing or can't read the netlist.
    """
    find_library()
    stated = netlist.parameters
    for name, value in (("volt", volt), ("second", second)):
        if value is not None and stated.get(name, value) != value:
            raise NetlistError(
                f"the netlist states hwkit_{name} = {stated[name]:g}, so that {name} = {value:g} "
                "changes nothing; leave it out, or change the netlist"
            )
    volt, second = (0.1 if volt is None else volt), (1e-6 if second is None else second)
    volt, second = stated.get("volt", volt), stated.get("second", second)
    if netlist.fluxes:
        return _of_fluxes(netlist, model, volt, second, timeout)
    farads = measure_capacitances(netlist, second, timeout)
    return ForeignCircuit(model, netlist, Scale(volt, second, float(np.mean(farads))), farads)


def _of_fluxes(
    netlist: ForeignNetlist, model: EnergyModel, volt: float, second: float, timeout: float | None
) -> ForeignCircuit:
    found = measure_coils(netlist, second, timeout)
    webers = -volt * found.meter_farads / found.meter_siemens
    fluxes = Fluxes(1 / found.siemens, webers, found.meter_farads, netlist.stiffness * webers)
    scale = Scale(volt, second, float(np.mean(found.meter_farads)))
    return ForeignCircuit(model, netlist, scale, found.farads, fluxes)
