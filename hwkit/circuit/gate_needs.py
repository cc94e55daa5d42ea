"""What gates and experts ask of the hardware: counts, converters, bits, range, power.

A stored number (coupling, bias, gate field, constant) takes a converter, a DAC. A DAC of b bits
over +-max has steps q = 2 max / 2^b and errors of q / sqrt(12). Bits are those at which, with
inputs of the rms RMS,

    couplings: the rms error of a coupling is 1 % of the couplings' rms (so is the field's)
    gates:     the error of a field w . x is 0.1 rms: weights move by at most 2.5 %

First estimates; what a machine takes is found by rounding it and measuring what it generates.

Power: a transconductor needs a bias current of g times the swing, at the supply. The branch
currents of a gate are one tail current together, so of its experts the largest counts, not the sum.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwkit.circuit.gates import GATE_VOLT
from hwkit.circuit.scale import Scale
from hwkit.model import ExpertGroup, GatedMachine

FloatArray = NDArray[np.float64]

RMS = 0.5  # of a unit, about that of data sets while they are generated
_COUPLING_ERROR, _FIELD_ERROR = 0.01, 0.1


@dataclass(frozen=True)
class GateNeeds:
    """Numbers of a gated machine, of all segments together unless said otherwise.

    Attributes:
        n_segments, n_gates, n_experts: how many.
        n_shared, n_of_experts: couplings that are always on, and those that gates feed.
        n_field_inputs: what the fields of gates read, in couplings.
        n_dacs: numbers to be stored.
        field_swing: largest voltage between two fields of a gate at |x| = RMS, V.
        coupling_bits, gate_bits: of a DAC, see above; not a whole number.
    """

    n_segments: int
    n_gates: int
    n_experts: int
    n_shared: int
    n_of_experts: int
    n_field_inputs: int
    n_dacs: int
    field_swing: float
    coupling_bits: float
    gate_bits: float

    def describe(self) -> list[str]:
        """Return the numbers as lines for people."""
        return [
            f"gates              {self.n_gates} of {self.n_experts} experts in "
            f"{self.n_segments} segments; {self.n_field_inputs} inputs of fields, fields up to "
            f"{self.field_swing:.3g} V apart",
            f"couplings          {self.n_shared} always on, {self.n_of_experts} of experts; "
            f"{self.n_dacs} numbers to store",
            f"bits               {self.coupling_bits:.1f} of couplings (1 % of their rms), "
            f"{self.gate_bits:.1f} of gates (0.1 in a field)",
        ]


def gate_needs(segments: Sequence[GatedMachine]) -> GateNeeds:
    """Return what the gates and experts of a machine's segments ask for."""
    groups = [group for segment in segments for group in segment.groups]
    shared = sum(int(np.count_nonzero(segment.J)) for segment in segments)
    of_experts = sum(group.n_couplings for group in groups)
    inputs = sum(int(np.count_nonzero(group.w)) for group in groups)
    biases = sum(segment.n_units for segment in segments)
    biases += sum(int(np.count_nonzero(group.b)) for group in groups)
    constants = sum(group.n_experts for group in groups)
    return GateNeeds(
        len(segments),
        len(groups),
        constants,
        shared,
        of_experts,
        inputs,
        shared + of_experts + inputs + biases + constants,
        max((_field_swing(group) for group in groups), default=0.0),
        max(
            (_bits(J, _COUPLING_ERROR * _rms(J)) for s in segments for J in _couplings(s)),
            default=0.0,
        ),
        max((_gate_bits(group) for group in groups), default=0.0),
    )


def loads(machine: GatedMachine) -> tuple[FloatArray, FloatArray]:
    """Return sum_j |J_ij| and |b_i| of each unit, (N,) each; of a group its largest expert."""
    couplings, biases = np.abs(machine.J).sum(axis=1), np.abs(machine.b)
    for group in machine.groups:
        drives = slice(None) if group.drives is None else group.drives
        biases[drives] += np.abs(group.b).max(axis=0)
        if group.J is not None:
            couplings[drives] += np.abs(group.J).sum(axis=2).max(axis=0)
    return couplings, biases


def gated_power(machine: GatedMachine, scale: Scale, volt: float, supply: float) -> float:
    """Return the static power of couplings, biases and gates at a swing, W."""
    total = float(np.abs(machine.J).sum()) * scale.siemens * volt
    total += float(np.abs(machine.b).sum()) * scale.ampere
    for group in machine.groups:
        each = np.abs(group.b).sum(axis=1) * scale.ampere
        if group.J is not None:
            each = each + np.abs(group.J).sum(axis=(1, 2)) * scale.siemens * volt
        fields = float(np.abs(group.w).sum()) * GATE_VOLT / scale.volt * scale.siemens * volt
        total += float(each.max()) + fields + scale.ampere
        total += float(np.abs(group.c).sum()) * GATE_VOLT * scale.siemens
    return total * supply


def _couplings(machine: GatedMachine) -> list[FloatArray]:
    return [machine.J, *(group.J for group in machine.groups if group.J is not None)]


def _rms(values: FloatArray) -> float:
    return float(np.sqrt(np.mean(np.square(values)))) if values.size else 0.0


def _bits(values: FloatArray, error: float) -> float:
    """Return the bits of a DAC over +-max |values| whose rms error is `error`."""
    largest = float(np.max(np.abs(values), initial=0.0))
    return float(np.log2(2 * largest / (np.sqrt(12) * error))) if largest and error else 0.0


def _gate_bits(group: ExpertGroup) -> float:
    return _bits(group.w, _FIELD_ERROR / (RMS * np.sqrt(group.n_reads)))


def _field_swing(group: ExpertGroup) -> float:
    """Return the largest rms of the difference of two fields, added to that of their constants."""
    squares = np.sum(group.w**2, axis=1)
    apart = np.sqrt(np.maximum(squares[:, None] + squares - 2 * group.w @ group.w.T, 0.0))
    constants = np.abs(group.c[:, None] - group.c)
    return float(np.max(RMS * apart + constants)) * GATE_VOLT
