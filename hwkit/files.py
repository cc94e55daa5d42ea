"""Write files whole or not at all: to a temporary name beside the target, then rename."""

import errno
import io
import json
import os
import re
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from hwkit.errors import ConfigError, HwkitError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_REFUSALS = {
    errno.ENOENT: "it does not exist",
    errno.EISDIR: "it is a folder",
    errno.EACCES: "permission is denied",
    errno.EEXIST: "a file is in the way",
    errno.ENOTDIR: "a part of its path is a file",
}
_TEMPORARY = re.compile(r"\..+\.[a-z0-9_]{8}")  # as `replacing` names them


@contextmanager
def replacing(path: Path | str) -> Iterator[Path]:
    """Yield a temporary path that takes the place of `path` if the block ends well.

    What a link points to is replaced, not the link. A device or a pipe is refused: a rename would
    put a file in its place, for every program of the machine if it is /dev/null.

    Raises:
        ConfigError: if the system refuses to write there, or it is a device or a pipe.
    """
    target = Path(path)
    try:
        if target.exists() and not (target.is_file() or target.is_dir()):
            raise ConfigError(f"{target} can't be written: it is a device or a pipe; name a file")
        target = Path(os.path.realpath(target))
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        os.close(handle)
        temporary = Path(name)
        try:
            yield temporary
            temporary.chmod(0o666 & ~_umask())
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        remedy = "free some space or name another place" if is_full(error) else "name another place"
        raise ConfigError(f"{path} can't be written: {why(error, str(error))}; {remedy}") from error


def remove_leftovers(folder: Path) -> None:
    """Remove the temporary files of processes that were killed while they wrote into a folder."""
    for file in folder.glob(".*"):
        if _TEMPORARY.fullmatch(file.name):
            file.unlink(missing_ok=True)


class PatientFile(io.FileIO):
    """A file for libraries that don't survive a failed write: it is reported once, by `check`.

    HDF5 crashes the process if the disk is full when it closes a file. Here it believes that all is
    well, and the file is thrown away afterwards.
    """

    failure: OSError | None = None

    def __init__(self, path: Path) -> None:
        super().__init__(path, "w+")

    def write(self, data: "ReadableBuffer") -> int:
        """Write all of the data, unless a write has failed before."""
        left = memoryview(data).cast("B")
        size = len(left)
        try:
            while len(left) and self.failure is None:
                left = left[super().write(left) :]
        except OSError as error:
            self.failure = error
        return size

    def truncate(self, size: int | None = None) -> int:
        """Set the file's size."""
        try:
            return super().truncate(size)
        except OSError as error:
            self.failure = self.failure or error
            return size or 0

    def check(self) -> None:
        """Raise the OSError of the first write that failed, if one did."""
        if self.failure is not None:
            raise self.failure


def is_full(error: OSError) -> bool:
    """Say whether a write failed for want of space: on the disk, in a quota, under a limit."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def why(error: Exception, otherwise: str = "it is damaged or of another kind") -> str:
    """Return why a file can't be read, in words that need no knowledge of what reads it."""
    match error:
        case HwkitError():
            return str(error)
        case OSError(errno=int(number)) if number in _REFUSALS:
            return _REFUSALS[number]
        case OSError(strerror=str(text)) | tomllib.TOMLDecodeError(args=(str(text), *_)):
            return f"{text[:1].lower()}{text[1:]}"
        case UnicodeDecodeError():
            return f"it is no text: byte {error.start} is not UTF-8"
        case json.JSONDecodeError():
            return f"line {error.lineno}, column {error.colno} is no JSON"
        case KeyError():
            return f"it has no {error.args[0]!r}"
    return otherwise


def write_text(path: Path | str, text: str) -> None:
    """Write a UTF-8 text file atomically."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
