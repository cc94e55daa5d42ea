"""Where results come from: versions, command, host, time. Never compared byte for byte."""

import json
import platform
import sys
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from hwkit.files import write_text
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
