"""Boards: a machine as it was built, with errors of its parts that a seed and a number fix.

    J_ij -> J_ij (1 + lot) (1 + coupling e_ij)    each direction drawn on its own
    b_i  -> b_i (1 + bias e_i) + bias_offset e'_i + sum_j J_ij offset d_ij
    J2_i -> J2_i (1 + onsite e''_i)

all e, d standard normal. The errors belong to the board, not to what is programmed into it: the
same board (seed, number) spoils every machine in the same way, so machines are compared on the same
boards. Offsets sit at the inputs of couplings, in units of x.
"""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import ConfigError
from hwkit.model import Cosh, DriftMachine, EnergyModel, Onsite, Quartic, Transfer
from hwkit.wiener import child_seed

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Mismatch:
    """Standard deviations of the errors of boards.

    Attributes:
        coupling: of each coupling, relative, for each direction.
        lot: of all couplings of a board together, relative.
        offset: at the input of each coupling, in units of x.
        bias: of each bias, relative.
        bias_offset: added to each bias.
        onsite: of each unit's J2, relative.
    """

    coupling: float = 0.0
    lot: float = 0.0
    offset: float = 0.0
    bias: float = 0.0
    bias_offset: float = 0.0
    onsite: float = 0.0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not np.isfinite(value) or value < 0:
                raise ConfigError(
                    f"mismatch {field.name} is {value!r}; give a standard deviation, 0 or more"
                )


@dataclass(frozen=True, eq=False)
class BoardErrors:
    """The errors of one board: factors and offsets, (N, N) and (N,)."""

    gain: FloatArray
    input_offset: FloatArray
    bias_gain: FloatArray
    bias_offset: FloatArray
    onsite_gain: FloatArray | None

    @classmethod
    def draw(cls, mismatch: Mismatch, n_units: int, seed: int, board: int) -> "BoardErrors":
        """Draw the errors of board `board`."""

        def normals(role: str, *shape: int) -> FloatArray:
            philox = np.random.Philox(child_seed(seed, "board", str(board), role))
            return np.random.Generator(philox).standard_normal(shape)

        lot = 1 + mismatch.lot * normals("lot", 1)[0]
        onsite = None
        if mismatch.onsite:
            onsite = 1 + mismatch.onsite * normals("onsite", n_units)
        return cls(
            lot * (1 + mismatch.coupling * normals("coupling", n_units, n_units)),
            mismatch.offset * normals("offset", n_units, n_units),
            1 + mismatch.bias * normals("bias", n_units),
            mismatch.bias_offset * normals("bias offset", n_units),
            onsite,
        )

    def build(self, model: EnergyModel | DriftMachine) -> DriftMachine:
        """Return the machine that this board makes of what is programmed into it.

        Raises:
            ConfigError: if onsite errors meet a tabulated onsite energy.
        """
        machine = model if isinstance(model, DriftMachine) else DriftMachine.of(model)
        J = machine.J * self.gain
        b = machine.b * self.bias_gain + self.bias_offset + np.sum(J * self.input_offset, axis=1)
        return DriftMachine(
            J,
            b,
            self._onsite(machine.onsite),
            machine.transfer,
            machine.kT,
            machine.mobility,
            machine.n_visible,
        )

    def _onsite(self, onsite: Onsite) -> Onsite:
        if self.onsite_gain is None:
            return onsite
        if isinstance(onsite, Quartic):
            return Quartic(onsite.J2 * self.onsite_gain, onsite.J4)
        if isinstance(onsite, Cosh):
            return Cosh(onsite.J2 * self.onsite_gain, onsite.r)
        raise ConfigError(
            f"onsite errors are relative errors of J2, which a {onsite.kind} energy does not have"
        )


def on_hardware(model: EnergyModel, onsite: Onsite, transfer: Transfer | None) -> DriftMachine:
    """Return a machine on units and couplings other than those it was trained for."""
    ideal = DriftMachine.of(model)
    return DriftMachine(
        ideal.J, ideal.b, onsite, transfer, ideal.kT, ideal.mobility, ideal.n_visible
    )
