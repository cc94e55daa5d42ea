"""One writer a folder: a lock that ends with the process that holds it.

The lock is the operating system's, on the folder itself (flock), so it leaves no file behind and
is never stale. Who holds it is written beside it for others to read. Where a file system knows no
such lock (some network drives), that file is the lock: it is stale if its process is gone.
"""

import errno
import fcntl
import json
import os
import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from hwkit.errors import ConfigError, DataError
from hwkit.files import load_object, write_text

HOLDER = ".hwkit-running.json"

_BUSY = (errno.EWOULDBLOCK, errno.EAGAIN)


class FolderLock:
    """The right to write into a folder, until `release`.

    Raises:
        ConfigError: if another process has it, naming that process.
    """

    def __init__(self, folder: Path) -> None:
        self._holder = folder / HOLDER
        self._handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            _flock(self._handle, fcntl.LOCK_EX, folder)
            write_text(self._holder, json.dumps(_own(), indent=1) + "\n")
        except BaseException:
            os.close(self._handle)
            raise

    def release(self) -> None:
        """Let others write."""
        self._holder.unlink(missing_ok=True)
        os.close(self._handle)


@contextmanager
def not_written(folder: Path) -> Iterator[None]:
    """Refuse a folder that a process is writing into.

    Raises:
        ConfigError: naming the process.
    """
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        _flock(handle, fcntl.LOCK_SH, folder)
        yield
    finally:
        os.close(handle)


def _flock(handle: int, kind: int, folder: Path) -> None:
    """Take a lock of the system; where there is none, look who is said to be writing."""
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except OSError as error:
        holder = _holder(folder)
        if error.errno in _BUSY or (holder is not None and _may_run(holder)):
            raise ConfigError(_sentence(folder, holder)) from None


def _own() -> dict[str, object]:
    return {
        "process": os.getpid(),
        "started": _start(os.getpid()),
        "host": platform.node(),
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": " ".join([Path(sys.argv[0]).name, *sys.argv[1:]])[:200],
    }


def _holder(folder: Path) -> dict[str, object] | None:
    try:
        return load_object(folder / HOLDER)
    except DataError:
        return None


def _may_run(holder: dict[str, object]) -> bool:
    """Say whether the process of a holder may be running still."""
    process = holder.get("process")
    if holder.get("host") != platform.node() or not isinstance(process, int) or process < 1:
        return True  # another machine's processes can't be asked
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return holder.get("started") == _start(process)


def _start(process: int) -> str:
    """Return when a process started, as the system counts; "" where it does not tell."""
    try:
        text = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return text.rpartition(")")[2].split()[19]


def _sentence(folder: Path, holder: dict[str, object] | None) -> str:
    who = "another process"
    if holder is not None:
        who = (
            f"process {holder.get('process')} on {holder.get('host')} (`{holder.get('command')}`, "
            f"since {holder.get('since')})"
        )
    return f"{who} is writing into {folder}; wait for it, or name another folder"
