"""Figures, drawn by matplotlib.

It is imported when a figure is drawn, which few commands do, and before any of its parts: it reads
`matplotlibrc` of the working folder.
"""

from importlib import import_module
from typing import Any

from hwkit.surroundings import import_aside


def part(name: str) -> Any:
    """Return a part of matplotlib, such as "image"."""
    import_aside("matplotlib")
    return import_module(f"matplotlib.{name}")
