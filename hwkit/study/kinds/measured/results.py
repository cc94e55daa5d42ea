"""What a study of a measured board finds."""

from dataclasses import dataclass

from hwkit.measured.judgement import OR

BOARD = "board.json"
INPUTS = "inputs.json"


@dataclass(frozen=True)
class Parameter:
    """A parameter with its simultaneous interval; `finding` is "" where nothing is specified."""

    name: str
    kind: str
    places: list[int]
    value: float
    stderr: float
    low: float
    high: float
    intended: float
    anchor: str
    tolerance: float | None
    finding: str
    longer: float


@dataclass(frozen=True)
class Statistic:
    """A statistic of the distribution, of the record and of the reference, with adjusted p."""

    name: str
    value: float
    reference: float
    stderr: float
    p: float


@dataclass(frozen=True)
class BoardResult:
    """All of a study.

    Attributes:
        units: those that move.
        findings: what spoils the records, in words.
        faults: what is wrong with the board, in words.
        planted: how the words of planted faults start; empty of a board that was measured.
        largest, critical: of the test of "differs from the intended machine".
        alpha: chance of its false alarm.
        inside: whether all limits are met; None if that can't be told.
        parameters: of machine and channels.
        statistics: of the distribution, the least likely first; empty if none could be compared.
        why_none: why none could be.
        resolved, longer: change of kT that is resolved, and times the length for the wanted one.
        duration: of the records, in model time.
        step: between samples, in model time.
        correlation: longest correlation time, in model time.
        step_bias: largest error of the time step, in standard errors.
        advice: what the records lack; "" if nothing.
        colour: whether the units' noise is white, in words.
    """

    units: list[int]
    findings: list[str]
    faults: list[str]
    planted: list[str]
    largest: float
    critical: float
    alpha: float
    inside: bool | None
    parameters: list[Parameter]
    statistics: list[Statistic]
    why_none: str
    resolved: float
    longer: float
    duration: float
    step: float
    correlation: float
    step_bias: float
    advice: str
    colour: str

    @property
    def missed(self) -> list[str]:
        """Planted faults that were not named."""
        return [start for start in self.planted if not self._named(start)]

    @property
    def invented(self) -> list[str]:
        """Named faults that were not planted; empty of a board that was measured."""
        if not self.planted:
            return []
        return [words for words in self.faults if not any(_is(words, s) for s in self.planted)]

    def _named(self, start: str) -> bool:
        return any(_is(words, start) for words in self.faults)


def _is(words: str, start: str) -> bool:
    """Say whether a fault's words, or an alternative in them, start so."""
    return any(part.startswith(start) for part in words.split(OR))
