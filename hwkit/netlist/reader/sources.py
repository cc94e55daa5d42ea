"""What is behind the nodes of a current or voltage source.

    [dc] value   ac ...   one waveform   trnoise(amplitude step 0 0)   external   m=...

in any order, with or without parentheses around a waveform's numbers. ngspice adds `dc` to noise; a
waveform takes its place in time, and `dc` counts for the operating point. What a source does in a
small signal (`ac`) is not a part of a machine.

A polyline of the shape that hwkit writes (knots in the middles of even steps, the first value held
from 0 on) in a source called in<number> is noise; any other is a waveform.
"""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hwkit.errors import NetlistError
from hwkit.netlist.reader.lines import short
from hwkit.netlist.reader.typed import Noise, Waveform
from hwkit.netlist.reader.words import refuse

_WAVES = frozenset(["pulse", "sin", "exp", "pwl", "sffm", "am", "trrandom", "trnoise"])
_VALUE = re.compile(r"[-+.\d{']")
_WRITTEN_OUT = re.compile(r"in\d+")
_SLACK = 1e-6  # relative: hwkit writes the times of knots with nine digits


@dataclass(frozen=True)
class Supply:
    """What a source delivers."""

    dc: float = 0.0
    wave: Waveform | None = None
    noise: Noise | None = None


def supply(letter: str, name: str, found: Sequence[str], value: Callable[[str], float]) -> Supply:
    """Return what a source delivers, from the tokens behind its nodes.

    Raises:
        NetlistError: naming the word, if one is not understood or given twice.
    """
    reader = _Supply(letter, found, value)
    while reader.left:
        reader.word()
    return reader.result(name)


class _Supply:
    def __init__(self, letter: str, found: Sequence[str], value: Callable[[str], float]) -> None:
        self.letter, self.value = letter, value
        self.left = list(found)[::-1]
        self.dc: float | None = None
        self.copies = 1.0
        self.waves: list[Waveform] = []
        self.external = self.alternating = False

    def word(self) -> None:
        word = self.left.pop()
        if word == "dc":
            self.constant(self.assigned("dc"))
        elif word == "ac":
            self.small_signal()
        elif word == "external":
            self.external = True
        elif word in _WAVES:
            self.waves.append(Waveform(word, self.numbers()))
        elif self.left and self.left[-1] == "=":
            refuse(self.letter, [word])
            self.copies = self.value(self.assigned(word))
        elif word in ("=", "(", ")", ","):
            raise NetlistError(f"{word!r} is not understood here; expected node node [dc] value")
        elif self.waves or self.external or self.alternating:
            raise NetlistError(f"{short(word)!r} after a waveform is not read; write dc {word}")
        else:
            self.constant(word)

    def assigned(self, name: str) -> str:
        """Return the word behind `name`, with or without `=`."""
        if self.left and self.left[-1] == "=":
            self.left.pop()
        if not self.left or self.left[-1] in ("=", "(", ")", ","):
            raise NetlistError(f"{name} needs a value")
        return self.left.pop()

    def constant(self, word: str) -> None:
        if self.dc is not None:
            raise NetlistError(f"{short(word)!r}: the constant value is given twice; keep one")
        self.dc = self.value(word)

    def small_signal(self) -> None:
        if self.alternating:
            raise NetlistError("ac is given twice; keep one")
        self.alternating = True
        for first in (True, False):  # amplitude, and phase if it is there
            if self.left and self.left[-1] == "=":
                self.left.pop()
            if self.left and _VALUE.match(self.left[-1]):
                self.value(self.left.pop())
            elif first:
                raise NetlistError("ac needs an amplitude")

    def numbers(self) -> tuple[float, ...]:
        """Return the numbers of a waveform, in parentheses or up to the next word."""
        found: list[float] = []
        if self.left and self.left[-1] == "(":
            self.left.pop()
            while self.left and self.left[-1] != ")":
                word = self.left.pop()
                if word == ",":
                    continue
                if word in ("(", "="):
                    raise NetlistError(f"{word!r} is not understood among a waveform's numbers")
                found.append(self.value(word))
            if not self.left:
                raise NetlistError("a waveform's parenthesis is not closed; add ')'")
            self.left.pop()
        else:
            while self.left and _VALUE.match(self.left[-1]):
                found.append(self.value(self.left.pop()))
        return tuple(found)

    def result(self, name: str) -> Supply:
        if len(self.waves) + self.external > 1:
            raise NetlistError("the source has two waveforms; write two sources")
        if self.dc is None and not (self.waves or self.external or self.alternating):
            raise NetlistError("the line is too short; expected node node [dc] value")
        dc = self.dc or 0.0
        varies = bool(self.waves or self.external)
        if self.copies != 1.0 and varies:
            raise NetlistError("m= beside a waveform or noise is not read; write the sources out")
        if not (math.isfinite(self.copies) and self.copies > 0):
            raise NetlistError(f"m={self.copies:g} is not a number of copies; write 1 or more")
        if self.external and self.dc:
            raise NetlistError("ngspice crashes on a source both constant and external; write two")
        if any(wave.kind == "trrandom" for wave in self.waves):
            raise NetlistError("only current sources with trnoise or external can be noise")
        if self.external or (self.waves and self.waves[0].kind == "trnoise"):
            if self.letter != "i":
                raise NetlistError("only current sources can be noise of a machine")
            return Supply(dc, None, Noise("external") if self.external else _white(self.waves[0]))
        if not self.waves:
            return Supply(dc * self.copies)
        [wave] = self.waves
        if self.letter == "i" and _is_written_out(name, wave):
            if self.dc is not None:  # .op takes the constant, .tran the waveform
                raise NetlistError("dc beside a pwl waveform is not read; write two sources")
            return Supply(0.0, wave, Noise("pwl"))
        if self.dc is None:
            dc = math.nan  # ngspice takes the waveform's first value
        return Supply(dc, wave)


def _white(wave: Waveform) -> Noise:
    """Return the noise of trnoise(amplitude step 0 0 ...)."""
    if len(wave.numbers) < 2:
        raise NetlistError("trnoise needs an amplitude and a step")
    amplitude, step, *further = wave.numbers
    if any(further[1:]):  # an amplitude of 1/f noise, telegraph noise
        raise NetlistError("only white noise is known here: trnoise(amplitude step 0 0)")
    noise = Noise("trnoise", amplitude, step)
    if not (step > 0 and math.isfinite(noise.density)):
        raise NetlistError(f"trnoise({amplitude:g} {step:g} ...) is not noise; correct its numbers")
    return noise


def _is_written_out(name: str, wave: Waveform) -> bool:
    """Say whether a waveform has the form in which hwkit writes a noise current out."""
    if wave.kind != "pwl" or not _WRITTEN_OUT.fullmatch(name) or len(wave.numbers) < 4:
        return False
    times, values = wave.numbers[::2], wave.numbers[1::2]
    if len(times) != len(values) or times[0] != 0 or values[0] != values[1]:
        return False
    half = times[1]
    return all(
        abs(time - (2 * k + 1) * half) <= _SLACK * (2 * k + 1) * half
        for k, time in enumerate(times[1:])
    )
