"""The drift level of a design: its force field in ngspice, and the machine in its netlist."""

from collections.abc import Callable
from typing import Any

from hwkit import fidelity
from hwkit.circuit import Design
from hwkit.errors import NetlistError
from hwkit.fidelity import Metric
from hwkit.netlist import render
from hwkit.netlist.extract import machine
from hwkit.netlist.reader import read_elements
from hwkit.spice import measure_gradient, measure_onsite
from hwkit.trajectories import FloatArray

# Returns the array under a name, computed if it is not at hand.
Keep = Callable[[str, Callable[[], FloatArray]], FloatArray]


def drift_metrics(
    design: Design,
    states: FloatArray,
    limit: float | None = 1e-6,
    keep: Keep = lambda name, compute: compute(),
    **measuring: Any,
) -> list[Metric]:
    """Compare the force field of a design with its model's at some states (n_states, N).

    Where diodes make the onsite energy, ngspice's own diode is the law, and how far that lies from
    the model's is a row without a limit. `measuring` goes to `measure_gradient`.
    """
    onsite = None
    if design.has("onsite-diode"):
        onsite = keep("onsite", lambda: measure_onsite(design, states, **measuring))

    def residual() -> FloatArray:
        gradient = measure_gradient(design, states, **measuring)
        return fidelity.drift_residual(design.model, states, gradient, onsite)

    drift = [fidelity.drift_metric(keep("drift", residual), limit)]
    return (
        drift if onsite is None else [*drift, fidelity.onsite_metric(design.model, states, onsite)]
    )


def extraction(design: Design, limit: float | None = 1e-9) -> Metric:
    """Compare the machine that a design's netlist computes with its model."""
    try:
        # The noise has measurements of its own.
        extracted = machine(read_elements(render(design).text), noise=False)
    except NetlistError as error:  # real parts make no machine: a failed limit, not a failed run
        return Metric("extraction error", "drift", float("inf"), limit, note=str(error))
    return fidelity.extraction_metric(design.model, extracted, limit)
