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
import time
import weakref
from collections.abc import Callable
from contextlib import nullcontext, suppress
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from pydantic import BaseModel

from hwkit.errors import ConfigError, DataError
from hwkit.files import write_text
from hwkit.manifest import (
    STAMP,
    Digest,
    damage,
    is_intact,
    load_manifest,
    load_stamp,
    plan_digest,
    save_manifest,
)
from hwkit.study.ownership import (
    is_own_sign,
    locked,
    refusals,
    remove_listed,
    remove_unfinished,
)
from hwkit.study.values import load_array, read_value, save_array, save_value
from hwkit.trajectories import FloatArray, Trajectories
from hwkit.workers import was_killed

Result = TypeVar("Result")
Plan = TypeVar("Plan", bound=BaseModel)

_SHARE = 0.05  # of the time that may go into writing the manifest again and again

_log = logging.getLogger("hwkit")


class RunFolder:
    """A run folder, opened for a plan; its only writer until it is closed.

    Raises:
        ConfigError: if it holds something else, links, or another process is writing there.
    """

    def __init__(self, path: Path | str, stamp: dict[str, object]) -> None:
        self.path = Path(path)
        text = stamp_text(stamp)
        self._plan = plan_digest(text)
        self._listed: dict[str, Digest] = {}
        self._next_save = 0.0
        with refusals(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
            self._lock = locked(self.path)
        self._release = weakref.finalize(self, self._lock.release)
        try:
            with refusals(self.path):
                self._open(text)
        except BaseException:
            self._release()
            raise

    def _open(self, text: str) -> None:
        remove_unfinished(self.path)
        if load_stamp(self.path) == text:
            self._listed = self._resumed()
        else:
            remove_listed(self.path)
            write_text(self.path / STAMP, text)
        self._save()

    @classmethod
    def of(cls, plan: BaseModel, path: Path | str) -> "RunFolder":
        """Open a folder for a plan and this version of the package."""
        return cls(path, stamp_of(plan))

    def __enter__(self) -> "RunFolder":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with nullcontext() if kind is None else suppress(ConfigError):  # what came first is told
            self.close()

    def close(self) -> None:
        """Remove what stopped writers left, and let other processes write here."""
        if not self._release.alive:
            return
        try:
            with refusals(self.path):
                remove_unfinished(self.path)
                self._save()
        finally:
            self._release()

    def __truediv__(self, name: str) -> Path:
        return self.path / name

    @property
    def names(self) -> frozenset[str]:
        """Names of the results, all as they were written when the folder was opened, or later."""
        return frozenset(self._listed)

    @property
    def handles(self) -> tuple[int, ...]:
        """Descriptors for workers that write here to hold: nobody else writes before they end."""
        return (self._lock.handle,)

    def has(self, *names: str) -> bool:
        """Say whether results are there with the bytes that were written; tell what is not."""
        there = [self._has(name) for name in names]
        return all(there)

    def _has(self, name: str) -> bool:
        if name not in self._listed:
            return False
        if is_intact(self.path / name, self._listed[name]):
            return True
        _log.warning("%s is not as it was written; it is computed again", self.path / name)
        del self._listed[name]
        return False

    def check(self, name: str) -> None:
        """Refuse a result that is to be read and has other bytes than it was written with.

        Raises:
            DataError: if it has.
        """
        if not self.has(name):
            raise damage(self.path / name)

    def record(self, *names: str) -> None:
        """List files that workers wrote, as results; the manifest follows soon after."""
        self._list(*names)
        if time.monotonic() >= self._next_save:
            self._save()

    def write(self, name: str, save: Callable[[Path], None]) -> None:
        """Write a result and list it."""
        save(self.path / name)
        self._list(name)
        self._save()

    def _list(self, *names: str) -> None:
        with refusals(self.path):
            self._listed |= {name: Digest.of(self.path / name) for name in names}

    def write_text(self, name: str, text: str) -> None:
        """Write a result that is text."""
        self.write(name, lambda path: write_text(path, text))

    def write_value(self, name: str, value: object) -> None:
        """Write a frozen value, such as a dataclass of numbers, as JSON."""
        self.write(name, lambda path: save_value(value, type(value), path))

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

    def value(
        self, name: str, kind: type[Result], compute: Callable[[], Result], *beside: str
    ) -> Result:
        """Return the value in the JSON file `name`, computing and saving it if it is not there.

        Args:
            name: of the file.
            kind: a frozen dataclass, a pydantic model, or a container of such and of numbers.
            compute: makes the value.
            beside: files that the same computation writes; if one is not there, it is done.
        """
        if not self.has(name, *beside):
            computed = compute()
            self.write(name, lambda path: save_value(computed, kind, path))
        return read_value(self.path / name, kind)

    def array(self, name: str, compute: Callable[[], FloatArray]) -> FloatArray:
        """Return the array in the file `name`, computing and saving it if it is not there."""
        return self.result(name, compute, save_array, load_array)

    def _save(self) -> None:
        started = time.monotonic()
        save_manifest(self.path, self._plan, self._listed)
        ended = time.monotonic()
        self._next_save = ended + (ended - started) / _SHARE

    def _resumed(self) -> dict[str, Digest]:
        """Return the results that are as they were written; tell which are not."""
        try:
            self._listed = load_manifest(self.path, self._plan)
        except DataError as error:
            if any(e.name != STAMP and not is_own_sign(e.name) for e in self.path.iterdir()):
                _log.warning("%s: all results are computed again", error)
            return {}
        self.has(*self._listed)
        return self._listed


def stamp_of(plan: BaseModel) -> dict[str, object]:
    """Return what stamps a folder of a plan and this version of the package."""
    return {"hwkit": version("hwkit"), "plan": plan.model_dump(mode="json")}


def stamp_text(stamp: dict[str, object]) -> str:
    """Return the text of plan.json."""
    return json.dumps(stamp, indent=2, sort_keys=True) + "\n"


def check_not_another(plan: BaseModel, folder: Path) -> None:
    """Refuse a folder with results of another plan, which opening it would remove.

    Raises:
        ConfigError: if it has.
    """
    if load_stamp(folder) not in ("", stamp_text(stamp_of(plan))):
        raise ConfigError(
            f"{folder} holds results of another plan or version of hwkit; name another folder"
        )
