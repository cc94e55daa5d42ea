"""What ngspice integrates at each level once its steps are solved tightly, and how close it comes.

The distance to the own scheme is the sharp form of the path level: it does not hide a small fault
behind the O(dt) difference between two integrators.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from hwkit.fidelity import Metric, final_differences, remarked
from hwkit.langevin import simulate_backward_euler, simulate_semi_implicit
from hwkit.model import EnergyModel
from hwkit.spice import Level
from hwkit.trajectories import FloatArray, Trajectories

_SCHEMES: dict[Level, tuple[str, Callable[..., Trajectories]]] = {
    "full": ("backward Euler", simulate_backward_euler),
    "mixed": ("semi-implicit Euler", simulate_semi_implicit),
}


def scheme_differences(model: EnergyModel, level: Level, spice: Trajectories) -> FloatArray:
    """Return SPICE minus its own scheme at the end, from the same starts on the same noise.

    One row a run, (n_trajectories, N), in model units.
    """
    arguments: dict[str, Any] = {"n_trajectories": spice.n_trajectories, "x0": spice.x[:, 0]}
    dt, [seed] = float(spice.attributes["dt"]), spice.seeds
    if "mass" in spice.attributes:
        arguments["mass"] = float(spice.attributes["mass"])
    reference = _SCHEMES[level][1](model, float(spice.t[-1]), dt, seed=seed, **arguments)
    return final_differences(reference, spice)


def with_lag(rows: Sequence[Metric], runs: Trajectories) -> list[Metric]:
    """Return rows of paths with the error of the crossbar's lag, which runs at level "mixed" have.

    Where it was not checked there is no row of it; the note of the path error says so.
    """
    stored, n = runs.attributes, runs.attributes.get("lag_runs", 0)
    if "lag_error" in stored:
        note = "distance to the full netlist, rms over units and runs at the end"
        lag = Metric("lag error", "path", float(stored["lag_error"]), n=int(n), note=note)
        return [*rows, lag]
    if "lag_check" in stored:
        return remarked(rows, "path error", f"lag error {stored['lag_check']}")
    return list(rows)


def scheme_metric(differences: FloatArray, level: Level, limit: float | None = 1e-6) -> Metric:
    """Return the largest difference, (n_trajectories, N), of tight runs and their own scheme."""
    worst = float(np.max(np.abs(differences)))
    name, note = (
        f"distance to {_SCHEMES[level][0]}",
        "tight tolerances; largest over units and runs",
    )
    return Metric(name, "path", worst, limit, n=len(differences), note=note)
