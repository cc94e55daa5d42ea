"""An empty figure; matplotlib is loaded when the first one is made."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hwkit.plotting.panels import Panel


def panel(width: float = 330, height: float = 230) -> "Panel":
    """Return an empty figure; sizes in CSS pixels at which its text has 10 px."""
    from hwkit.plotting.panels import Panel

    return Panel(figsize=(width / 72, height / 72))
