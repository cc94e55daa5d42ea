"""Co-design: train for the hardware that exists: its devices, graph, tolerances and own errors."""

from hwkit.codesign.boards import BoardErrors, Mismatch, on_hardware
from hwkit.codesign.evaluation import (
    Difference,
    Generation,
    Quality,
    board_quality,
    paired_difference,
    recovery,
)
from hwkit.codesign.generator_search import (
    GeneratorSearch,
    GeneratorSettings,
    GeneratorTrial,
    search_generators,
)
from hwkit.codesign.inference import Inferred, infer_from_gradients, infer_from_paths
from hwkit.codesign.placement import Placement, hidden_fields, interleave, place
from hwkit.codesign.trims import Dac, trim_biases, trim_couplings

__all__ = [
    "BoardErrors",
    "Dac",
    "Difference",
    "Generation",
    "GeneratorSearch",
    "GeneratorSettings",
    "GeneratorTrial",
    "Inferred",
    "Mismatch",
    "Placement",
    "Quality",
    "board_quality",
    "hidden_fields",
    "infer_from_gradients",
    "infer_from_paths",
    "interleave",
    "on_hardware",
    "paired_difference",
    "place",
    "recovery",
    "search_generators",
    "trim_biases",
    "trim_couplings",
]
