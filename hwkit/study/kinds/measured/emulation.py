"""The emulated board of a study: a machine in the twin with planted faults, behind a converter."""

from collections.abc import Callable

import numpy as np

from hwkit.circuit import Design, Scale
from hwkit.measured import Measurement
from hwkit.measured.converter import EmulatedConverter
from hwkit.measured.emulated import EmulatedCircuit, EmulatedInstrument
from hwkit.measured.instrument import Request, measure
from hwkit.study.kinds.measured.plan import EmulatedPlan, PlantedPlan
from hwkit.twin import Boards

_SCALE = Scale()
_STUCK = 1e6  # on the capacitor of a unit that doesn't move


def emulate(plan: EmulatedPlan, seed: int) -> Measurement:
    """Return the records of an emulated board."""
    volt, second, n = _SCALE.volt, _SCALE.second, len(plan.biases)
    sizes = {
        name: np.full(n, value)
        for name, value in (("gain", 1.0), ("offset", 0.0), ("1/f noise", 0.0))
    }
    for fault in plan.faults:
        if fault.fault in sizes and fault.size is not None:
            sizes[fault.fault][fault.units] = fault.size
    converter = EmulatedConverter(
        span=(-plan.span * volt, plan.span * volt),
        bits=plan.bits,
        gain=tuple(sizes["gain"].tolist()),
        offset=tuple((sizes["offset"] * volt).tolist()),
    )
    circuit = EmulatedCircuit(
        plan.model(),
        scale=_SCALE,
        fabricate=_fabricated(plan.faults),
        dt=plan.dt,
        corner=tuple((sizes["1/f noise"] / second).tolist()),
    )
    request = Request(
        "restarts",
        "switched",
        plan.samples,
        plan.step * second,
        restarts=plan.restarts,
        switched_on=0.0,
    )
    return measure(EmulatedInstrument(circuit, converter, seed), [request], second)


def _fabricated(faults: list[PlantedPlan]) -> Callable[[Design], Boards]:
    """Return what gives a board its faults."""

    def fabricate(design: Design) -> Boards:
        coupling, noise = design.group("coupling"), design.group("noise")
        capacitor = design.group("capacitor")
        values = {
            "coupling": coupling.values.copy(),
            "noise": noise.values.copy(),
            "capacitor": capacitor.values.copy(),
        }
        nodes = design.terminals[:, 0]
        for fault in faults:
            ends = np.sort(nodes[fault.units])
            if fault.fault in ("missing coupling", "wrong sign"):
                hit = np.all(np.sort(coupling.nodes, axis=1) == ends, axis=1)
                values["coupling"][hit] *= 0.0 if fault.fault == "missing coupling" else -1.0
            elif fault.fault == "noise" and fault.size is not None:
                values["noise"][fault.units] *= fault.size
            elif fault.fault == "dead":
                values["capacitor"][fault.units] *= _STUCK
        return Boards({name: numbers[None] for name, numbers in values.items()}, 1)

    return fabricate


def planted_words(plan: EmulatedPlan) -> list[str]:
    """Return how the words of each planted fault start when it is named."""
    words = []
    for fault in plan.faults:
        unit = fault.units[0]
        match fault.fault:
            case "missing coupling" | "wrong sign":
                i, j = sorted(fault.units)
                end = "missing" if fault.fault == "missing coupling" else "has the wrong sign"
                words.append(f"coupling {i}-{j} {end}")
            case "noise":
                words.append(f"noise of unit {unit} ")
            case "1/f noise":
                words.append(f"noise of unit {unit} rises")
            case "gain" | "offset":
                words.append(f"{fault.fault} of channel CH{unit + 1}")
            case "dead":
                words.append(f"unit {unit} is dead")
    return words
