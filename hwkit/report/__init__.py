"""One self-contained HTML page for a run: reads results, simulates nothing."""

from hwkit.report.page import write_report

__all__ = ["write_report"]
