"""What the pages of studies with a run folder of their own share: reading it, and provenance."""

import json
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from hwkit.errors import DataError
from hwkit.files import why

Plan = TypeVar("Plan", bound=BaseModel)


def read_object(folder: Path, name: str, made_by: str) -> dict[str, Any]:
    """Return the content of a JSON file of a run folder.

    Raises:
        DataError: if it is missing or holds no object.
    """
    try:
        content = json.loads((folder / name).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise DataError(f"{folder} has no {name}; run `hwkit {made_by}` first") from error
    except (OSError, ValueError) as error:
        raise DataError(f"{folder / name} can't be read: {why(error)}") from error
    if not isinstance(content, dict):
        raise DataError(f"{folder / name} holds {type(content).__name__}, expected an object")
    return content


def read_study(
    folder: Path, kind: type[Plan], name: str, meaning: str
) -> tuple[Plan, dict[str, Any]]:
    """Return the plan and the results, file `name`, of a run folder.

    Raises:
        DataError: if the folder holds no finished study of that kind (`meaning` in words).
    """
    try:
        plan = kind.model_validate(json.loads((folder / "plan.json").read_text())["plan"])
        results: dict[str, Any] = json.loads((folder / name).read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError, TypeError, ValidationError) as error:
        raise DataError(f"{folder} holds no finished {meaning}: {why(error)}") from error
    return plan, results


def provenance(folder: Path, stamp: dict[str, Any]) -> dict[str, Any]:
    """Return the content of the section on cost and provenance of a run folder."""
    path = folder / "provenance.json"
    facts = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return provenance_section(facts, stamp)


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
