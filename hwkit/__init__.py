"""hwkit: from trained thermodynamic computers to circuits that run in SPICE, and back.

model -> design -> netlist -> SPICE -> trajectories <- Langevin; two sets of trajectories ->
fidelity -> report. Names are loaded when first used, so that `import hwkit` is quick.
"""

from importlib import import_module
from importlib.metadata import version
from typing import Any

__version__ = version("hwkit")

_EXPORTS = {
    "hwkit.circuit": ("Design", "Scale", "compile_model"),
    "hwkit.errors": (
        "ConfigError",
        "DataError",
        "DesignError",
        "HwkitError",
        "NetlistError",
        "SimulationError",
    ),
    "hwkit.fidelity": ("Metric", "Verdict", "compare"),
    "hwkit.langevin": (
        "prepare_states",
        "simulate_backward_euler",
        "simulate_langevin",
        "simulate_ornstein_uhlenbeck",
    ),
    "hwkit.model": ("EnergyModel", "Onsite", "Quartic", "load_model", "save_model"),
    "hwkit.netlist": ("Netlist", "extract_model", "render"),
    "hwkit.spice": ("measure_gradient", "simulate_spice"),
    "hwkit.training": ("Protocol", "TrainingResult", "recognise", "train"),
    "hwkit.trajectories": ("Trajectories",),
}
_HOMES = {name: home for home, names in _EXPORTS.items() for name in names}

__all__ = ["__version__", *sorted(_HOMES)]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'hwkit' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return list(__all__)
