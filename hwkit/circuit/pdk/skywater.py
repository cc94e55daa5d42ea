"""Read SKY130's model library as the foundry ships it: cards, corners and mismatch.

A corner is a section `.lib tt` of the library, which includes a file of BSIM4 cards for each
device, one card for each bin of length and width. Numbers are given as such or as formulas of
parameters that other files set. Mismatch is in those formulas: a normal random number for each
transistor, over the root of its area in um^2, on its threshold, its oxide and, for some devices,
on what shifts its weak inversion.

Only numbers are read: nothing of the files is ever run.
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import takewhile
from pathlib import Path

from hwkit.circuit.pdk.cards import Card, Pelgrom
from hwkit.circuit.pdk.formulas import Functions, value_of, value_or_none
from hwkit.errors import DesignError

DEVICES = ("nfet_01v8", "pfet_01v8", "pfet_01v8_lvt")
PREFIX = "sky130_fd_pr__"
_ASSIGNMENT = re.compile(r"(\w+)\s*=\s*(\{[^}]*\}|'[^']*'|[^\s'{}]+)")
_INCLUDE = re.compile(r"\.include\s+[\"']?([^\"'\s]+)", re.IGNORECASE)
_MODEL = re.compile(r"\.model\s+(\w+)__model\.(\d+)\s+(\w+)", re.IGNORECASE)
_SWITCH = "mc_mm_switch"
_PLAIN = {_SWITCH: 0.0, "mc_pr_switch": 0.0, "l": 1.0, "w": 1.0, "mult": 1.0}
_DEVIATED = _PLAIN | {_SWITCH: 1.0}


def _one_sigma(mean: float, deviation: float, sigmas: float) -> float:
    return mean + deviation / sigmas


_FUNCTIONS: Functions = {"agauss": _one_sigma, "sqrt": math.sqrt}


class SkywaterLibrary:
    """One corner of the library.

    Args:
        path: of the file with the sections.
        corner: name of the section.
        devices: whose cards are read, by their names in the library.

    Raises:
        DesignError: if a file can't be read, or has no such section or device.
    """

    def __init__(self, path: Path, corner: str, devices: tuple[str, ...] = DEVICES) -> None:
        self.path, self._devices = path, devices
        self._known: dict[str, str] = {}
        self._formulas: dict[tuple[str, int], tuple[str, dict[str, str]]] = {}
        self._read(_section(path, corner), path.parent, ())
        missing = [name for name in devices if not any(name == key[0] for key in self._formulas)]
        if missing:
            raise DesignError(f"{path} has no cards of {missing[0]}: not SKY130's models?")

    def cards(self) -> tuple[Card, ...]:
        """Return the cards of all devices, without mismatch."""
        known = self._parameters(_PLAIN)
        return tuple(
            Card(device, kind, number, _numbers(formulas, known))
            for (device, number), (kind, formulas) in self._formulas.items()
        )

    def mismatch(self) -> dict[str, Pelgrom]:
        """Return the mismatch of each card, by "device.number"; empty if the files have none.

        What shifts weak inversion counts as a threshold; the oxide's relative thickness counts as
        mobility.
        """
        plain, deviated = self._parameters(_PLAIN), self._parameters(_DEVIATED)
        found = {}
        for (device, number), (_, formulas) in self._formulas.items():
            own = {name: text for name, text in formulas.items() if _SWITCH in text}
            if own:
                mean, one_sigma = _numbers(own, plain), _numbers(own, deviated)
                shift = {name: one_sigma[name] - mean[name] for name in own}
                threshold = math.hypot(shift.get("vth0", 0.0), shift.get("voff", 0.0))
                gain = shift.get("toxe", 0.0) / mean.get("toxe", 1.0)
                found[f"{device}.{number}"] = Pelgrom(
                    _rounded(1e-6 * threshold), _rounded(1e-6 * gain), 0.0, 0.0
                )
        return found

    def _parameters(self, known: Mapping[str, float]) -> dict[str, float]:
        """Return the parameters that the files set, at given switches; of formulas too."""
        values = dict(known)
        left = {name: text for name, text in self._known.items() if name not in known}
        while True:
            found = {name: value_or_none(text, values, _FUNCTIONS) for name, text in left.items()}
            solved = {name: value for name, value in found.items() if value is not None}
            if not solved:
                return values
            values |= solved
            left = {name: text for name, text in left.items() if name not in solved}

    def _read(self, lines: Iterable[str], folder: Path, within: tuple[Path, ...]) -> None:
        """Read lines, and the files that they include where those may hold what is asked for."""
        target: dict[str, str] | None = None
        for line in lines:
            if line.startswith("*"):
                continue
            include, model = _INCLUDE.match(line), _MODEL.match(line)
            if include:
                if self._wanted(Path(include[1]).name):
                    path = (folder / include[1]).resolve()
                    if path in within:
                        raise DesignError(f"the model file {path} includes itself; correct it")
                    self._read(_lines(path), path.parent, (*within, path))
                target = None
            elif model:
                name, kind = model[1].removeprefix(PREFIX), model[3].lower()
                target = {}
                if name in self._devices:
                    self._formulas[name, int(model[2])] = (kind, target)
            elif line.lower().startswith(".param"):
                target = self._known
            elif not line.startswith("+"):
                target = None
            if target is not None and not model:
                target |= {name.lower(): text for name, text in _ASSIGNMENT.findall(line.lower())}

    def _wanted(self, name: str) -> bool:
        """Say whether a file may hold a card of a device, or parameters of all."""
        devices = tuple(f"{PREFIX}{device}__" for device in self._devices)
        return not name.startswith(PREFIX) or name.startswith(devices)


def _numbers(formulas: Mapping[str, str], known: Mapping[str, float]) -> dict[str, float]:
    return {name: value_of(text, known, _FUNCTIONS) for name, text in formulas.items()}


def _rounded(value: float) -> float:
    """Return a difference of numbers without its rounding."""
    return float(f"{value:.6g}")


def _lines(path: Path) -> list[str]:
    try:
        text = path.read_text(encoding="latin-1")
    except OSError as error:
        raise DesignError(f"the model file {path} can't be read: {error.strerror}") from error
    return [line.strip() for line in text.splitlines()]


def _section(path: Path, name: str) -> Iterator[str]:
    """Yield the lines of a section.

    Raises:
        DesignError: if the file can't be read or has no such section.
    """
    lines = iter(_lines(path))
    if not any(line.lower().split()[:2] == [".lib", name] for line in lines):
        raise DesignError(f"{path} has no section {name!r}: not SKY130's models?")
    yield from takewhile(lambda line: not line.lower().startswith(".endl"), lines)
