"""The ideal machine, dimensionless: onsite energies, couplings, heat, topology, files."""

from hwkit.model.energy import Couplings, EnergyModel
from hwkit.model.files import load_model, save_model
from hwkit.model.onsite import Onsite, Quartic
from hwkit.model.topology import coupling_graph, layered_mask

__all__ = [
    "Couplings",
    "EnergyModel",
    "Onsite",
    "Quartic",
    "coupling_graph",
    "layered_mask",
    "load_model",
    "save_model",
]
