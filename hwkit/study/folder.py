"""The folder of one run: results that are there already are not computed again.

`plan.json` stamps the folder with the plan and the version that filled it, `manifest.json` says
which files are results and what their bytes were. A folder with another stamp is emptied of the
results it lists; one with the same stamp is resumed where it stopped. A result with other bytes
than it was written with is told and computed again. Files appear whole or not at all.

Only what hwkit made is touched: nothing is removed or written before the stamp was found, only
files that the manifest lists are removed, and a folder in which a link has a result's name is
refused, since what is written there would land elsewhere.
"""

import json
import logging
import weakref
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from pydantic import BaseModel

from hwkit.errors import ConfigError, DataError, HwkitError
from hwkit.files import load_json, remove_leftovers, why, write_text
from hwkit.study.lock import FolderLock, not_written
from hwkit.study.manifest import (
    MANIFEST,
    Digest,
    is_intact,
    load_manifest,
    plan_digest,
    save_manifest,
)
from hwkit.trajectories import Trajectories
from hwkit.workers import was_killed

Result = TypeVar("Result")

STAMP = "plan.json"
BATCHES = "batches"
_SUFFIXES = frozenset({".npz", ".nc", ".json", ".cir", ".html", ".parquet", ".csv"})
_NEVER_LISTED = ("provenance.json", "report.html", "sheet.html")  # hold times of day

_log = logging.getLogger("hwkit")


class RunFolder:
    """A run folder, opened for a plan; its only writer until it is closed.

    Raises:
        ConfigError: if it holds something else, links, or another process is writing there.
    """

    def __init__(self, path: Path | str, stamp: dict[str, object]) -> None:
        self.path = Path(path)
        text = json.dumps(stamp, indent=2, sort_keys=True) + "\n"
        self._plan = plan_digest(text)
        self._listed: dict[str, Digest] = {}
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            _check_own(self.path)
            lock = FolderLock(self.path)
            self._release = weakref.finalize(self, lock.release)
            remove_unfinished(self.path)
            if _stamp(self.path) == text:
                self._listed = _intact(self.path, self._plan)
            else:
                _empty(self.path)
                write_text(self.path / STAMP, text)
            save_manifest(self.path, self._plan, self._listed)
        except OSError as error:
            raise ConfigError(
                f"run folder {self.path} can't be written: {why(error)}; name another"
            ) from error

    @classmethod
    def of(cls, plan: BaseModel, path: Path | str) -> "RunFolder":
        """Open a folder for a plan and this version of the package."""
        return cls(path, {"hwkit": version("hwkit"), "plan": plan.model_dump(mode="json")})

    def __enter__(self) -> "RunFolder":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let other processes write here."""
        self._release()

    def __truediv__(self, name: str) -> Path:
        return self.path / name

    def has(self, name: str) -> bool:
        """Say whether a result is there, as it was written."""
        return name in self._listed

    def record(self, *names: str) -> None:
        """List files that were written, as results."""
        self._listed |= {name: Digest.of(self.path / name) for name in names}
        save_manifest(self.path, self._plan, self._listed)

    def write(self, name: str, save: Callable[[Path], None]) -> None:
        """Write a result and list it."""
        save(self.path / name)
        self.record(name)

    def write_text(self, name: str, text: str) -> None:
        """Write a result that is text."""
        self.write(name, lambda path: write_text(path, text))

    def write_json(self, name: str, content: Any) -> None:
        """Write a result as JSON."""
        self.write_text(name, json.dumps(content, indent=2) + "\n")

    def result(
        self,
        name: str,
        compute: Callable[[], Result],
        save: Callable[[Result, Path], None],
        load: Callable[[Path], Result],
    ) -> Result:
        """Return the result in file `name`, computing and saving it if it is not there."""
        if not self.has(name):
            computed = compute()
            self.write(name, lambda path: save(computed, path))
        return load(self.path / name)

    def trajectories(self, name: str, compute: Callable[[], Trajectories]) -> Trajectories:
        """Return the runs in the file `name`, computing and saving them if they are not there.

        Nor are runs there whose worker was killed: that says nothing about them.
        """
        target = self.path / name
        kept = Trajectories.load(target) if self.has(name) else None
        if kept is not None and not any(was_killed(reason) for reason in kept.failures.values()):
            return kept
        self.write(name, compute().save)
        return Trajectories.load(target)

    def json(self, name: str, compute: Callable[[], Any]) -> Any:
        """Return the content of the JSON file `name`, computing and saving it if not there."""
        if not self.has(name):
            self.write_json(name, compute())
        return load_json(self.path / name)


def finished_files(folder: Path) -> frozenset[str]:
    """Return the names of a run folder's results, after checking that all are as written.

    Raises:
        ConfigError: if a process is writing there, or a result's name is a link.
        DataError: if it is no run folder, or a result is missing or has other bytes.
    """
    if not folder.is_dir():
        raise DataError(f"{folder} is no finished run folder: it is not there")
    stamp = _stamp(folder)
    if not stamp:
        raise DataError(
            f"{folder} is no finished run folder: it has no {STAMP} of hwkit's; run a study first"
        )
    _check_links(folder)
    with not_written(folder):
        listed = load_manifest(folder, plan_digest(stamp))
        for name, digest in listed.items():
            if not is_intact(folder / name, digest):
                raise DataError(
                    f"{folder / name} is not as hwkit wrote it: it was damaged, exchanged or "
                    "removed; run the study again, which computes what is wrong anew"
                )
    return frozenset(listed)


def own_place(path: Path) -> Path:
    """Return a path whose name hwkit chose, to be written.

    Raises:
        ConfigError: if a link is there: what is written would land elsewhere.
    """
    if path.is_symlink():
        raise ConfigError(f"{path} is a link; hwkit writes into the folder only: remove the link")
    return path


def remove_unfinished(folder: Path) -> None:
    """Remove what writers that were stopped left in a run folder."""
    if _stamp(folder):
        for place in (folder, folder / BATCHES):
            if not place.is_symlink():
                remove_leftovers(place)


def _stamp(folder: Path) -> str:
    """Return the stamp's text; nothing if the file is missing or is not ours."""
    try:
        if (folder / STAMP).is_symlink():
            return ""
        content = load_json(folder / STAMP)
        if not isinstance(content, dict) or set(content) != {"hwkit", "plan"}:
            return ""
        return (folder / STAMP).read_text(encoding="utf-8")
    except (HwkitError, OSError, ValueError):
        return ""


