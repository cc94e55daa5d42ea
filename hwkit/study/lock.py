"""One writer a folder: a lock that ends with the process that holds it.

The lock is the operating system's (flock), on a file of the folder that says who holds it. It ends
with the process and its workers, which hold it too: none of them writes there after somebody else
has begun. The file is removed at the end; one that a killed process left is locked by nobody, and
taken over. Where a file system knows no locks, the file itself is the lock: it is stale if its
process is gone from this machine.
"""

import errno
import fcntl
import json
import os
import platform
import stat
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from hwkit.errors import ConfigError
from hwkit.files import shown

HOLDER = ".hwkit-running.json"

_BUSY = (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES)
_MOST_BYTES = 4096  # of what the file says
_ENDING = 10.0  # seconds in which the workers of a killed process must have ended
_BEGINNING = 1.0  # and in which a process that has just taken the lock says so
_FLAGS = os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK


class FolderLock:
    """The right to write into a folder, until `release`.

    Attributes:
        handle: the file's descriptor, for workers to hold as well.

    Raises:
        ConfigError: if another process has it, naming that process.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / HOLDER
        self.handle = _taken(folder)
        try:
            os.ftruncate(self.handle, 0)
            os.pwrite(self.handle, json.dumps(_own()).encode(), 0)
        except OSError:
            os.close(self.handle)
            raise

    def release(self) -> None:
        """Let others write."""
        if _is_in_place(self.handle, self._file):
            self._file.unlink(missing_ok=True)
        os.close(self.handle)


def _taken(folder: Path) -> int:
    """Return the locked file's descriptor."""
    file, started = folder / HOLDER, time.monotonic()
    while True:
        try:
            handle, is_new = os.open(file, _FLAGS | os.O_CREAT | os.O_EXCL, 0o666), True
        except FileExistsError:
            try:
                handle, is_new = os.open(file, _FLAGS), False
            except FileNotFoundError:
                continue
        try:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise ConfigError(f"{file} is not a file; remove it, or name another folder")
            _lock(handle, is_new, folder)
            if _is_in_place(handle, file):  # else its holder has removed it in between
                return handle
        except _LaterError as later:
            if time.monotonic() > started + later.seconds:
                os.close(handle)
                raise ConfigError(str(later)) from None
            time.sleep(0.02)
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)


class _LaterError(Exception):
    """The lock is taken, but by whom is to be seen, or it is to be free, in some seconds."""

    def __init__(self, sentence: str, seconds: float) -> None:
        super().__init__(sentence)
        self.seconds = seconds


def _lock(handle: int, is_new: bool, folder: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        holder = _holder(handle)
        sentence = _sentence(folder, holder)
        if error.errno in _BUSY:
            if not holder:
                raise _LaterError(sentence, _BEGINNING) from None
            if not _may_run(holder):
                raise _LaterError(sentence, _ENDING) from None
            raise ConfigError(sentence) from None
        if is_new:
            return
        if not holder or _may_run(holder):
            raise ConfigError(f"{sentence}, or remove {folder / HOLDER} if it is gone") from None
        if _is_in_place(handle, folder / HOLDER):  # stale; the next look makes a new one
            (folder / HOLDER).unlink(missing_ok=True)


def _is_in_place(handle: int, file: Path) -> bool:
    """Say whether a descriptor's file is still the one of that name."""
    try:
        there, ours = os.lstat(file), os.fstat(handle)
    except FileNotFoundError:
        return False
    return (there.st_dev, there.st_ino) == (ours.st_dev, ours.st_ino)


def _own() -> dict[str, object]:
    return {
        "process": os.getpid(),
        "started": _start(os.getpid()),
        "host": platform.node(),
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": " ".join([Path(sys.argv[0]).name, *sys.argv[1:]])[:200],
    }


def _holder(handle: int) -> dict[str, object]:
    """Return what a lock's file says; nothing if it is being written."""
    try:
        content = json.loads(os.pread(handle, _MOST_BYTES, 0))
    except (OSError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


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
    """Return when a process started, as the system counts; "" if it ended or that is not told."""
    try:
        text = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    state, *fields = text.rpartition(")")[2].split()
    return "" if state in "ZX" else fields[18]


def _sentence(folder: Path, holder: dict[str, object]) -> str:
    who = "another process"
    if holder:
        process, host, command, since = (
            shown(str(holder.get(name))) for name in ("process", "host", "command", "since")
        )
        who = f"process {process} on {host} (`{command}`, since {since})"
    return f"{who} is writing into {folder}; wait for it, or name another folder"
