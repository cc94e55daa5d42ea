"""Small gated machines for tests."""

import numpy as np

from hwkit import Quartic
from hwkit.model import ExpertGroup, GatedMachine, SegmentedMachine


def small_gated(seed=0, n=4, n_experts=3, sharpness=3.0, prototypes=False):
    """A machine of all-to-all experts, and a group that reads and drives some units only."""
    rng = np.random.default_rng(seed)
    whole = ExpertGroup(
        sharpness * rng.standard_normal((n_experts, n)),
        rng.standard_normal(n_experts),
        rng.standard_normal((n_experts, n)),
        rng.standard_normal((n_experts, n, n)),
    )
    part = ExpertGroup(
        sharpness * rng.standard_normal((2, 3)),
        rng.standard_normal(2),
        rng.standard_normal((2, 2)),
        None if prototypes else rng.standard_normal((2, 2, 3)),
        reads=np.array([3, 0, 1]),
        drives=np.array([2, 1]),
    )
    J, b = rng.standard_normal((n, n)), rng.standard_normal(n)
    return GatedMachine(J, b, (whole, part), Quartic())


def small_segmented(n_segments=3):
    return SegmentedMachine(tuple(small_gated(seed) for seed in range(n_segments)))
