"""Models as plain text, for people and other programs: couplings by bond list, then biases.

    hwkit parameters 1
    units 3
    visible 2
    kT 0.1
    mobility 1.0
    onsite quartic
    J2 1.0                  one number, or one for each unit
    J4 1.0
    name 2 "hidden"         optional, for each unit or for none; a JSON string
    clamp 0 0.5             optional: input unit 0 is held at 0.5
    couplings 2             the bonds: unit, unit, J
    0 1 -0.25
    1 2 0.75
    biases 3                one for each unit
    0.5
    0.0
    -0.125

Units count from 0, J is hwkit's (each pair once), a line that starts with # is a comment. Numbers
are written so that they read back as the same. A file of bare numbers, couplings in the order of a
bond list kept elsewhere and then biases, is read by `from_bonds`.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike, NDArray

from hwkit.errors import DataError
from hwkit.files import read_text, why, write_text
from hwkit.model.clamp import clamp_units
from hwkit.model.conventions import Convention, find_convention
from hwkit.model.energy import EnergyModel
from hwkit.model.onsite import ONSITE_KINDS, Onsite
from hwkit.numbers import doubles, plain_count, plain_number

_FIRST = "hwkit parameters 1"
_DENSE = 0.1  # share of pairs above which J is stored in full
_MOST_UNITS = 10_000_000


def save_parameters(
    model: EnergyModel, path: Path | str, clamped: Mapping[int, float] | None = None
) -> None:
    """Write a model as plain text; `clamped` units are held at a value when the file is used."""
    write_text(path, "\n".join([*_lines(model, clamped or {}), ""]))


def load_parameters(path: Path | str) -> EnergyModel:
    """Read a plain text model; clamped units are folded into the biases of the others.

    Raises:
        DataError: naming the line, if the file can't be read or holds no model.
    """
    try:
        text = read_text(path)
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} can't be read: {why(error)}") from error
    reader = _Reader(str(path), text)
    try:
        return reader.model()
    except RecursionError:
        raise DataError(f"{path}, line {reader.number}: a name is nested too deeply") from None
    except (ValueError, TypeError, OverflowError) as error:
        if isinstance(error, DataError) and str(error).startswith(str(path)):
            raise
        raise DataError(f"{path}, line {reader.number}: {error}") from error


def from_bonds(
    parameters: ArrayLike,
    bonds: ArrayLike,
    n_units: int,
    convention: Convention | str = "hwkit",
    onsite: Onsite | None = None,
    kT: float = 0.1,
    mobility: float = 1.0,
    n_visible: int | None = None,
    clamped: Mapping[int | str, float] | None = None,
) -> EnergyModel:
    """Return the machine of a bare list of numbers.

    Args:
        parameters: the couplings in the order of the bonds, then a bias for each unit,
            (n_bonds + n_units,).
        bonds: (n_bonds, 2), the units of each coupling, from 0; each pair once.
        n_units: number of units, clamped ones included.
        convention: of sign and unit; a bond counts once in any of them.
        onsite, kT, mobility, n_visible: as for EnergyModel.
        clamped: input units and the values they are held at.

    Raises:
        DataError: if the numbers don't fit the bonds, or a bond is no pair of units.
    """
    values, ends = doubles("the parameters", parameters).ravel(), doubles("the bonds", bonds)
    ends = ends.reshape(-1, 2) if ends.size == 0 else ends
    if ends.ndim != 2 or ends.shape[1] != 2:
        raise DataError(f"the bonds have shape {ends.shape}; expected two units for each bond")
    if values.size != len(ends) + n_units:
        raise DataError(
            f"there are {values.size} parameters, but {len(ends)} bonds and {n_units} biases"
        )
    once = Convention("once", find_convention(convention).sign, find_convention(convention).in_kT)
    couplings = once.couplings(_couplings(ends, values[: len(ends)], n_units), kT)
    biases = once.biases(values[len(ends) :], kT)
    model = EnergyModel(couplings, biases, onsite, kT, mobility, n_visible)
    return clamp_units(model, clamped) if clamped else model


def _couplings(ends: NDArray[np.float64], values: NDArray[np.float64], n: int) -> sp.csr_array:
    with np.errstate(invalid="ignore"):  # what is no index is found by the comparison below
        index = ends.astype(np.intp)
    bad = (index != ends).any(axis=1) | (index < 0).any(axis=1) | (index >= n).any(axis=1)
    bad |= index[:, 0] == index[:, 1]
    keys = np.sort(index, axis=1) @ np.array([n, 1])
    _, first = np.unique(keys, return_index=True)
    repeated = np.ones(len(keys), dtype=bool)
    repeated[first] = False
    reasons = (bad, f"no pair of different units below {n}"), (repeated, "given twice")
    for wrong, reason in reasons:
        if wrong.any():
            bond = int(np.argmax(wrong))
            raise DataError(f"bond {bond} ({ends[bond, 0]:g}, {ends[bond, 1]:g}) is {reason}")
    half = sp.csr_array((values, (index[:, 0], index[:, 1])), shape=(n, n))
    return sp.csr_array(half + half.T)


def _lines(model: EnergyModel, clamped: Mapping[int, float]) -> Iterator[str]:
    yield _FIRST
    yield f"units {model.n_units}"
    yield f"visible {model.n_visible}"
    yield f"kT {model.kT!r}"
    yield f"mobility {model.mobility!r}"
    yield f"onsite {model.onsite.kind}"
    for name, parameter in model.onsite.parameters().items():
        yield " ".join([name, *map(repr, np.atleast_1d(parameter).tolist())])
    for unit, name in enumerate(model.names or ()):
        yield f"name {unit} {json.dumps(name)}"
    for unit, held in clamped.items():
        yield f"clamp {unit} {float(held)!r}"
    rows, columns, values = model.pairs()
    yield f"couplings {values.size}"
    for i, j, value in zip(rows.tolist(), columns.tolist(), values.tolist(), strict=True):
        yield f"{i} {j} {value!r}"
    yield f"biases {model.n_units}"
    yield from map(repr, model.b.tolist())


class _Reader:
    """The lines of one file, and where reading is."""

    def __init__(self, path: str, text: str) -> None:
        self.path, self.lines, self.number = path, text.splitlines(), 0

    def model(self) -> EnergyModel:
        if self._next() != _FIRST.split():
            raise DataError(f"the first line must be {_FIRST!r}")
        n = self._count("units", _MOST_UNITS)
        visible = self._count("visible", n)
        kT, mobility = self._numbers("kT", 1)[0], self._numbers("mobility", 1)[0]
        (kind,) = self._entry("onsite", 1)
        if kind not in ONSITE_KINDS:
            raise DataError(f"onsite energy {kind!r} is unknown; known: {', '.join(ONSITE_KINDS)}")
        parameters = {}
        for name in ONSITE_KINDS[kind].names:
            given = self._numbers(name)
            parameters[name] = given[0] if len(given) == 1 else given
        names, clamped = self._names(n), self._clamped()
        n_bonds = self._count("couplings", len(self.lines))
        bonds = self._table(n_bonds, 3)
        if self._count("biases", n) != n:
            raise DataError(f"there must be a bias for each of the {n} units")
        biases = self._table(n, 1)[:, 0]
        if self.number < len(self.lines) and self._next():
            raise DataError("nothing may follow the biases")
        matrix = _couplings(bonds[:, :2], bonds[:, 2], n)
        dense = matrix.nnz > _DENSE * n * n
        onsite = ONSITE_KINDS[kind](**parameters)
        couplings = matrix.toarray() if dense else matrix
        model = EnergyModel(couplings, biases, onsite, kT, mobility, visible, names)
        return clamp_units(model, clamped) if clamped else model

    def _next(self) -> list[str]:
        """Return the words of the next line that says something; none at the end."""
        while self.number < len(self.lines):
            line = self.lines[self.number].strip()
            self.number += 1
            if line and not line.startswith("#"):
                return line.split()
        return []

    def _peek(self, word: str) -> bool:
        here = self.number
        found = self._next()[:1] == [word]
        self.number = here
        return found

    def _entry(self, word: str, count: int | None = None) -> list[str]:
        first, *rest = self._next() or [""]
        if first != word or (count is not None and len(rest) != count) or not rest:
            raise DataError(f"expected {word!r} and its value, found {first!r}")
        return rest

    def _numbers(self, word: str, count: int | None = None) -> list[float]:
        return [plain_number(text) for text in self._entry(word, count)]

    def _count(self, word: str, most: int) -> int:
        value = plain_count(self._entry(word, 1)[0])
        if not 0 <= value <= most:
            raise DataError(f"{word} is {value}; it must be a whole number up to {most}")
        return value

    def _names(self, n: int) -> list[str] | None:
        names: dict[int, str] = {}
        while self._peek("name"):
            self._next()
            _, unit, text = self.lines[self.number - 1].strip().split(maxsplit=2)
            if names.setdefault(plain_count(unit), name := json.loads(text)) != name:
                raise DataError(f"unit {unit} is named twice")
        if names and sorted(names) != list(range(n)):
            raise DataError(f"name each of the {n} units, or none")
        return [names[unit] for unit in range(n)] if names else None

    def _clamped(self) -> dict[int | str, float]:
        clamped: dict[int | str, float] = {}
        while self._peek("clamp"):
            unit, value = self._entry("clamp", 2)
            if clamped.setdefault(plain_count(unit), plain_number(value)) != float(value):
                raise DataError(f"unit {unit} is clamped twice")
        return clamped

    def _table(self, rows: int, columns: int) -> NDArray[np.float64]:
        def words() -> Iterator[float]:
            for _ in range(rows):
                line = self._next()
                if len(line) != columns:
                    raise DataError(f"expected {columns} numbers, found {' '.join(line)!r}")
                yield from map(plain_number, line)

        return np.fromiter(words(), np.float64, rows * columns).reshape(rows, columns)
