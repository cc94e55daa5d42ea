"""What an equivalence study is about."""

from dataclasses import dataclass

from hwkit.circuit import Design
from hwkit.model import EnergyModel
from hwkit.trajectories import FloatArray


@dataclass(frozen=True, eq=False)
class Subject:
    """Trained machine, compiled design, normalised patterns (P, n_visible)."""

    model: EnergyModel
    design: Design
    patterns: FloatArray
