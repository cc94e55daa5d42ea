"""How pages, figures and tables look: knows no study, simulates nothing."""

import hwkit.plotting  # noqa: F401  before what follows, which imports parts of matplotlib
from hwkit.plotting.runs import View
from hwkit.report.plot import plot_trajectories

__all__ = ["View", "plot_trajectories"]
