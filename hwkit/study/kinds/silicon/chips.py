"""Yield of a transistor machine over the area of its gates, its power and its converters' bits.

Area at the same currents divides mismatch by its root (Pelgrom, IEEE J. Solid-State Circuits 24,
1433 (1989)); power multiplies C and with it all currents, at the same time constant. Each board is
a chip of its own mismatch, and runs at every corner and temperature. What larger gates add at a
node is taken out of C, as far as there is C left; that couplings then answer later is left out.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from hwkit.circuit import Design
from hwkit.errors import DesignError
from hwkit.study.kinds.silicon.plan import ChipsPlan, SiliconPlan
from hwkit.study.kinds.silicon.results import Chip
from hwkit.units import engineering
from hwkit.validation.silicon import BoardShares, at_corner, mismatch_board

_LEAST_FARAD = 0.1  # share of C that must be a capacitor


@dataclass(frozen=True)
class Variant:
    """A design of its own: a factor on all currents, and bits of converters, if it has any."""

    power: float
    dac_bits: int | None

    @property
    def name(self) -> str:
        """The variant as text for people."""
        bits = "" if self.dac_bits is None else f", {self.dac_bits} bits"
        return f"{self.power:g} times the power{bits}"


def variants(plan: SiliconPlan) -> list[Variant]:
    """Return the designs that a study compares; none without [chips]."""
    spec, own = plan.chips, plan.circuit
    if spec is None:
        return []
    coded = spec.dac_bits or ([own.dac_bits] if own.bias == "mirrors" else [])
    bits: list[int | None] = [*coded] or [None]
    return [Variant(*each) for each in itertools.product(spec.power, bits)]


def varied(plan: SiliconPlan, variant: Variant) -> SiliconPlan:
    """Return the study of a variant: other farads, other bits."""
    circuit = plan.circuit
    changes: dict[str, float | int] = {"farad": variant.power * circuit.farad}
    if variant.dac_bits is not None:
        changes["dac_bits"] = variant.dac_bits
    return plan.model_copy(update={"circuit": circuit.model_copy(update=changes)})


def chip_boards(spec: ChipsPlan, design: Design, seed: int, area: float) -> Iterator[Design]:
    """Yield every board at every place, places fastest.

    Raises:
        DesignError: if gates of that area leave too little of C.
    """
    check_area(design, area)
    for board in range(spec.count):
        made = mismatch_board(design, seed, board, 1 / np.sqrt(area))
        for corner, celsius in spec.places:
            yield at_corner(made, corner, celsius)


def check_area(design: Design, area: float) -> None:
    """Refuse an area whose gates leave less than a tenth of C as a capacitor.

    Raises:
        DesignError: if it is too large.
    """
    built = design.group("capacitor").values
    farad = design.scale.farad
    largest = float((1 - _LEAST_FARAD) * farad / (farad - built.min()))
    if area > largest:
        raise DesignError(
            f"gates of {area:g} times the area leave less than a tenth of C = "
            f"{engineering(farad, 'F')}; use at most {largest:.3g} times, or a larger C"
        )


def judged(
    spec: ChipsPlan, variant: Variant, area: float, design: Design, watt: float, found: BoardShares
) -> Chip:
    """Return a chip from what its boards generated, in the order of `chip_boards`.

    Args:
        spec: what was asked for.
        variant: which design.
        area: factor on the area of its gates.
        design: at an area of 1.
        watt: its static power.
        found: quality of all boards at all places.
    """
    shape, needs = (spec.count, len(spec.places)), design.realisability
    good = found.meets(spec.share, spec.class_share).reshape(shape)
    return Chip(
        area,
        variant.power,
        variant.dac_bits,
        needs.gate_area * area,
        needs.capacitor_area,
        watt,
        [f"{corner}, {celsius:g} °C" for corner, celsius in spec.places],
        good.mean(axis=0).tolist(),
        float(np.mean(good.all(axis=1))),
        float(found.share.min()),
    )
