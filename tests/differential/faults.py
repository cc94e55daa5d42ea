"""Misreadings planted in hwkit: a tester that misses one of them would miss the like of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from hwkit.netlist.reader import build, numbers, read, statements, typed


@dataclass(frozen=True)
class Fault:
    """A misreading, and the consumer that shows it."""

    consumer: str
    plant: Callable[[pytest.MonkeyPatch], None]


def _copies_ignored(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(build, "_copies", lambda values, place: 1.0)


def _constant_behind_noise_lost(patch: pytest.MonkeyPatch) -> None:
    right = build.supply

    def wrong(letter: str, name: str, found: Sequence[str], value: Any) -> Any:
        words = list(found)
        if "trnoise" in words and "dc" in words[words.index("trnoise") :]:
            at = words.index("dc")
            words[at : at + 2] = []
        return right(letter, name, words, value)

    patch.setattr(build, "supply", wrong)


def _temperature_ignored(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(statements, "temperature", lambda card, value, so_far: None)


def _m_is_mega(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(numbers._SUFFIXES, "m", 1e6)


def _starts_of_capacitors_ignored(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(statements, "charged", lambda given, parts: dict(given))


def _noise_too_strong(patch: pytest.MonkeyPatch) -> None:
    right = typed.Noise.density.fget  # type: ignore[attr-defined]
    patch.setattr(typed.Noise, "density", property(lambda noise: 1.2 * right(noise)))


def _temperature_doubled(patch: pytest.MonkeyPatch) -> None:
    right = read._Reader.parameters

    def wrong(reader: Any) -> dict[str, float]:
        found = right(reader)
        return found | {"kt": 2 * found["kt"]} if "kt" in found else found

    patch.setattr(read._Reader, "parameters", wrong)


FAULTS = {
    "m= is ignored": Fault("twin", _copies_ignored),
    "dc behind trnoise is lost": Fault("extract", _constant_behind_noise_lost),
    ".temp is ignored": Fault("twin", _temperature_ignored),
    "m is mega": Fault("extract", _m_is_mega),
    "ic= of a capacitor is ignored": Fault("extract", _starts_of_capacitors_ignored),
    "noise is read 20 % too strong": Fault("extract", _noise_too_strong),
    "hwkit_kt is read twice as large": Fault("extract", _temperature_doubled),
}
