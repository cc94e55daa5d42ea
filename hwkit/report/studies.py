"""What the pages of studies with a run folder of their own share: reading it, and provenance."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from hwkit.errors import DataError
from hwkit.files import load_object, reading
from hwkit.manifest import STAMP
from hwkit.study.ownership import finished

Plan = TypeVar("Plan", bound=BaseModel)


@contextmanager
def finished_study(
    folder: Path, meaning: str, made_by: str, *required: str
) -> Iterator[frozenset[str]]:
    """Yield the names of a study's results; nobody writes into the folder meanwhile.

    Args:
        folder: the run folder.
        meaning: the study in words, such as "storage study".
        made_by: the verb that runs it.
        required: results without which it is not finished, beside the verdict.

    Raises:
        DataError: if it is no such folder, or whatever else the block meets in its files.
    """
    with finished(folder) as there:
        missing = {*required, "verdict.json"} - there
        if missing:
            raise DataError(
                f"{folder} holds no finished {meaning}: it has no {min(missing)}; "
                f"run `hwkit {made_by}` first"
            )
        with reading(folder, f"a finished {meaning}"):
            yield there


def read_study(folder: Path, kind: type[Plan], name: str) -> tuple[Plan, dict[str, Any]]:
    """Return the plan and the results, file `name`, of a run folder."""
    return kind.model_validate(load_object(folder / STAMP)["plan"]), load_object(folder / name)


def provenance(folder: Path) -> dict[str, Any]:
    """Return the content of the section on cost and provenance of a run folder."""
    path = folder / "provenance.json"
    facts = load_object(path) if path.is_file() else {}
    return provenance_section(facts, load_object(folder / STAMP))


def provenance_section(facts: dict[str, Any], stamp: dict[str, Any]) -> dict[str, Any]:
    """Return the section of what `provenance.json` holds and of the folder's stamp."""
    facts = dict(facts)
    seconds, versions = facts.pop("seconds", {}), facts.pop("versions", {})
    seconds = seconds if isinstance(seconds, dict) else {}
    seconds = {k: v for k, v in seconds.items() if isinstance(v, int | float)}
    longest = max(seconds.values(), default=0.0)
    return {
        "stages": [
            (name, f"{value:.1f}", round(100 * value / longest) if longest else 0)
            for name, value in seconds.items()
        ],
        "total": f"{sum(seconds.values()):.1f}",
        "facts": [(name, str(value)) for name, value in facts.items()],
        "versions": versions if isinstance(versions, dict) else {},
        "hwkit": stamp["hwkit"],
        "settings": json.dumps(stamp["plan"], indent=2, sort_keys=True),
    }
