"""What is asked of ngspice, and what it answers."""

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

Vectors = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Step:
    """Commands, and the vectors that they must leave behind.

    Lines, if any, take the place of the question's, with the netlist read again.
    """

    commands: tuple[str, ...]
    wanted: tuple[str, ...]
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Refusal:
    """ngspice can't do it; its last words."""

    reason: str


@dataclass(frozen=True)
class Question:
    """A netlist, lines to stand in front of its first, what to do, what `external` delivers, A."""

    text: str
    lines: tuple[str, ...]
    steps: tuple[Step, ...]
    external: float = 0.0


Answer = list[Vectors] | Refusal
