"""From pictures to transistors: extract the cells, train on what they do, compile.

Training knows one transfer curve for all couplings: that of the tail current of the median
coupling, found by training twice. Only the strongest pairs are kept if asked for, and trained again
alone; couplings too weak for the smallest tail current are left out.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hwkit.circuit import Design, Scale, SiliconOptions, compile_model
from hwkit.circuit.cells.silicon.curves import SiliconCurves
from hwkit.circuit.cells.silicon.sizes import choose_pair, weakest_coupling
from hwkit.errors import ConfigError
from hwkit.model import CurveMachine, DriftMachine, layered_mask
from hwkit.ordering import falling
from hwkit.spice.silicon import extract_curves
from hwkit.training import Protocol, train_drift

FloatArray = NDArray[np.float64]

_TYPICAL_J = 0.5  # whose curve the first training uses


@dataclass(frozen=True, eq=False)
class SiliconTraining:
    """A machine trained for transistors.

    Attributes:
        machine: couplings of both directions, biases, onsite energy and shared transfer curve.
        design: its circuit.
        curves: of the cells, as extracted before training.
        patterns: normalised, (P, n_visible).
        protocol: of the training.
        loss: of the training, per step.
    """

    machine: DriftMachine
    design: Design
    curves: SiliconCurves
    patterns: FloatArray
    protocol: Protocol
    loss: float

    @property
    def reference(self) -> CurveMachine:
        """The machine of the extracted curves: each coupling with its own."""
        return self.curves.machine(self.design)


def train_for_transistors(
    patterns: ArrayLike,
    scale: Scale,
    options: SiliconOptions | None = None,
    *,
    protocol: Protocol | None = None,
    n_hidden: int = 0,
    n_pairs: int | None = None,
    kT: float = 0.1,
    directed: bool = True,
) -> SiliconTraining:
    """Train a machine on the extracted curves and compile it.

    Args:
        patterns: pictures (P, n_visible), one unit for each pixel.
        scale: volts, seconds and farads of the circuit.
        options: corner, temperature and decoupling; the cells are extracted there.
        protocol: of the noising; 1.25 long at strength 1.5 if None.
        n_hidden: number of hidden units; with some, visible units are not coupled to each other.
        n_pairs: number of coupled pairs to keep, the strongest of all; all if None.
        kT: temperature in units of energy.
        directed: train J_ij and J_ji apart.

    Raises:
        DesignError: if sizes or currents for the scale can't be found.
        SimulationError: if ngspice is missing.
    """
    options = options if options is not None else SiliconOptions()
    protocol = protocol if protocol is not None else Protocol(t_final=1.25, strength=1.5)
    pictures = np.asarray(patterns, dtype=np.float64)
    kit, process = options.kit, options.open_process()
    sizes = choose_pair(scale.volt, scale.ampere, kit).sizes
    curves = extract_curves(sizes, process, options.celsius)
    onsite = curves.onsite_energy(scale)
    n_visible = pictures.shape[1]
    mask = layered_mask(n_visible, n_hidden) if n_hidden else ~np.eye(n_visible, dtype=bool)
    weakest = weakest_coupling(scale, kit)
    typical = _TYPICAL_J
    for last in (False, True):
        transfer = curves.transfer(scale, curves.tail_for(typical * scale.siemens))
        trained = train_drift(
            pictures, n_hidden, transfer, directed=directed, onsite=onsite, kT=kT,
            protocol=protocol, mask=mask,
        )  # fmt: skip
        if not last:
            J = trained.machine.J
            mask = strongest_pairs(J, n_pairs) if n_pairs is not None else mask
            mask &= np.abs(J) >= weakest
            mask = mask if directed else mask & mask.T
            typical = float(np.median(np.abs(J[mask])))
    machine = _realisable(trained.machine, weakest)
    design = compile_model(machine, "silicon", scale, options)
    design = replace(design, curves=curves)
    return SiliconTraining(machine, design, curves, trained.patterns, protocol, trained.loss)


def _realisable(machine: DriftMachine, weakest: float) -> DriftMachine:
    """Return a machine without couplings below the weakest that a tail current makes."""
    return replace(machine, J=np.where(np.abs(machine.J) >= weakest, machine.J, 0.0))


def strongest_pairs(J: FloatArray, n_pairs: int) -> NDArray[np.bool_]:
    """Return a mask (N, N) of the pairs whose couplings, both directions, are the strongest.

    Raises:
        ConfigError: if there are fewer pairs.
    """
    n = len(J)
    rows, columns = np.triu_indices(n, 1)
    if not 0 < n_pairs <= rows.size:
        raise ConfigError(f"n_pairs is {n_pairs}; {n} units have 1 to {rows.size} pairs")
    strength = J[rows, columns] ** 2 + J[columns, rows] ** 2
    chosen = falling(strength)[:n_pairs]
    mask = np.zeros((n, n), dtype=bool)
    mask[rows[chosen], columns[chosen]] = mask[columns[chosen], rows[chosen]] = True
    return mask
