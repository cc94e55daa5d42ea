"""How values show themselves: `print` and a terminal get text, a notebook a table and a picture.

A class takes `Shown` as its base, says `repr=False` to `dataclass`, and returns its `Summary`.
"""

from hwkit.showing.maps import Map, picture
from hwkit.showing.summary import MOST_LINES, Shown, Summary, sparkline, spread

__all__ = ["MOST_LINES", "Map", "Shown", "Summary", "picture", "sparkline", "spread"]
