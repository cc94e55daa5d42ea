"""Write files whole or not at all: to a temporary name beside the target, then rename.

And read text in the encodings that other programs write it in.
"""

import codecs
import errno
import io
import json
import os
import re
import stat
import tempfile
import tomllib
import zipfile
import zlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hwkit.errors import ConfigError, DataError, HwkitError
from hwkit.terminal import shown as shown

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_REFUSALS = {
    errno.ENOENT: "it does not exist",
    errno.EISDIR: "it is a folder",
    errno.EACCES: "permission is denied",
    errno.EEXIST: "a file is in the way",
    errno.ENOTDIR: "a part of its path is a file",
}
_UNFINISHED = ".hwkit-part"
_MOST_JSON = 300_000_000  # bytes
_LONGEST = 150  # bytes of a name that its temporary name keeps
_TEMPORARY = re.compile(r"\.(.+)\.[a-z0-9_]{8}\.hwkit-part")  # as `replacing` names them


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
        stem = os.fsencode(target.name)[:_LONGEST].decode("utf-8", "ignore")
        handle, name = tempfile.mkstemp(_UNFINISHED, f".{stem}.", target.parent)
        os.close(handle)
        temporary = Path(name)
        try:
            yield temporary
            _take_place(temporary, target)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        reason, remedy = why(error, str(error)), "name another place"
        if is_full(error):  # libraries put words of their own around the system's
            reason, remedy = os.strerror(error.errno or 0).lower(), f"free some space or {remedy}"
        raise ConfigError(f"{path} can't be written: {reason}; {remedy}") from error


def _take_place(temporary: Path, target: Path) -> None:
    """Rename, keeping the mode (and, where the system lets us, the owner) of what is replaced."""
    if target.is_file():
        before = target.stat()
        with suppress(OSError):
            os.chown(temporary, before.st_uid, before.st_gid)
        temporary.chmod(stat.S_IMODE(before.st_mode))
    else:
        temporary.chmod(0o666 & ~_umask())
    temporary.replace(target)


def is_leftover(name: str, of: Collection[str] | None = None) -> bool:
    """Say whether a name is that of a temporary file of `replacing`, for files `of` these names."""
    found = _TEMPORARY.fullmatch(name)
    return found is not None and (of is None or found[1] in of)


def remove_leftovers(folder: Path) -> None:
    """Remove the temporary files of processes that were killed while they wrote into a folder.

    They bear hwkit's own ending; no other file is touched.
    """
    for file in folder.glob(f".*{_UNFINISHED}"):
        if is_leftover(file.name) and not file.is_dir():
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
            return f"{text[:1].lower()}{text[1:]}".partition("\n")[0]
        case UnicodeDecodeError():
            return f"it is not a UTF-8 text file (byte {error.start}); save it as UTF-8"
        case json.JSONDecodeError():
            return f"line {error.lineno}, column {error.colno} is not JSON"
        case RecursionError():
            return "it is nested too deeply"
        case MemoryError():
            return "it claims to be larger than the memory"
        case zipfile.BadZipFile() | EOFError() | zlib.error():
            return "it is damaged or cut short"
        case KeyError():
            return f"it has no {error.args[0]!r}"
    return otherwise


def read_text(path: Path | str, *, latin1: bool = False) -> str:
    """Return the text of a file in UTF-8, or in UTF-8, 16 or 32 with a byte-order mark.

    LTspice XVII writes UTF-16, older versions Latin-1 with the micro sign; spreadsheets put a mark
    in front of UTF-8. Line ends become line feeds.

    Args:
        path: the file.
        latin1: take a file that is not valid UTF-8 for Latin-1.

    Raises:
        OSError: if the file can't be read.
        UnicodeDecodeError: if it is in none of these encodings.
    """
    data = Path(path).read_bytes()
    wide = wide_encoding(data)
    if wide is not None:
        text = data.decode(wide)
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            if not latin1:
                raise
            text = data.decode("latin-1")
    return text.replace("\r\n", "\n").replace("\r", "\n")


@contextmanager
def reading(path: Path | str, what: str) -> Iterator[None]:
    """Turn whatever a library raises over a file into one sentence.

    Libraries fail over a damaged file in more ways than can be listed, and all mean the same.

    Args:
        path: the file.
        what: what it should be, such as "a table of boards".

    Raises:
        DataError: if the block fails.
    """
    try:
        yield
    except HwkitError as error:
        if str(path) in str(error):
            raise
        raise DataError(f"{path} can't be read as {what}: {error}") from error
    except Exception as error:
        raise DataError(f"{path} can't be read as {what}: {why(error)}") from error


def load_json(path: Path | str, *, finite: bool = False) -> Any:
    """Return the content of a JSON file.

    Args:
        path: the file.
        finite: refuse NaN and infinities, which Python writes and JSON has not.

    Raises:
        DataError: if it can't be read, gives a name twice, or is not a file or a very large one.
    """
    with reading(path, "JSON"):
        file = Path(path)
        size = file.stat().st_size
        if not file.is_file():
            raise DataError(f"{path} can't be read as JSON: it is not a file")
        if size > _MOST_JSON:
            raise DataError(
                f"{path} can't be read as JSON: it has {size / 1e6:.3g} MB, above the limit of "
                f"{_MOST_JSON / 1e6:.3g} MB"
            )
        text = file.read_text(encoding="utf-8")
        constant = _not_finite if finite else float
        return json.loads(text, object_pairs_hook=_once, parse_constant=constant)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object of JSON; a name given twice has no meaning that everybody agrees on."""
    content = dict(pairs)
    if len(content) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise DataError(f"it gives {twice!r} twice")
    return content


def _not_finite(name: str) -> float:
    raise DataError(f"it holds {name}, which is not a number in JSON")


def load_object(path: Path | str, *, finite: bool = False) -> dict[str, Any]:
    """Return the content of a JSON file that holds an object; arguments as for `load_json`.

    Raises:
        DataError: if it can't be read, or holds something else.
    """
    content = load_json(path, finite=finite)
    if not isinstance(content, dict):
        raise DataError(f"{path} holds {type(content).__name__}, expected an object")
    return content


def write_text(path: Path | str, text: str) -> None:
    """Write a UTF-8 text file atomically."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def wide_encoding(data: bytes) -> str | None:
    """Return the encoding of a text's first bytes if it is one of UTF-16 or 32; None otherwise."""
    if data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return "utf-16-le" if _is_utf16_without_mark(data) else None


def _is_utf16_without_mark(data: bytes) -> bool:
    """Say whether the data begin with ASCII characters of two bytes each."""
    head = data[:64]
    return len(head) >= 4 and not any(head[1::2]) and all(head[::2])


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
