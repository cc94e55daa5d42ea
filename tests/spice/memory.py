"""A worker that runs one circuit again and again and reports how much memory it holds."""

import ctypes
import os
import subprocess
from pathlib import Path

from hwkit.spice import running
from hwkit.spice.session import session

STATISTICS = Path("/proc/self/statm")


class Mallinfo(ctypes.Structure):
    """`struct mallinfo2` of the GNU C library."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in (
            *("arena", "ordblks", "smblks", "hblks", "hblkhd"),
            *("usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"),
        )
    ]


def held():
    """Return the bytes that this process has asked for and not given back.

    The resident memory, which is taken where the library can't tell, may stay the same although
    more is held: what imported modules have freed is used first.
    """
    try:
        tell = ctypes.CDLL(None).mallinfo2
    except AttributeError:
        return resident()
    tell.restype = Mallinfo
    found = tell()
    return found.uordblks + found.hblkhd


def resident():
    """Return the resident memory of this process in bytes."""
    if STATISTICS.exists():
        return int(STATISTICS.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    command = ["ps", "-o", "rss=", "-p", str(os.getpid())]
    return int(subprocess.run(command, capture_output=True, check=True).stdout) * 1024


def runner(setup):
    """Run as always if tidy; else keep the results of every run, as ngspice would."""
    run_setup, tidy = setup
    run = running.runner(run_setup)
    if not tidy:
        simulator = session()
        command = simulator.command
        simulator.command = lambda text: None if text == "destroy all" else command(text)

    def measured(task):
        run(task)
        return held()

    return measured
