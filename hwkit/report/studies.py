"""What the pages of studies with a run folder of their own share: reading it, and provenance."""

import json
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from hwkit.errors import DataError
from hwkit.files import load_object, reading
from hwkit.study.folder import STAMP, finished_files

Plan = TypeVar("Plan", bound=BaseModel)


def read_object(folder: Path, name: str, made_by: str) -> dict[str, Any]:
    """Return the content of a JSON file of a run folder.

    Raises:
        DataError: if it is missing or holds no object.
    """
    if name not in finished_files(folder):
        raise DataError(f"{folder} has no {name}; run `hwkit {made_by}` first")
    return load_object(folder / name)


def read_study(
    folder: Path, kind: type[Plan], name: str, meaning: str
) -> tuple[Plan, dict[str, Any]]:
    """Return the plan and the results, file `name`, of a run folder.

    Raises:
        DataError: if the folder holds no finished study of that kind (`meaning` in words).
    """
    required = {name, "verdict.json"}
    missing = required - finished_files(folder)
    if missing:
        raise DataError(f"{folder} holds no finished {meaning}: it has no {min(missing)}")
    with reading(folder, f"a finished {meaning}"):
        plan = kind.model_validate(load_object(folder / STAMP)["plan"])
    return plan, load_object(folder / name)


def provenance(folder: Path, stamp: dict[str, Any]) -> dict[str, Any]:
    """Return the content of the section on cost and provenance of a run folder."""
    path = folder / "provenance.json"
    return provenance_section(load_object(path) if path.is_file() else {}, stamp)


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