def _check_own(folder: Path) -> None:
    """Refuse a folder that holds anything but a run, before anything in it is touched."""
    if any(folder.iterdir()) and not _stamp(folder):
        raise ConfigError(
            f"{folder} holds files but is no run folder (it has no {STAMP} of hwkit's); "
            "name another"
        )
    _check_links(folder)


def _check_links(folder: Path) -> None:
    """Refuse links where hwkit would read or write a result."""
    for place in (folder, folder / BATCHES):
        if place is not folder and not place.is_dir():
            continue
        for entry in place.iterdir():
            ours = entry.name == BATCHES or entry.suffix in _SUFFIXES
            if ours and entry.is_symlink():
                raise ConfigError(
                    f"{entry} is a link, which results of hwkit never are; remove it, or name "
                    "another folder"
                )
        if place is folder and (folder / BATCHES).exists() and not (folder / BATCHES).is_dir():
            raise ConfigError(f"{folder / BATCHES} is no folder; remove it, or name another folder")


def _intact(folder: Path, plan: str) -> dict[str, Digest]:
    """Return the results that are as they were written; say which are not."""
    try:
        listed = load_manifest(folder, plan)
    except DataError as error:
        if any(entry.name != STAMP for entry in folder.iterdir() if not entry.name.startswith(".")):
            _log.warning("%s: all results are computed again", error)
        return {}
    kept = {name: entry for name, entry in listed.items() if is_intact(folder / name, entry)}
    for name in listed.keys() - kept.keys():
        _log.warning("%s is not as it was written; it is computed again", folder / name)
    return kept


def _empty(folder: Path) -> None:
    """Remove the results of another plan, those that the manifest lists."""
    try:
        listed = load_manifest(folder)
    except DataError:
        return
    for name in (*listed, *_NEVER_LISTED, MANIFEST):
        file = folder / name
        if file.is_file() and not file.is_symlink():
            file.unlink()
