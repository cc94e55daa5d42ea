"""hwkit: from trained thermodynamic computers to circuits that run in SPICE, and back.

model -> design -> netlist -> SPICE -> trajectories <- Langevin; two sets of trajectories ->
fidelity -> report. Names are loaded when first used, so that `import hwkit` is quick.
"""

import os
import sys

if sys.argv[:1] == ["-m"] and sys.path[0] == os.path.realpath(os.curdir):
    del sys.path[0]  # `python -m hwkit` takes nothing from the working folder; cf. `__main__`

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    __version__: str
    from hwkit.circuit import Design as Design
    from hwkit.circuit import Scale as Scale
    from hwkit.circuit import compile_model as compile_model
    from hwkit.errors import ConfigError as ConfigError
    from hwkit.errors import DataError as DataError
    from hwkit.errors import DesignError as DesignError
    from hwkit.errors import HwkitError as HwkitError
    from hwkit.errors import InstrumentError as InstrumentError
    from hwkit.errors import NetlistError as NetlistError
    from hwkit.errors import SimulationError as SimulationError
    from hwkit.fidelity import Metric as Metric
    from hwkit.fidelity import Verdict as Verdict
    from hwkit.fidelity import compare as compare
    from hwkit.langevin import prepare_states as prepare_states
    from hwkit.langevin import simulate_backward_euler as simulate_backward_euler
    from hwkit.langevin import simulate_langevin as simulate_langevin
    from hwkit.langevin import simulate_ornstein_uhlenbeck as simulate_ornstein_uhlenbeck
    from hwkit.langevin import simulate_underdamped as simulate_underdamped
    from hwkit.model import Convention as Convention
    from hwkit.model import Cosh as Cosh
    from hwkit.model import EnergyModel as EnergyModel
    from hwkit.model import Onsite as Onsite
    from hwkit.model import Quartic as Quartic
    from hwkit.model import Tabulated as Tabulated
    from hwkit.model import clamp_units as clamp_units
    from hwkit.model import export_model as export_model
    from hwkit.model import import_ising as import_ising
    from hwkit.model import import_model as import_model
    from hwkit.model import import_qubo as import_qubo
    from hwkit.model import load_machine as load_machine
    from hwkit.model import load_model as load_model
    from hwkit.model import save_machine as save_machine
    from hwkit.model import save_model as save_model
    from hwkit.netlist import Netlist as Netlist
    from hwkit.netlist import extract_model as extract_model
    from hwkit.netlist import render as render
    from hwkit.spice import measure_gradient as measure_gradient
    from hwkit.spice import simulate_spice as simulate_spice
    from hwkit.tolerance import monte_carlo as monte_carlo
    from hwkit.training import Descent as Descent
    from hwkit.training import Protocol as Protocol
    from hwkit.training import TrainingResult as TrainingResult
    from hwkit.training import recognise as recognise
    from hwkit.training import train as train
    from hwkit.trajectories import Trajectories as Trajectories

_EXPORTS = {
    "hwkit.circuit": ("Design", "Scale", "compile_model"),
    "hwkit.errors": (
        "ConfigError",
        "DataError",
        "DesignError",
        "HwkitError",
        "InstrumentError",
        "NetlistError",
        "SimulationError",
    ),
    "hwkit.fidelity": ("Metric", "Verdict", "compare"),
    "hwkit.langevin": (
        "prepare_states",
        "simulate_backward_euler",
        "simulate_langevin",
        "simulate_ornstein_uhlenbeck",
        "simulate_underdamped",
    ),
    "hwkit.model": (
        "Convention",
        "Cosh",
        "EnergyModel",
        "Onsite",
        "Quartic",
        "Tabulated",
        "clamp_units",
        "export_model",
        "import_ising",
        "import_model",
        "import_qubo",
        "load_machine",
        "load_model",
        "save_machine",
        "save_model",
    ),
    "hwkit.netlist": ("Netlist", "extract_model", "render"),
    "hwkit.spice": ("measure_gradient", "simulate_spice"),
    "hwkit.tolerance": ("monte_carlo",),
    "hwkit.training": ("Descent", "Protocol", "TrainingResult", "recognise", "train"),
    "hwkit.trajectories": ("Trajectories",),
}
_HOMES = {name: home for home, names in _EXPORTS.items() for name in names}

__all__ = ["__version__", *sorted(_HOMES)]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("hwkit")
    if name not in _HOMES:
        raise AttributeError(f"module 'hwkit' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return list(__all__)
