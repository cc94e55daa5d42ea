"""A process's numbers as a table: for each device what all bins and corners share, then the rest.

A table holds numbers alone, with source, revision and licence of what they were read from; it
serves where the foundry's files are not installed. `scripts/gf180mcu.py` and `scripts/sky130.py`
make them.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import cache
from importlib.resources import files
from typing import Any

from hwkit.circuit.pdk.cards import Card, Lot, Numbers, Pelgrom, Shift


def tabled(
    corners: Mapping[str, Sequence[Card]],
    mismatch: Mapping[str, Pelgrom],
    lot: Lot,
    notice: Mapping[str, str],
) -> dict[str, Any]:
    """Return the table of cards at all corners, as it goes into a JSON file.

    Args:
        corners: cards of each.
        mismatch, lot: as in `Numbers`.
        notice: source, revision and licence.
    """
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
        "notice": dict(notice),
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
def _table(process: str) -> Any:
    return json.loads(files(__package__).joinpath(f"{process}.json").read_text(encoding="utf-8"))


def embedded_notice(process: str = "gf180mcu") -> dict[str, str]:
    """Return source, revision and licence of the embedded numbers."""
    return dict(_table(process)["notice"])


def embedded_numbers(process: str, corner: str) -> Numbers:
    """Return the embedded numbers of a process at a corner that its table has."""
    table = _table(process)
    cards = []
    for device, entry in table["devices"].items():
        for number, each in entry["bins"].items():
            numbers = entry["shared"] | each["shared"] | each["corners"][corner]
            cards.append(Card(device, entry["kind"], int(number), numbers))
    mismatch = {name: Pelgrom(**values) for name, values in table["mismatch"].items()}
    lot = table["lot"]
    shifts = tuple(Shift(*row) for row in lot["shifts"])
    return Numbers(tuple(cards), mismatch, Lot(tuple(lot["variables"]), shifts))
