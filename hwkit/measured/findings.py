"""What is wrong with records before anything is estimated from them, in the user's words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from hwkit.measured.records import Channel, Record

Fault = Literal[
    "clipping",
    "constant channel",
    "dropped samples",
    "mains hum",
    "swapped channels",
    "wrong rate",
]


@dataclass(frozen=True)
class Finding:
    """One fault of one record.

    Attributes:
        fault: its kind.
        record: name of the record.
        channels: names of the channels that show it; empty if all do.
        words: one sentence: what was found, and what to do.
        value: its size: share of samples, volts, ratio of rates, as the sentence says.
    """

    fault: Fault
    record: str
    channels: tuple[str, ...]
    words: str
    value: float

    def __str__(self) -> str:
        return f"record {self.record}: {self.words}"


@dataclass(frozen=True)
class Report:
    """Makes findings about one record.

    Attributes:
        record: the record.
        channels: its channels.
    """

    record: Record
    channels: Sequence[Channel]

    def finding(self, fault: Fault, places: Iterable[int], words: str, value: float) -> Finding:
        """Return a finding about some channels, by their places."""
        names = tuple(self.channels[place].name for place in places)
        return Finding(fault, self.record.name, names, words, value)

    def name(self, place: int) -> str:
        """Return what a channel is called in a sentence."""
        channel = self.channels[place]
        unit = "" if channel.unit is None else f" (unit {channel.unit})"
        return f"channel {channel.name}{unit}"
