"""The distribution of heat: is it the same in the circuit and in the ideal machine?

Heat of a run: Q = E(0) - E(T), where E is the potential, with inertia V + m v^2 / 2. Three tests,
Bonferroni over them: mean (Welch), spread (Brown and Forsythe's), shape (Kolmogorov and Smirnov's);
the run is the independent unit. Sides integrated by different schemes differ by O(dt) besides.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hwkit.deferred import deferred
from hwkit.errors import DataError
from hwkit.fidelity.thermodynamics import boundary_heat
from hwkit.fidelity.verdict import Metric
from hwkit.model import EnergyModel
from hwkit.trajectories import Trajectories

if TYPE_CHECKING:
    from scipy import stats
else:
    stats = deferred("scipy.stats")

FloatArray = NDArray[np.float64]

_ALPHA = 0.01  # over the three tests together
_FEWEST = 10


def heat_metrics(
    ideal: Trajectories, real: Trajectories, model: EnergyModel, alpha: float = _ALPHA
) -> list[Metric]:
    """Compare the heat of two sets of independent runs in mean, spread and shape.

    Args:
        ideal, real: independent runs, from their first saved states to their last.
        model: the machine, whose energy gives the heat.
        alpha: probability that two equal machines fail any of the tests.

    Raises:
        DataError: for fewer than 10 completed runs on a side.
    """
    sides = [boundary_heat(runs, model) / model.kT for runs in (ideal, real)]
    for name, samples in zip(("ideal", "circuit's"), sides, strict=True):
        if samples.size < _FEWEST:
            raise DataError(
                f"the {name} side has {samples.size} completed runs; a distribution of heat takes "
                f"{_FEWEST} or more"
            )
    a, b = sides
    tests: dict[str, tuple[float, Callable[[FloatArray], Any]]] = {
        "mean": (float(stats.ttest_ind(a, b, equal_var=False).pvalue), np.mean),
        "spread": (float(stats.levene(a, b, center="median").pvalue), np.std),
        "shape": (float(stats.ks_2samp(a, b).pvalue), np.median),
    }
    return [
        Metric(
            f"heat: {name}",
            "distribution",
            min(1.0, len(tests) * p),
            alpha,
            ">=",
            n=b.size,
            seeds=(*ideal.seeds, *real.seeds),
            note=f"{'median' if name == 'shape' else name} {summary(b):.5g} k_B T against "
            f"{summary(a):.5g} ideal",
        )
        for name, (p, summary) in tests.items()
    ]
