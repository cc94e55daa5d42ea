"""Files of measured numbers, whatever their format, as sheets: named columns, read in blocks."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from hwkit.errors import DataError
from hwkit.files import reading
from hwkit.measured.arrays import StoredArray, array_of_hdf5, array_of_numpy
from hwkit.measured.records import BLOCK_ROWS, Table
from hwkit.measured.text_head import read_head
from hwkit.measured.text_table import text_blocks
from hwkit.netlist.raw_files import read_raw

FloatArray = NDArray[np.float64]

_ARRAYS = {".npy", ".npz"}
_HDF5 = {".h5", ".hdf5", ".hdf", ".nc"}
_RAW_UNITS = {"time": "s", "voltage": "V"}


@dataclass(frozen=True, eq=False)
class Sheet:
    """A table in a file.

    Attributes:
        path: the file.
        names, units: of each column, "" where the file gives none.
        blocks: yields some columns in blocks, (rows, columns), as the file holds them.
        table: the same numbers, read in any order; None of a text file.
        start, increment: time of the first sample and seconds between samples, if the file says so.
        facts: what else it says.
    """

    path: str
    names: tuple[str, ...]
    units: tuple[str, ...]
    blocks: Callable[[Sequence[int]], Iterator[FloatArray]]
    table: Table | None = None
    start: float | None = None
    increment: float | None = None
    facts: dict[str, str] = field(default_factory=dict)

    def column(self, given: str | int) -> int:
        """Return the place of a column, from its name or its number, which counts from 1.

        Raises:
            DataError: if there is none, or there are several.
        """
        if isinstance(given, int):
            if not 1 <= given <= len(self.names):
                raise DataError(
                    f"{self.path} has no column {given}; it has {len(self.names)}, counted from 1"
                )
            return given - 1
        places = [place for place, name in enumerate(self.names) if name == given]
        if len(places) > 1:
            raise DataError(f"{self.path} has {len(places)} columns {given!r}; give its number")
        if not places:
            known = ", ".join(repr(name) for name in self.names[:20] if name) or "none"
            raise DataError(
                f"{self.path} has no column {given!r}; it names {known} and has "
                f"{len(self.names)} columns"
            )
        return places[0]


def open_sheet(path: Path | str, array: str | None = None) -> Sheet:
    """Open a file of measured numbers; its ending says which format it has.

    Args:
        path: .npy, .npz, .h5 (.hdf5, .hdf, .nc), .raw of ngspice or LTspice; all others are text.
        array: which array of an .npz or HDF5 file; needed if it has several of two dimensions.

    Raises:
        DataError: if it can't be read.
    """
    suffix = Path(path).suffix.lower()
    if array is not None and suffix not in _ARRAYS | _HDF5:
        raise DataError(f"{path} has no named arrays; leave `array` out")
    if suffix in _ARRAYS:
        with reading(path, "an array of NumPy"):
            return _of_table(path, array_of_numpy(path, array))
    with reading(path, "HDF5"):
        if suffix in _HDF5 or h5py.is_hdf5(path):
            return _of_table(path, array_of_hdf5(path, array))
    return _raw(path) if suffix == ".raw" else _text(path)


def _text(path: Path | str) -> Sheet:
    what = "a table of samples"
    with reading(path, what):
        head = read_head(path)

    def blocks(columns: Sequence[int]) -> Iterator[FloatArray]:
        with reading(path, what):
            yield from text_blocks(path, head, columns)

    units = tuple(
        unit or ("s" if place in head.stamps else "") for place, unit in enumerate(head.units)
    )
    start, increment = head.start, head.increment
    return Sheet(str(path), head.names, units, blocks, None, start, increment, head.facts)


def _raw(path: Path | str) -> Sheet:
    plots = read_raw(path)
    if len(plots) != 1:
        raise DataError(f"{path} has {len(plots)} plots; store one transient analysis in a file")
    plot = plots[0]
    units = tuple(_RAW_UNITS.get(kind, kind) for kind in plot.kinds)
    return replace(_of_table(path, plot.values.T), names=plot.names, units=units)


def _of_table(path: Path | str, table: Table | StoredArray) -> Sheet:
    """Return the sheet of a table (rows, columns) that is read in any order."""
    n_rows, n_columns = table.shape

    def blocks(columns: Sequence[int]) -> Iterator[FloatArray]:
        for start in range(0, n_rows, BLOCK_ROWS):
            rows = np.asarray(table[slice(start, start + BLOCK_ROWS)])
            yield np.asarray(rows[:, list(columns)], dtype=np.float64)

    unnamed = ("",) * n_columns
    sheet = Sheet(str(path), unnamed, unnamed, blocks, table)
    if not isinstance(table, StoredArray):
        return sheet
    names, units = table.names or unnamed, table.units or unnamed
    return replace(sheet, names=names, units=units, increment=table.increment, facts=table.facts)
