"""Family "resistive": two rails per unit and resistors; `compile` has its equations."""

from hwkit.circuit.cells.family import Family
from hwkit.circuit.cells.resistive.compile import NAME, compile_resistive, noise_density
from hwkit.circuit.cells.resistive.drawing import BETWEEN, OF_RAILS, draw_resistive
from hwkit.circuit.cells.resistive.options import ResistiveOptions
from hwkit.circuit.design import Design
from hwkit.circuit.separation import separate_resistors

__all__ = ["FAMILY", "ResistiveOptions", "compile_resistive", "noise_density"]


def _advise(design: Design) -> tuple[str, ...]:
    needs = design.realisability
    if needs.passive:
        return ()
    return (
        f"converters must cancel up to {needs.coupling_sum_max:.3g} G0 of loading: a sparser graph "
        "or weaker couplings load less",
    )


FAMILY = Family(
    NAME,
    ResistiveOptions,
    compile_resistive,
    draw_resistive,
    BETWEEN | OF_RAILS,
    advise=_advise,
    separate=separate_resistors,
)
