"""Catalogues as TOML files: hwkit's own, and the user's, whose rows come first."""

import tomllib
from dataclasses import fields
from functools import cache
from importlib.resources import files
from math import inf
from pathlib import Path
from typing import Any

from hwkit.circuit.catalogue.rows import Orderable, Source
from hwkit.errors import ConfigError, DesignError
from hwkit.settings.reading import read_toml

Catalogue = tuple[Orderable, ...]

_FIELDS = {item.name for item in fields(Orderable)}
_TABLES = ("pins", "values")


def read_catalogue(path: Path | str | None = None) -> Catalogue:
    """Return the parts of a user's file, then hwkit's own; hwkit's alone for None.

    Raises:
        ConfigError: naming file, part and field, if the file is not a catalogue.
    """
    if path is None:
        return _shipped()
    return (*_rows(read_toml(path, "catalogue"), str(path)), *_shipped())


@cache
def _shipped() -> Catalogue:
    text = files("hwkit.circuit.catalogue").joinpath("parts.toml").read_text(encoding="utf-8")
    return _rows(tomllib.loads(text), "parts.toml")


def _rows(table: dict[str, Any], name: str) -> Catalogue:
    rows = table.get("part")
    if not isinstance(rows, list) or set(table) != {"part"}:
        raise ConfigError(
            f"catalogue {name} has no [[part]] tables, or others too; give only these"
        )
    return tuple(_row(row, f"catalogue {name}, part {k}") for k, row in enumerate(rows, start=1))


def _row(row: Any, where: str) -> Orderable:
    if not isinstance(row, dict):
        raise ConfigError(f"{where}: it is not a table")
    unknown = sorted(set(row) - _FIELDS)
    if unknown:
        raise ConfigError(f"{where}: unknown field {unknown[0]!r}; choose from {sorted(_FIELDS)}")
    missing = [name for name in ("role", "number", "maker", "package", "pins") if name not in row]
    if missing:
        raise ConfigError(f"{where}: field {missing[0]!r} is missing; add it")
    given = dict(row)
    _check_types(given, where)
    given["unverified"] = tuple(given.get("unverified", ()))
    if "source" in given:
        given["source"] = _source(given["source"], where)
    try:
        return Orderable(**given)
    except DesignError as error:
        raise ConfigError(f"{where}: {error}") from None


def _check_types(row: dict[str, Any], where: str) -> None:
    for name, value in row.items():
        if name in _TABLES:
            kind = str if name == "pins" else (int, float)
            good = isinstance(value, dict) and all(isinstance(v, kind) for v in value.values())
        elif name == "unverified":
            good = isinstance(value, list) and all(isinstance(v, str) for v in value)
        elif name == "price":
            good = isinstance(value, int | float) and value is not True and 0 <= value < inf
        else:
            good = isinstance(value, dict if name == "source" else str)
        if not good:
            raise ConfigError(f"{where}: {name} is {value!r}; see hwkit's own parts.toml")


def _source(source: dict[str, Any], where: str) -> Source:
    wanted = {item.name for item in fields(Source)}
    if set(source) != wanted or not all(isinstance(v, str) for v in source.values()):
        raise ConfigError(f"{where}: source needs the texts {', '.join(sorted(wanted))}, no others")
    return Source(**source)
