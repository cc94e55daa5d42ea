"""Libraries that are loaded when something of theirs is first used.

Loading xarray, networkx, scipy.stats, scipy.interpolate, scipy.optimize or scikit-learn takes
longer than most commands do. Type checkers see an ordinary import:

    if TYPE_CHECKING:
        import networkx as nx
    else:
        nx = deferred("networkx")
"""

from importlib import import_module
from types import ModuleType
from typing import Any


class _Deferred(ModuleType):
    def __getattr__(self, name: str) -> Any:
        return getattr(import_module(self.__name__), name)


_OWN: set[str] = set()


def deferred(name: str) -> Any:
    """Return what stands for a module until one of its names is asked for."""
    if name.startswith("hwkit."):
        _OWN.add(name)
    return _Deferred(name)


def load_own() -> None:
    """Load those of hwkit's own modules that are waiting, as worker processes will need them."""
    for name in sorted(_OWN):
        import_module(name)
