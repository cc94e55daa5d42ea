"""Which circuit families can realise a machine, and what to do about those that can't."""

from dataclasses import dataclass

import numpy as np

from hwkit.circuit.cells import CELLS, OWN_CELLS
from hwkit.circuit.compile import compile_model
from hwkit.circuit.design import Design
from hwkit.circuit.realisability import ROOM_TEMPERATURE
from hwkit.circuit.scale import Scale
from hwkit.errors import DesignError
from hwkit.model import EnergyModel

_LARGE_SPREAD = 1e3
_MANY_ELEMENTS = 100_000
_MOST_DIODES = 3.0  # in series: an emission coefficient of 3


@dataclass(frozen=True)
class FamilyVerdict:
    """Whether a family can realise a machine.

    Attributes:
        cell: the family.
        realisable: whether there is a design at all.
        reason: why not, or what its circuit is made of.
        remedies: what would make it possible, or better.
        n_elements: circuit elements; 0 if there is no design.
        power: estimated static power, W; 0 if there is no design.
    """

    cell: str
    realisable: bool
    reason: str
    remedies: tuple[str, ...] = ()
    n_elements: int = 0
    power: float = 0.0


def assess_families(model: EnergyModel, scale: Scale | None = None) -> tuple[FamilyVerdict, ...]:
    """Try every family and return its verdict; a refusal carries its own remedy.

    It is advice: a family that takes too much memory to try, or that another package adds and that
    fails, is out of reach, and the work goes on.
    """
    return tuple(_advice(cell, model, scale or Scale()) for cell in CELLS)


def _advice(cell: str, model: EnergyModel, scale: Scale) -> FamilyVerdict:
    try:
        return _verdict(cell, model, scale)
    except Exception as error:  # whatever another package's family may raise
        if cell in OWN_CELLS:
            raise
        return FamilyVerdict(cell, False, f"out of reach: {error}")


def _verdict(cell: str, model: EnergyModel, scale: Scale) -> FamilyVerdict:
    try:
        design = compile_model(model, cell, scale)
    except DesignError as error:
        reason, _, remedy = str(error).partition("; ")
        return FamilyVerdict(cell, False, reason, (remedy,) if remedy else ())
    except MemoryError:
        return FamilyVerdict(
            cell, False, f"out of reach: {model.n_units} units take more memory than there is"
        )
    kinds = ", ".join(dict.fromkeys(p.kind for p in design.parts if len(p) and p.kind != "noise"))
    needs = design.realisability
    return FamilyVerdict(
        cell, True, f"made of {kinds}", _remedies(design), design.n_elements, needs.power
    )


def _remedies(design: Design) -> tuple[str, ...]:
    needs, found = design.realisability, []
    if design.kelvin is None and needs.noise_temperature > 2 * ROOM_TEMPERATURE:
        found.append(
            f"noise must be amplified by {needs.noise_gain_db:.0f} dB: fewer volts per unit or a "
            "smaller C need less"
        )
    found += CELLS[design.cell].advise(design)
    if design.has("onsite-diode"):
        emission = float(np.max(design.group("onsite-diode").parameter("emission")))
        if not 1 <= emission <= _MOST_DIODES:
            found.append(
                f"diodes need an emission coefficient of {emission:.3g}, but have 1 to 2, or n "
                f"times that with n in series: choose V0 = {design.scale.volt / emission:.3g} V "
                "or a multiple"
            )
    spread = needs.value_spread.get("coupling", 1.0)
    if spread > _LARGE_SPREAD:
        found.append(
            f"couplings span a factor of {spread:.2g}: leave out the weakest, or train with few "
            "bits"
        )
    if design.n_elements > _MANY_ELEMENTS:
        found.append(f"{design.n_elements} elements: a sparser graph has fewer")
    return tuple(found)
