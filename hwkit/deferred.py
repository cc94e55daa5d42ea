"""Libraries that are loaded when something of theirs is first used.

Loading xarray, networkx, scipy.stats, scipy.interpolate, scipy.optimize or scikit-learn takes
longer than most commands do, and every worker process starts anew. Type checkers see an ordinary
import:

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


def deferred(name: str) -> Any:
    """Return what stands for a module until one of its names is asked for."""
    return _Deferred(name)
