"""How pages, figures and tables look: knows no study, simulates nothing."""

from hwkit.plotting.runs import View
from hwkit.report.plot import plot_trajectories

__all__ = ["View", "plot_trajectories"]
