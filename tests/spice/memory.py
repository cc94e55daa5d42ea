"""A worker that runs one circuit again and again and reports how much memory it holds."""

import os
import subprocess
from pathlib import Path

from hwkit.spice import simulate
from hwkit.spice.session import session

STATISTICS = Path("/proc/self/statm")


def resident():
    """Return the resident memory of this process in bytes."""
    if STATISTICS.exists():
        return int(STATISTICS.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    command = ["ps", "-o", "rss=", "-p", str(os.getpid())]
    return int(subprocess.run(command, capture_output=True, check=True).stdout) * 1024


def runner(setup):
    """Run as always if tidy; else keep the results of every run, as ngspice would."""
    run_setup, tidy = setup
    run = simulate._runner(run_setup)
    if not tidy:
        simulator = session()
        command = simulator.command
        simulator.command = lambda text: None if text == "destroy all" else command(text)

    def measured(task):
        run(task)
        return resident()

    return measured
