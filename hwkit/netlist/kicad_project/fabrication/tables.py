"""Drill files and tables as KiCad writes them: holes, places of parts, the bill."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

from hwkit.errors import NetlistError

_TOOL = re.compile(r"T(\d+)C([\d.]+)")
_HIT = re.compile(r"X(-?[\d.]+)Y(-?[\d.]+)")
_HEAD = re.compile(r";.*|M48|METRIC|FMAT,2|%|G90|G05|T0|M30|")


@dataclass(frozen=True)
class Hole:
    """A drilled hole: its centre, y upwards, and its diameter, mm."""

    x: float
    y: float
    diameter: float


def read_drill(text: str, name: str) -> tuple[Hole, ...]:
    """Return the holes of an Excellon file in millimetres with decimal points.

    Args:
        text: of the file.
        name: for messages.

    Raises:
        NetlistError: naming the line that is not read, or if it has no end.
    """
    tools: dict[str, float] = {}
    holes, tool, lines = [], "", text.split()
    if not lines or lines[-1] != "M30":
        raise NetlistError(f"{name} is not a whole drill file; it does not end with M30")
    for line in text.splitlines():
        if (made := _TOOL.fullmatch(line)) is not None:
            tools[made[1]] = float(made[2])
        elif re.fullmatch(r"T[1-9]\d*", line):
            tool = line[1:]
        elif (hit := _HIT.fullmatch(line)) is not None and tool in tools:
            holes.append(Hole(float(hit[1]), float(hit[2]), tools[tool]))
        elif not _HEAD.fullmatch(line):
            raise NetlistError(f"{name} has the line {line!r}, which hwkit does not read")
    return tuple(holes)


@dataclass(frozen=True)
class Placed:
    """A part's place: centre, y upwards, mm, turned by degrees, and its side."""

    x: float
    y: float
    degrees: float
    side: str


def read_places(text: str, name: str) -> dict[str, Placed]:
    """Return the place of each part of a table of places, by designator.

    Raises:
        NetlistError: if a column or a number is missing, or a part comes twice.
    """
    places: dict[str, Placed] = {}
    for row in _rows(text, name, ("Ref", "PosX", "PosY", "Rot", "Side")):
        if row["Ref"] in places:
            raise NetlistError(f"{name} places {row['Ref']} twice")
        try:
            x, y, degrees = (float(row[column]) for column in ("PosX", "PosY", "Rot"))
        except (TypeError, ValueError):  # a row that is cut has fields of None
            raise NetlistError(
                f"{name}: PosX, PosY and Rot of {row['Ref']} must be numbers"
            ) from None
        places[row["Ref"]] = Placed(x, y, degrees, row["Side"])
    return places


def read_bill(text: str, name: str) -> dict[str, tuple[str, str]]:
    """Return value and footprint of each part of a bill, by designator.

    Raises:
        NetlistError: if a column is missing, or a part comes twice.
    """
    bill: dict[str, tuple[str, str]] = {}
    for row in _rows(text, name, ("Ref", "Val", "Footprint")):
        for designator in row["Ref"].replace(",", " ").split():
            if designator in bill:
                raise NetlistError(f"{name} lists {designator} twice")
            bill[designator] = row["Val"], row["Footprint"]
    return bill


def _rows(text: str, name: str, columns: tuple[str, ...]) -> Iterator[dict[str, str]]:
    table = csv.DictReader(io.StringIO(text))
    missing = [column for column in columns if column not in (table.fieldnames or ())]
    if missing:
        raise NetlistError(f"{name} has no column {missing[0]!r}")
    yield from table
