"""Whose a run folder is: proven before anything in it is touched, and held while it is used."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hwkit.errors import ConfigError, DataError
from hwkit.files import is_leftover, remove_leftovers, why
from hwkit.manifest import (
    BATCHES,
    MANIFEST,
    STAMP,
    SUFFIXES,
    damage,
    is_intact,
    load_manifest,
    load_stamp,
    plan_digest,
)
from hwkit.study.lock import HOLDER, FolderLock

_NEVER_LISTED = ("provenance.json", "report.html")  # hold times of day

_log = logging.getLogger("hwkit")


@contextmanager
def finished(folder: Path) -> Iterator[frozenset[str]]:
    """Yield the names of a run folder's results, all as they were written; nobody writes meanwhile.

    Raises:
        ConfigError: if a process is writing there, or a result's name is a link.
        DataError: if it is not a run folder, or a result is missing or has other bytes.
    """
    if not folder.is_dir():
        raise DataError(f"{folder} is not a finished run folder: it does not exist")
    if not load_stamp(folder):
        raise DataError(
            f"{folder} is not a finished run folder: it has no {STAMP} of hwkit's; run a study"
        )
    with refusals(folder):
        lock = locked(folder)
    try:
        try:
            listed = load_manifest(folder, plan_digest(load_stamp(folder)))
        except DataError as error:
            raise DataError(f"{error}; run the study again") from error
        for name, digest in listed.items():
            if not is_intact(folder / name, digest):
                raise damage(folder / name)
        yield frozenset(listed)
    finally:
        lock.release()


@contextmanager
def refusals(folder: Path) -> Iterator[None]:
    """Put what the system refuses into a sentence."""
    try:
        yield
    except OSError as error:
        where = str(error.filename or folder)
        place = "" if where == str(folder) else f"{where}: "
        raise ConfigError(
            f"run folder {folder} can't be written: {place}{why(error)}; name another"
        ) from error


def locked(folder: Path) -> FolderLock:
    """Return the lock of a folder that is a run's: looked at before, and again under the lock."""
    _check_own(folder)
    lock = FolderLock(folder)
    try:
        _check_own(folder)
    except BaseException:
        lock.release()
        raise
    return lock


def _check_own(folder: Path) -> None:
    """Refuse a folder that holds anything but a run, before anything in it is touched."""
    own = all(is_own_sign(entry.name) for entry in folder.iterdir())
    if not own and not load_stamp(folder):
        raise ConfigError(
            f"{folder} holds files but is not a run folder (it has no {STAMP} of hwkit's); "
            "name another"
        )
    _check_links(folder)


def is_own_sign(name: str) -> bool:
    """Say whether a file shows a process that was killed before it could stamp the folder."""
    return name == HOLDER or is_leftover(name, (STAMP,))


def _check_links(folder: Path) -> None:
    """Refuse links where hwkit would read or write a result."""
    batches = folder / BATCHES
    entries = [*folder.iterdir(), *(batches.iterdir() if batches.is_dir() else ())]
    for entry in entries:
        if (entry == batches or entry.suffix in SUFFIXES) and entry.is_symlink():
            raise ConfigError(
                f"{entry} is a link, but results of hwkit are never links; remove it, or name "
                "another folder"
            )
    if batches.exists() and not batches.is_dir():
        raise ConfigError(f"{batches} is not a folder; remove it, or name another folder")


def remove_unfinished(folder: Path) -> None:
    """Remove what writers that were stopped left in a run folder."""
    for place in (folder, folder / BATCHES):
        remove_leftovers(place)


def remove_listed(folder: Path) -> None:
    """Remove the results of another plan or version, as the manifest lists them; say so.

    A file that is listed and has other bytes is somebody's by now, and stays.
    """
    stamp = load_stamp(folder)
    if stamp:
        made = json.loads(stamp)["hwkit"]
        _log.warning(
            "%s holds results of another plan, made by hwkit %s; they are computed again",
            folder,
            made,
        )
    if not (folder / MANIFEST).exists():
        return
    try:
        listed = load_manifest(folder)
    except DataError as error:
        _log.warning("%s: files listed for another plan are left in place, unused", error)
        return
    for name, digest in listed.items():
        if is_intact(folder / name, digest):
            (folder / name).unlink()
    for name in (*_NEVER_LISTED, MANIFEST):
        file = folder / name
        if file.is_file() and not file.is_symlink():
            file.unlink()
