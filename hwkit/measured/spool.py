"""Rows that are appended, then read in any order: kept in memory if few, else in a file."""

import tempfile
import weakref
from typing import IO

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

_IN_MEMORY = 1 << 26  # bytes


class Spool:
    """A growing table of doubles; the file has no name; a table that maps it outlives the spool."""

    def __init__(self, n_columns: int) -> None:
        self._n_columns, self._n_rows = n_columns, 0
        self._parts: list[FloatArray] = []
        self._file: IO[bytes] | None = None

    def append(self, rows: FloatArray) -> None:
        """Append rows, (rows, columns).

        Raises:
            OSError: if the disk is full.
        """
        self._parts.append(np.ascontiguousarray(rows))
        self._n_rows += len(rows)
        if self._file is not None or self._n_rows * self._n_columns * 8 > _IN_MEMORY:
            if self._file is None:
                self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the spool
                weakref.finalize(self, self._file.close)
            for part in self._parts:
                self._file.write(part.data)
            self._parts = []

    def table(self) -> FloatArray:
        """Return all rows, (rows, columns), read-only."""
        if self._file is None:
            rows = np.vstack([np.empty((0, self._n_columns)), *self._parts])
        else:
            self._file.flush()
            rows = np.memmap(self._file, np.float64, "r", shape=(self._n_rows, self._n_columns))
        rows.flags.writeable = False
        return rows
