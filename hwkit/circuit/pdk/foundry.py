"""Read GF180MCU's model file as the foundry ships it: cards, corners, lot and mismatch statistics.

The file (`sm141064.ngspice`, document YI-141-SM064) has a section `.lib <device>_<corner>` of BSIM4
cards for each corner, one card for each bin of length and width; `statistical`, whose cards refer
to formulas of the lot's random numbers; and `fets_mm`, the subcircuits that draw mismatch.

Only numbers are read: nothing of the file is ever run.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from hwkit.circuit.pdk.cards import Card, Lot, Pelgrom, Shift
from hwkit.circuit.pdk.formulas import is_number, value_of, value_or_none
from hwkit.errors import DesignError

DEVICES = {"nfet_03v3": "nmos", "pfet_03v3": "pmos"}
SECTIONS = {"typical": "t", "ff": "f", "ss": "s", "fs": "fs", "sf": "sf"}
_STATISTICAL, _FLICKER = "stat", "noise_corner"
_SWITCHES = {"sw_stat_global": 1.0, "sw_stat_mismatch": 0.0, "mc_skew": 3.0, "fnoicor": 0.0}
_SPREAD = 3.0  # agauss(0, 1, 3) is a normal number over 3
_ASSIGNMENT = re.compile(r"(\w+)\s*=\s*('[^']*'|[^\s']+)")


class FoundryFile:
    """The sections of a model file, by name.

    Raises:
        DesignError: if the file can't be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            text = path.read_text(encoding="latin-1")
        except OSError as error:
            raise DesignError(f"the model file {path} can't be read: {error.strerror}") from error
        self._sections = dict(_sections(text))

    def cards(self, corner: str) -> tuple[Card, ...]:
        """Return the cards of both devices at a corner.

        Raises:
            DesignError: if the file has no such corner.
        """
        if corner not in SECTIONS:
            raise DesignError(f"corner {corner!r} is unknown; choose one of {', '.join(SECTIONS)}")
        found = []
        known = self._parameters(_FLICKER, _SWITCHES)
        for device in DEVICES:
            for number, values in self._cards(device, SECTIONS[corner]).items():
                numbers = {name: value_of(text, known) for name, text in values.items()}
                found.append(Card(device, DEVICES[device], number, numbers))
        return tuple(found)

    def mismatch(self) -> dict[str, Pelgrom]:
        """Return the mismatch of each device; lengths in m, the threshold's constant in V m."""
        found = {}
        for device in DEVICES:
            values = self._subcircuit_parameters(device)
            share = float(values["var_vth"].strip("'").split("*")[0])
            found[device] = Pelgrom(
                threshold=1e-6 * share * float(values["par_vth"]),
                gain=1e-6 * share * float(values["par_k"]),
                length_offset=float(values["par_l"]),
                width_offset=float(values["par_w"]),
            )
        return found

    def lot(self) -> Lot:
        """Return what the lot's random numbers, each standard normal, do to the cards."""
        text = "\n".join(self._section("statistical"))
        names = sorted(set(re.findall(r"mc_(?:sig|toxe|xl|xw|xj|rdsw)\w*", text)))
        variables = tuple(name for name in names if not name.endswith("2"))
        nominal = self._numbers(dict.fromkeys(variables, 0.0))
        formulas = [
            (device, number, name, text)
            for device in DEVICES
            for number, values in self._cards(device, _STATISTICAL).items()
            for name, text in values.items()
            if not is_number(text)
        ]
        shifts = []
        for variable in variables:
            moved = self._numbers(dict.fromkeys(variables, 0.0) | {variable: 1 / _SPREAD})
            for device, number, name, text in formulas:
                change = value_of(text, moved) - value_of(text, nominal)
                if change:
                    amount = float(f"{change:.9g}")  # without the rounding of the difference
                    shifts.append(Shift(device, number, name, variable, amount))
        return Lot(variables, tuple(shifts))

    def _numbers(self, variables: Mapping[str, float]) -> dict[str, float]:
        """Return every parameter that the lot's cards refer to, at given random numbers."""
        known = self._parameters("statistical", dict(variables) | _SWITCHES)
        return self._parameters(_FLICKER, known)

    def _parameters(self, section: str, known: Mapping[str, float]) -> dict[str, float]:
        """Return the parameters that a section defines and that `known` does not."""
        values = dict(known)
        for line in self._section(section):
            if line.startswith("*"):
                continue
            for name, text in _ASSIGNMENT.findall(line):
                if name not in values and "agauss" not in text:
                    value = value_or_none(text, values)
                    if value is not None:
                        values[name] = value
        return values

    def _cards(self, device: str, corner: str) -> dict[int, dict[str, str]]:
        found: dict[int, dict[str, str]] = {}
        values: dict[str, str] | None = None
        for line in self._section(f"{device}_{corner}"):
            card = re.fullmatch(rf"\.model\s+{device}\.(\d+)\s+\w+", line, re.IGNORECASE)
            if card:
                values = found[int(card[1])] = {}
            elif values is not None and line.startswith("+"):
                values |= {name.lower(): text for name, text in _ASSIGNMENT.findall(line)}
            elif line and not line.startswith("*"):
                values = None
        return found

    def _subcircuit_parameters(self, device: str) -> dict[str, str]:
        lines = self._section("fets_mm")
        starts = [k for k, line in enumerate(lines) if line.startswith(f".subckt {device} ")]
        if not starts:
            raise DesignError(f"{self.path} has no subcircuit {device}: not GF180MCU's models?")
        first = starts[0]
        ends = next(k for k in range(first, len(lines)) if lines[k].startswith(".ends"))
        return dict(_ASSIGNMENT.findall("\n".join(lines[first:ends])))

    def _section(self, name: str) -> list[str]:
        if name not in self._sections:
            raise DesignError(f"{self.path} has no section {name!r}: not GF180MCU's models?")
        return self._sections[name]


def _sections(text: str) -> Iterator[tuple[str, list[str]]]:
    name, lines = "", list[str]()
    for raw in text.splitlines():
        line = raw.strip()
        start = re.fullmatch(r"\.lib\s+(\w+)", line, re.IGNORECASE)
        if start:
            name, lines = start[1].lower(), []
        elif line.lower().startswith(".endl"):
            yield name, lines
        else:
            lines.append(line)
