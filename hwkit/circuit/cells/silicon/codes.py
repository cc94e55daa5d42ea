"""Choose steps and codes of family silicon's converters.

The step of a line is the smallest that its two numbers of unit devices give and that reaches the
largest current with the largest code. Each current then has the nearest code; what a coupling
draws at 0 V belongs to its coded tail current, and is taken out with the unit's bias in one code.
"""

from dataclasses import replace
from functools import cache
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from hwkit.circuit.cells.silicon.mirrors import COPIES, LineRatio, Mirrors
from hwkit.circuit.cells.silicon.sizes import coupling_table, leg_table
from hwkit.circuit.cells.silicon.topology import Couplings
from hwkit.circuit.codes import CodedCurrents
from hwkit.circuit.parts import FloatArray
from hwkit.deferred import deferred
from hwkit.errors import DesignError
from hwkit.ordering import TIE, whole
from hwkit.units import engineering

if TYPE_CHECKING:
    from scipy import interpolate
else:
    interpolate = deferred("scipy.interpolate")

MOST_DEVICES = 16  # of a line's sink or diode


def choose_codes(
    couplings: Couplings, unit_ampere: FloatArray, bias_ampere: float, bits: int
) -> tuple[Couplings, Mirrors]:
    """Return the couplings with the currents that their converters make, and all mirrors.

    Couplings whose code is 0 are left out.

    Args:
        couplings: with the tail currents asked for.
        unit_ampere: bias of each unit without offsets, leaving the node, (N,), A.
        bias_ampere: I_b, the reference.
        bits: of each converter.

    Raises:
        DesignError: if a current is too large for the reference and the number of bits.
    """
    tail_ratio, step = _line("tails", couplings.tail_ampere, bias_ampere, bits)
    tails = CodedCurrents.nearest("tail-bias", couplings.tail_ampere, step, bits)
    used = tails.codes > 0
    tails = replace(tails, codes=tails.codes[used])
    couplings = couplings.only(used, tails.values)
    total = unit_ampere - offset_sums(couplings, unit_ampere.size)
    unit_ratio, step = _line("units", total, bias_ampere, bits)
    units = CodedCurrents.nearest("unit-bias", total, step, bits)
    return couplings, Mirrors(bias_ampere, tails, units, tail_ratio, unit_ratio)


def noise_codes(ampere: float, n_units: int, bias_ampere: float) -> CodedCurrents:
    """Return the currents of one-bit noise sources as unit devices of the sink of their line.

    Args:
        ampere: asked for, A.
        n_units: number of sources.
        bias_ampere: I_b, that of as many devices as the reference has.
    """
    step = bias_ampere / COPIES
    count = max(1, int(whole(ampere / step)))
    codes = np.full(n_units, count, dtype=np.int64)
    return CodedCurrents("noise-bias", codes, step, count.bit_length())


def offset_sums(couplings: Couplings, n_units: int) -> FloatArray:
    """Return what all couplings of each unit draw from it at 0 V, (N,), A."""
    if not len(couplings):
        return np.zeros(n_units)
    offsets = coupling_table().at("offset", couplings.tail_ampere) * couplings.tail_ampere
    return np.asarray(np.bincount(couplings.driven, offsets, minlength=n_units))


def _line(name: str, amperes: FloatArray, bias_ampere: float, bits: int) -> tuple[LineRatio, float]:
    """Return the ratio of a line and its step, A."""
    largest = float(np.max(np.abs(amperes), initial=0.0))
    ratios = _ratios()
    plain = np.array([ratio.step for ratio in ratios]) * bias_ampere
    steps = plain * _gain(name, plain)
    fits = np.flatnonzero(steps * (2**bits - 1) >= largest * (1 - TIE))
    if not fits.size:
        most = engineering(float(steps.max()) * (2**bits - 1), "A")
        raise DesignError(
            f"{name}: {engineering(largest, 'A')} is beyond the {most} of a converter of {bits} "
            "bits on this reference; use more dac_bits, or weaker couplings and biases"
        )
    first = int(fits[0])
    return ratios[first], float(steps[first])


@cache
def _ratios() -> list[LineRatio]:
    """Return all ratios by their step; of equal ones the one with the most devices."""
    counts = range(1, MOST_DEVICES + 1)
    found = {LineRatio(*each).step: LineRatio(*each) for each in product(counts, counts)}
    return [found[step] for step in sorted(found)]


def _gain(name: str, ampere: FloatArray) -> FloatArray:
    """Return the current of a leg over that of its line's diode, by the measured table."""
    table = leg_table()
    curve = interpolate.PchipInterpolator(np.log(table["ampere"]), table[name])
    inside = np.clip(ampere, table["ampere"][0], table["ampere"][-1])
    return np.asarray(curve(np.log(inside)))
