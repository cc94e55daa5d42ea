"""The kinds of study: hwkit's own, and those that other installed packages add.

Another package adds a kind by an entry point of the group `hwkit.kinds` whose value is a `Kind`.
"""

from importlib import import_module
from typing import Any

from hwkit.errors import ConfigError
from hwkit.plugins import installed, load_installed
from hwkit.study.kind import Kind

GROUP = "hwkit.kinds"
_OWN = (
    "equivalence",
    "tolerance",
    "codesign",
    "generative",
    "storage",
    "energy",
    "speedup",
    "sampler",
    "breadboard",
    "dataset",
    "silicon",
    "measured",
)


def kind_names() -> tuple[str, ...]:
    """Return the names of all kinds, hwkit's own first."""
    return (*_OWN, *(name for name in installed(GROUP) if name not in _OWN))


def load_kind(name: str) -> Kind[Any]:
    """Return the kind of a name; only its own modules are imported.

    Raises:
        ConfigError: if there is none, or the package that adds it fails.
    """
    if name in _OWN:
        own: Kind[Any] = import_module(f"{__name__}.{name}").KIND
        return own
    if name not in installed(GROUP):
        raise ConfigError(
            f"kind = {name!r} is not a kind of study; choose from {', '.join(kind_names())}"
        )
    return load_installed(GROUP, name, Kind)
