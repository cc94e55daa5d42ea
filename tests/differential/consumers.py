"""What hwkit claims of a netlist, as questions that ngspice can answer."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.differential.questions import Question, Vectors

Check = Callable[[list[list[Vectors]]], list[str]]


class UnmeasurableError(Exception):
    """The measurement can't tell: no state at rest, or a difference of large numbers."""


@dataclass(frozen=True)
class Claim:
    """Questions, and what finds differences in their answers."""

    questions: list[Question]
    check: Check


# Takes the file, the text as ngspice reads it, and a source of random states; raises HwkitError
# where hwkit refuses the file.
Consumer = Callable[[Path, str, random.Random], Claim]
