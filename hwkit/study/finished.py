"""A run folder that is complete: what pages are made of."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from hwkit.errors import DataError
from hwkit.fidelity import Verdict
from hwkit.files import load_object
from hwkit.manifest import STAMP
from hwkit.study.ownership import finished
from hwkit.study.values import read_value

Result = TypeVar("Result")
Plan = TypeVar("Plan", bound=BaseModel)


@dataclass(frozen=True)
class FinishedRun:
    """A run folder that is complete and that nobody writes into: what pages are made of.

    Attributes:
        path: the folder.
        names: of the results, all as they were written.
        stamp: version of hwkit and plan that filled it.
    """

    path: Path
    names: frozenset[str]
    stamp: dict[str, Any]

    def __truediv__(self, name: str) -> Path:
        return self.path / name

    @property
    def kind(self) -> str:
        """Name of the kind of study."""
        plan = self.stamp.get("plan")
        return str(plan.get("kind", "")) if isinstance(plan, dict) else ""

    def plan(self, kind: type[Plan]) -> Plan:
        """Return the plan that the folder was filled by."""
        return kind.model_validate(self.stamp["plan"])

    def has(self, name: str) -> bool:
        """Say whether a result is there."""
        return name in self.names

    def result(self, name: str) -> Path:
        """Return the path of a result.

        Raises:
            DataError: if it is not there.
        """
        if name not in self.names:
            raise DataError(
                f"{self.path} holds no finished run: {name} is missing; run the study again"
            )
        return self.path / name

    def value(self, name: str, kind: type[Result]) -> Result:
        """Return the value in a JSON file; see `RunFolder.value`."""
        return read_value(self.result(name), kind)

    def verdict(self) -> Verdict:
        """Return the verdict."""
        return Verdict.load(self.result("verdict.json"))


@contextmanager
def finished_run(folder: Path) -> Iterator[FinishedRun]:
    """Yield the results of a finished run; nobody writes into the folder meanwhile.

    Raises:
        DataError: if it is no such folder, or a result is missing or has other bytes.
        ConfigError: if a process is writing there, or a result's name is a link.
    """
    with finished(folder) as names:
        run = FinishedRun(folder, names, load_object(folder / STAMP))
        run.result("verdict.json")  # written last
        yield run
