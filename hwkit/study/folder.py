"""The folder of one run: results that are there already are not computed again.

`plan.json` stamps the folder with the plan and the version that filled it. A folder with another
stamp is emptied of results; one with the same stamp is resumed where it stopped. Files appear
whole or not at all, so a result that exists is complete; what a killed run left is removed.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from hwkit.errors import ConfigError
from hwkit.files import remove_leftovers, why, write_text
from hwkit.trajectories import Trajectories
from hwkit.workers import was_killed

Result = TypeVar("Result")

_STAMP = "plan.json"
_RESULT_SUFFIXES = {".npz", ".nc", ".json", ".cir", ".html", ".parquet"}
_SUBFOLDERS = ("batches",)


class RunFolder:
    """A run folder, opened for a plan."""

    def __init__(self, path: Path | str, stamp: dict[str, object]) -> None:
        self.path = Path(path)
        text = json.dumps(stamp, indent=2, sort_keys=True) + "\n"
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            remove_leftovers(self.path)
            if self._stamp() != text:
                self._empty()
                write_text(self.path / _STAMP, text)
        except OSError as error:
            raise ConfigError(
                f"run folder {self.path} can't be written: {why(error)}; name another"
            ) from error

    def __truediv__(self, name: str) -> Path:
        return self.path / name

    def result(
        self,
        name: str,
        compute: Callable[[], Result],
        save: Callable[[Result, Path], None],
        load: Callable[[Path], Result],
    ) -> Result:
        """Return the result in file `name`, computing and saving it if it is not there."""
        target = self.path / name
        if not target.exists():
            save(compute(), target)
        return load(target)

    def trajectories(self, name: str, compute: Callable[[], Trajectories]) -> Trajectories:
        """Return the runs in the file `name`, computing and saving them if they are not there.

        Nor are runs there whose worker was killed: that says nothing about them.
        """
        target = self.path / name
        kept = Trajectories.load(target) if target.exists() else None
        if kept is not None and not any(was_killed(reason) for reason in kept.failures.values()):
            return kept
        compute().save(target)
        return Trajectories.load(target)

    def json(self, name: str, compute: Callable[[], Any]) -> Any:
        """Return the content of the JSON file `name`, computing and saving it if not there."""
        return self.result(name, compute, save_json, load_json)

    def _stamp(self) -> str:
        """Return the stamp's text; nothing if the file is missing or is not ours."""
        try:
            text = (self.path / _STAMP).read_text(encoding="utf-8")
            return text if set(json.loads(text)) == {"hwkit", "plan"} else ""
        except (FileNotFoundError, TypeError, ValueError):
            return ""

    def _empty(self) -> None:
        """Remove results of another plan; refuse a folder that holds anything else."""
        files = list(self.path.iterdir())
        if files and not self._stamp():
            raise ConfigError(
                f"{self.path} holds files but is no run folder (it has no {_STAMP} of hwkit's); "
                "name another"
            )
        for name in _SUBFOLDERS:
            if (self.path / name).is_dir():
                files += (self.path / name).iterdir()
        for file in files:
            if file.is_file() and file.suffix in _RESULT_SUFFIXES:
                file.unlink()


def remove_unfinished(folder: Path) -> None:
    """Remove what writers that were stopped left in a run folder."""
    for place in (folder, *(folder / name for name in _SUBFOLDERS)):
        remove_leftovers(place)


def save_json(content: Any, path: Path) -> None:
    """Write a result as JSON."""
    write_text(path, json.dumps(content, indent=2) + "\n")


def load_json(path: Path) -> Any:
    """Read a result that `save_json` wrote."""
    return json.loads(path.read_text(encoding="utf-8"))
