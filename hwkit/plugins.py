"""What other installed packages add to hwkit, through entry points.

Only packages that are installed count: one that lies in the working folder, where Python may look
first, is somebody else's file and is never loaded.
"""

import os
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path


@cache
def installed(group: str) -> dict[str, EntryPoint]:
    """Return the entry points of a group, name -> entry point; the first of a name counts."""
    found: dict[str, EntryPoint] = {}
    for point in entry_points(group=group):
        if point.dist is not None and not _is_here(Path(str(point.dist.locate_file("")))):
            found.setdefault(point.name, point)
    return found


def _is_here(folder: Path) -> bool:
    """Say whether a distribution lies in the working folder itself."""
    try:
        return os.path.samefile(folder, os.curdir)
    except OSError:
        return False
