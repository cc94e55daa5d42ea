"""What KiCad's files say of a board: its parts, and the net of every pad."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class DrawnPart:
    """A part as drawn.

    Attributes:
        value: the text of its value.
        footprint: with its library.
        number: what to order.
        pads: net of each pad; "" for a pad that nothing is connected to.
    """

    value: str
    footprint: str
    number: str
    pads: Mapping[str, str]


@dataclass(frozen=True)
class DrawnBoard:
    """The parts by designator, and what the drawing says twice.

    Attributes:
        parts: by designator.
        shorts: names of nets that are joined.
    """

    parts: Mapping[str, DrawnPart]
    shorts: tuple[tuple[str, ...], ...] = field(default=())
