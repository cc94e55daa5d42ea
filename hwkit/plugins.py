"""What other installed packages add to hwkit, through entry points.

Only packages that are installed count: one that lies in the working folder, where Python may look
first, is somebody else's file and is never loaded.
"""

import os
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Protocol, TypeVar

from hwkit.errors import ConfigError


class Named(Protocol):
    """What is found under a name says itself what it is called."""

    @property
    def name(self) -> str:
        """Name of its entry point."""


Value = TypeVar("Value", bound=Named)


@cache
def installed(group: str) -> dict[str, EntryPoint]:
    """Return the entry points of a group, name -> entry point; the first of a name counts."""
    found: dict[str, EntryPoint] = {}
    for point in entry_points(group=group):
        if point.dist is not None and not _is_here(Path(str(point.dist.locate_file("")))):
            found.setdefault(point.name, point)
    return found


def load_installed(group: str, name: str, kind: type[Value]) -> Value:
    """Return what an installed package adds under a name.

    Raises:
        ConfigError: if it can't be imported, or is of another type or another name.
    """
    point = installed(group)[name]
    try:
        found = point.load()
    except (Exception, SystemExit) as error:  # whatever another package's import may raise
        why = f"it ends with status {error}" if isinstance(error, SystemExit) else error
        raise ConfigError(
            f"entry point {name!r} of {group} can't be loaded ({why}); mend or remove its package"
        ) from error
    if not isinstance(found, kind) or found.name != name:
        raise ConfigError(
            f"entry point {name!r} of {group} is not the {kind.__name__} of that name; mend or "
            "remove its package"
        )
    return found


def _is_here(folder: Path) -> bool:
    """Say whether a distribution lies in the working folder itself."""
    try:
        return os.path.samefile(folder, os.curdir)
    except OSError:
        return False
