"""Training: the noising protocol, one-unit moments, the exact solve, losses and sample quality."""

from hwkit.training.bounded import Limits, solve_bounded
from hwkit.training.classes import restrict_to_class
from hwkit.training.completion import complete, normalized_parts
from hwkit.training.descent import Descent, HeldOutLoss, Noising, descend
from hwkit.training.drift import DriftTraining, train_drift
from hwkit.training.exact import gradient, phi, solve_exact
from hwkit.training.experts import GatedTraining, gated_loss, train_gated
from hwkit.training.fokker_planck import MomentTable, solve_moments
from hwkit.training.groups import GroupPlan, TilePlan, tiles
from hwkit.training.levels import Levels, best_levels, solve_levels
from hwkit.training.loss import loss_per_step, reversed_path_loss
from hwkit.training.patterns import HiddenField, normalized_patterns, unit_fields
from hwkit.training.protocol import Protocol, prepared_states, sample_noising
from hwkit.training.quality import RECOGNISABLE, Recognition, balanced_share, recognise
from hwkit.training.robust import Penalty, Robust
from hwkit.training.slowing import slowed
from hwkit.training.statistics import NoisingStatistics, noising_statistics
from hwkit.training.train import TrainingResult, train

__all__ = [
    "RECOGNISABLE",
    "Descent",
    "DriftTraining",
    "GatedTraining",
    "GroupPlan",
    "HeldOutLoss",
    "HiddenField",
    "Levels",
    "Limits",
    "MomentTable",
    "Noising",
    "NoisingStatistics",
    "Penalty",
    "Protocol",
    "Recognition",
    "Robust",
    "TilePlan",
    "TrainingResult",
    "balanced_share",
    "best_levels",
    "complete",
    "descend",
    "gated_loss",
    "gradient",
    "loss_per_step",
    "noising_statistics",
    "normalized_parts",
    "normalized_patterns",
    "phi",
    "prepared_states",
    "recognise",
    "restrict_to_class",
    "reversed_path_loss",
    "sample_noising",
    "slowed",
    "solve_bounded",
    "solve_exact",
    "solve_levels",
    "solve_moments",
    "tiles",
    "train",
    "train_drift",
    "train_gated",
    "unit_fields",
]
