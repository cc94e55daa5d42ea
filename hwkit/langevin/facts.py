"""What every simulator stores of how its runs were driven, so that pairs can be checked later.

Attributes: `dt`, the step of the noise in model time; `model`, a digest of the machine; `noise`,
the format of the map from seed to noise, with the `seed`, or a digest of increments that the caller
gave in its place; then `noise_sum` too, a fixed projection of their sums over time, which halving
the step of a path leaves as it is, to rounding.
"""

import hashlib

import numpy as np
from numpy.typing import NDArray

from hwkit.model import Machine
from hwkit.model.digest import model_digest
from hwkit.trajectories import GIVEN
from hwkit.wiener import FORMAT_VERSION

Facts = dict[str, str | int | float]

WIENER = f"wiener {FORMAT_VERSION}"
_CHARACTERS = 16


def run_facts(
    simulator: str,
    model: Machine,
    dt: float,
    seed: int,
    increments: NDArray[np.float64] | None = None,
    noise: str = WIENER,
) -> Facts:
    """Return the attributes of runs.

    Args:
        simulator: name of the integrator or circuit simulator.
        model: the machine that the runs are of, or are meant to be of.
        dt: step, in model time.
        seed: root of the noise.
        increments: given by the caller in place of the seed's, (n, K, N).
        noise: name of the map from seed to noise.
    """
    facts: Facts = {"simulator": simulator, "dt": dt, "model": model_digest(model)}
    if increments is None:
        return facts | {"noise": noise, "seed": int(seed)}
    digest = hashlib.sha256(str(increments.shape).encode())
    digest.update(np.ascontiguousarray(increments + 0.0).tobytes())
    ends = increments.sum(axis=1).ravel()
    weights = np.cos(1.0 + np.arange(ends.size))
    return facts | {
        "noise": f"{GIVEN} {digest.hexdigest()[:_CHARACTERS]}",
        "noise_sum": float(weights @ ends),
    }
