"""One self-contained HTML page for a run: reads results, simulates nothing."""

import hwkit.plotting  # noqa: F401  before what follows, which imports parts of matplotlib
from hwkit.report.bench import write_bench
from hwkit.report.codesign import write_codesign
from hwkit.report.page import write_report
from hwkit.report.plot import View, plot_trajectories
from hwkit.report.speedup import write_speedup
from hwkit.report.tolerance import write_tolerance_report

__all__ = [
    "View",
    "plot_trajectories",
    "write_bench",
    "write_codesign",
    "write_report",
    "write_speedup",
    "write_tolerance_report",
]
