"""GF180MCU's numbers as a table: for each device what all bins and corners share, then the rest.

The table holds numbers alone, with source, revision and licence of what they were read from; it
serves where the foundry's files are not installed. `scripts/gf180mcu.py` makes it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import cache
from importlib.resources import files
from typing import Any

from hwkit.circuit.pdk.cards import Card, Lot, Pelgrom, Shift

_FILE = "gf180mcu.json"
_NOTICE = {
    "process": "GF180MCU, 3.3 V transistors",
    "document": "YI-141-SM064, revision 9 (sm141064.ngspice)",
    "copyright": "Copyright 2022 GlobalFoundries PDK Authors",
    "licence": "Apache-2.0, https://www.apache.org/licenses/LICENSE-2.0",
    "changes": "numbers only, of the bins listed; flicker noise as extracted; no text is copied",
}


def tabled(
    corners: Mapping[str, Sequence[Card]],
    mismatch: Mapping[str, Pelgrom],
    lot: Lot,
    source: str,
) -> dict[str, Any]:
    """Return the table of cards at all corners, as it goes into a JSON file."""
    devices: dict[str, Any] = {}
    for card in next(iter(corners.values())):
        entry = devices.setdefault(card.device, {"kind": card.kind, "bins": {}})
        same = [c.parameters for cards in corners.values() for c in cards if _same(c, card)]
        shared = _shared(same)
        entry["bins"][str(card.number)] = {
            "shared": shared,
            "corners": {
                corner: {k: v for k, v in c.parameters.items() if k not in shared}
                for corner, cards in corners.items()
                for c in cards
                if _same(c, card)
            },
        }
    numbers = {card.number for card in next(iter(corners.values()))}
    for entry in devices.values():
        entry["shared"] = _shared([each["shared"] for each in entry["bins"].values()])
        for each in entry["bins"].values():
            each["shared"] = {k: v for k, v in each["shared"].items() if k not in entry["shared"]}
    return {
        "notice": _NOTICE | {"read from": source},
        "devices": devices,
        "mismatch": {name: asdict(each) for name, each in mismatch.items()},
        "lot": {
            "variables": list(lot.variables),
            "shifts": [list(asdict(s).values()) for s in lot.shifts if s.number in numbers],
        },
    }


def _same(card: Card, other: Card) -> bool:
    return (card.device, card.number) == (other.device, other.number)


def _shared(all_parameters: Sequence[Mapping[str, float]]) -> dict[str, float]:
    first, *others = all_parameters
    return {k: v for k, v in first.items() if all(o.get(k) == v for o in others)}


@cache
def _table() -> Any:
    return json.loads(files(__package__).joinpath(_FILE).read_text(encoding="utf-8"))


def embedded_notice() -> dict[str, str]:
    """Return source, revision and licence of the embedded numbers."""
    return dict(_table()["notice"])


def embedded_cards(corner: str) -> tuple[Card, ...]:
    """Return the embedded cards at a corner that the table has."""
    found = []
    for device, entry in _table()["devices"].items():
        for number, each in entry["bins"].items():
            numbers = entry["shared"] | each["shared"] | each["corners"][corner]
            found.append(Card(device, entry["kind"], int(number), numbers))
    return tuple(found)


def embedded_mismatch() -> dict[str, Pelgrom]:
    """Return the embedded mismatch of each device."""
    return {name: Pelgrom(**values) for name, values in _table()["mismatch"].items()}


def embedded_lot() -> Lot:
    """Return the embedded statistics of lots."""
    lot = _table()["lot"]
    return Lot(tuple(lot["variables"]), tuple(Shift(*row) for row in lot["shifts"]))
