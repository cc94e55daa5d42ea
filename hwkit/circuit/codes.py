"""Currents that digital-to-analog converters set: a whole code times a step."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwkit.circuit.parts import FloatArray
from hwkit.errors import DesignError
from hwkit.ordering import whole
from hwkit.units import engineering


@dataclass(frozen=True, eq=False)
class CodedCurrents:
    """Currents with one role; they stand for the sources that a design without converters has.

    Attributes:
        role: what they are for, as of `Parts`.
        codes: whole numbers, (n,); a sign turns the current around.
        step: current of code 1, A.
        bits: of each converter, without the sign.
    """

    role: str
    codes: NDArray[np.int64]
    step: float
    bits: int

    def __post_init__(self) -> None:
        largest = int(np.max(np.abs(self.codes), initial=0))
        if largest >= 2**self.bits:
            raise DesignError(
                f"{self.role}: code {largest} does not fit {self.bits} bits, which end at "
                f"{2**self.bits - 1}; use more bits or a larger step"
            )

    @classmethod
    def nearest(cls, role: str, amperes: FloatArray, step: float, bits: int) -> "CodedCurrents":
        """Return the codes nearest to currents (n,), A; beyond the largest code: the largest.

        Args:
            role, step, bits: as in `CodedCurrents`.
            amperes: what is asked for.
        """
        top = 2**bits - 1
        codes = np.clip(whole(amperes / step), -top, top).astype(np.int64)
        return cls(role, codes, step, bits)

    @property
    def values(self) -> FloatArray:
        """The currents, (n,), A."""
        return np.asarray(self.codes * self.step, dtype=np.float64)

    def on(self, bit: int, sign: int = 1) -> NDArray[np.bool_]:
        """Return which converters of a sign (1 or -1) have a bit set, (n,)."""
        return np.asarray((np.maximum(sign * self.codes, 0) >> bit) & 1, dtype=np.bool_)

    def describe(self) -> str:
        """Return bits and step as text for people."""
        return f"{self.bits} bits, step {engineering(self.step, 'A')}"
