"""The ideal machine, dimensionless: onsite energies, couplings, heat, topology, files."""

from hwkit.model.binary import import_ising, import_qubo, import_rbm
from hwkit.model.clamp import clamp_units
from hwkit.model.conventions import CONVENTIONS, Convention
from hwkit.model.curves import CurveMachine
from hwkit.model.drift import DriftMachine
from hwkit.model.energy import Couplings, EnergyModel
from hwkit.model.experts import ExpertGroup, softmax
from hwkit.model.files import load_model, save_model
from hwkit.model.forces import Forces, Machine, gated, machine_parts, pairwise, simplified
from hwkit.model.gated import GatedMachine, SegmentedMachine
from hwkit.model.graphs import from_graph
from hwkit.model.imports import export_model, import_model
from hwkit.model.machine_files import load_machine, save_machine
from hwkit.model.machines import checked_machine, refuse_holder
from hwkit.model.onsite import Cosh, Onsite, Quartic, Tabulated
from hwkit.model.parameters import from_bonds, load_parameters, save_parameters
from hwkit.model.topology import (
    bipartite_mask,
    coupling_graph,
    graph_mask,
    grid_graph,
    lattice_graph,
    layered_mask,
    limited_mask,
    regular_graph,
)
from hwkit.model.transfer import Saturating, TabulatedTransfer, Transfer

__all__ = [
    "CONVENTIONS",
    "Convention",
    "Cosh",
    "Couplings",
    "CurveMachine",
    "DriftMachine",
    "EnergyModel",
    "ExpertGroup",
    "Forces",
    "GatedMachine",
    "Machine",
    "Onsite",
    "Quartic",
    "Saturating",
    "SegmentedMachine",
    "Tabulated",
    "TabulatedTransfer",
    "Transfer",
    "bipartite_mask",
    "checked_machine",
    "clamp_units",
    "coupling_graph",
    "export_model",
    "from_bonds",
    "from_graph",
    "gated",
    "graph_mask",
    "grid_graph",
    "import_ising",
    "import_model",
    "import_qubo",
    "import_rbm",
    "lattice_graph",
    "layered_mask",
    "limited_mask",
    "load_machine",
    "load_model",
    "load_parameters",
    "machine_parts",
    "pairwise",
    "refuse_holder",
    "regular_graph",
    "save_machine",
    "save_model",
    "save_parameters",
    "simplified",
    "softmax",
]
