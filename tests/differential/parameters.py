"""`.param hwkit_*` as ngspice reads them: sources of that value show them."""

import numpy as np

from hwkit import EnergyModel
from tests.differential import bench
from tests.differential.questions import Vectors

_PARAMETERS = ("volt", "second", "kt", "mobility", "visible")


def parameter_probes(lower: str) -> list[str]:
    """Return sources that show the parameters."""
    given = [name for name in _PARAMETERS if f"hwkit_{name}" in lower]
    return [f"vhwp_{name} hwp_{name} 0 dc {{hwkit_{name}}}" for name in given]


def check_parameters(
    model: EnergyModel, vectors: Vectors, held: int = 0, noisy: bool = False
) -> tuple[list[str], dict[str, float]]:
    """Compare the parameters; return ngspice's values too.

    Up to `held` of the visible units may be held by sources: those are units no longer. Where the
    noise is visible, it says what kT is.
    """
    values = {name: float(vectors[f"hwp_{name}"][0]) for name in _PARAMETERS}
    mine = (model.kT, model.mobility, float(model.n_visible or 0))
    words: list[str] = []
    for name, value in zip(("kt", "mobility", "visible"), mine, strict=True):
        if name == "visible" and value < round(values[name]) <= value + held:
            continue
        if name == "kt" and noisy:
            continue
        words += bench.differ(f"hwkit_{name}", np.array([value]), np.array([values[name]]))
    return words, values
