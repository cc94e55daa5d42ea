"""What libraries find around the process: the working folder is not trusted.

Numba, matplotlib and ngspice look for settings in the working folder; whoever made that folder is
not whoever runs hwkit in it. Such a library is imported, and ngspice is spoken to, while the
process is in an empty folder of its own. Settings in the user's home and in environment
variables are the user's. Relative paths mean the user's folder again as soon as the block ends.
"""

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType

_HERE = getattr(os, "O_PATH", os.O_RDONLY)  # enough to come back, even to a folder since removed
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


@contextmanager
def standing_in(folder: Path | str) -> Iterator[None]:
    """Change the working folder for the block; the whole process is there."""
    here = os.open(".", _HERE)
    try:
        os.chdir(folder)
        yield
    finally:
        os.fchdir(here)
        os.close(here)


def import_aside(name: str) -> ModuleType:
    """Import a library while the process is in a private, empty folder."""
    with ExitStack() as stack:
        try:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="hwkit-"))
        except OSError:  # nothing can be written anywhere: the root folder has no settings either
            folder = os.sep
        stack.enter_context(standing_in(folder))
        return import_module(name)


def is_private(folder: Path) -> bool:
    """Say whether nobody but this user (and root) can put a file at this absolute path.

    The folder is this user's and nobody else may write there; where everybody may write into a
    folder above it, that one has the sticky bit, as /tmp has.
    """
    try:
        real = folder.resolve(strict=True)
        own = real.stat()
        above = [parent.stat().st_mode for parent in real.parents]
    except (OSError, RuntimeError):  # missing, or a circle of links
        return False
    return (
        folder.is_absolute()
        and stat.S_ISDIR(own.st_mode)
        and own.st_uid == os.geteuid()
        and not own.st_mode & _OTHERS_WRITE
        and all(not mode & stat.S_IWOTH or mode & stat.S_ISVTX for mode in above)
    )
