"""What runs on this machine, as tests of worker processes ask it."""

import os
import subprocess
from pathlib import Path

PROC = Path("/proc")


def workers(parent=None):
    """Process ids of the worker processes of a process, or of this one: forks of its server."""
    own, every = str(parent or os.getpid()), list(processes())
    servers = {str(pid) for pid, up, text in every if up == own and "hwkit.fork_server" in text}
    return [pid for pid, up, _ in every if up in servers]


def processes():
    """Process id, parent and command line of every process; minimal systems have no ps."""
    if not PROC.is_dir():
        columns = ["ps", "-A", "-ww", "-o", "pid=,ppid=,args="]
        listing = subprocess.run(columns, capture_output=True, text=True, check=True).stdout
        for line in listing.splitlines():
            pid, parent, text = line.split(None, 2)
            yield int(pid), parent, text
        return
    for entry in PROC.glob("[0-9]*"):
        try:
            status = (entry / "stat").read_text()
            text = (entry / "cmdline").read_text().replace("\0", " ")
        except OSError:  # it has just ended
            continue
        yield int(entry.name), status.rpartition(")")[2].split()[1], text
