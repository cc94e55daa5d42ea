"""Tables made of others without copying them: columns in volts, files beside each other."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hwkit.measured.records import Table

FloatArray = NDArray[np.float64]


_INFINITY, _NOT_A_NUMBER = 9.9e37, 9.91e37  # what instruments write instead, by IEEE 488.2


def over_range(values: FloatArray) -> NDArray[np.bool_]:
    """Return which numbers (rows, columns) stand for a sample beyond the instrument's range."""
    size = np.abs(values)
    return np.asarray((size >= _INFINITY) & (size != _NOT_A_NUMBER))


def without_marks(values: FloatArray) -> FloatArray:
    """Return numbers (rows, columns) with those missing (NaN) that stand for no sample."""
    marked = np.abs(values) >= _INFINITY
    return np.where(marked, np.nan, values) if marked.any() else values


@dataclass(frozen=True, eq=False)
class Converted:
    """Some columns of a table, each times a factor to volts, read when they are asked for."""

    table: Table
    columns: tuple[int, ...]
    factors: FloatArray

    @property
    def shape(self) -> tuple[int, int]:
        """Samples and channels."""
        return int(self.table.shape[0]), len(self.columns)

    def __getitem__(self, rows: slice, /) -> ArrayLike:
        """Return some rows in volts, (rows, channels)."""
        values = np.asarray(self.table[rows])[:, list(self.columns)]
        return without_marks(np.asarray(values, dtype=np.float64)) * self.factors


@dataclass(frozen=True, eq=False)
class Beside:
    """Tables of equally many rows beside each other."""

    tables: tuple[Table, ...]

    @property
    def shape(self) -> tuple[int, int]:
        """Samples and channels."""
        return int(self.tables[0].shape[0]), sum(int(table.shape[1]) for table in self.tables)

    def __getitem__(self, rows: slice, /) -> ArrayLike:
        """Return some rows, (rows, channels)."""
        return np.hstack([np.asarray(table[rows], dtype=np.float64) for table in self.tables])
