"""Where results come from: versions, command, host, time. Never compared byte for byte."""

import json
import platform
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from hwkit.files import load_object, write_text
from hwkit.workers import available_cores

_PACKAGES = ("hwkit", "numpy", "scipy", "numba", "PySpice", "xarray", "scikit-learn")


def save_provenance(path: Path, jobs: int, seconds: dict[str, float], ngspice: str) -> None:
    """Write `provenance.json`; `seconds` is what each stage took that was not resumed."""
    facts = {
        "command": " ".join([Path(sys.argv[0]).name, *sys.argv[1:]]),
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "host": platform.node(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "cores": available_cores(),
        "jobs": jobs,
        "ngspice": ngspice,
        "versions": {name: _version(name) for name in _PACKAGES},
        "seconds": {name: round(value, 3) for name, value in seconds.items()},
    }
    write_text(path, json.dumps(facts, indent=2) + "\n")


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def provenance_section(path: Path, stamp: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a page says of the content of `provenance.json` and of the folder's stamp."""
    facts = load_object(path) if path.is_file() else {}
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
