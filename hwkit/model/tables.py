"""A matrix of couplings or a vector of biases, from a table: `.npy`, or text with a row a line.

Cells of text are separated by commas, tabs, spaces, or semicolons; with semicolons a comma is a
decimal point. There is no header.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import DataError
from hwkit.files import read_text, reading
from hwkit.numbers import doubles, plain_number

FloatArray = NDArray[np.float64]


def read_matrix(path: Path | str) -> FloatArray:
    """Return the matrix in a `.npy` or `.csv` file, (rows, columns).

    Raises:
        DataError: if the file is missing or damaged, or a cell is not a number.
    """
    file = Path(path)
    if file.suffix.lower() == ".csv":
        return _text(file)
    with reading(file, "a matrix"), file.open("rb") as stream:
        array = np.load(stream, allow_pickle=False)
    if not isinstance(array, np.ndarray) or array.ndim != 2:
        raise DataError(f"{file} holds no matrix; give a single array of shape (N, N)")
    return doubles(str(file), array)


def read_vector(path: Path | str) -> FloatArray:
    """Return the vector in a `.npy` or `.csv` file, (n,); a single row or column is one.

    Raises:
        DataError: if the file is missing or damaged, holds a matrix, or a cell is not a number.
    """
    file = Path(path)
    if file.suffix.lower() == ".csv":
        array = _text(file)
    else:
        with reading(file, "a vector"), file.open("rb") as stream:
            loaded = np.load(stream, allow_pickle=False)
        if not isinstance(loaded, np.ndarray):
            raise DataError(f"{file} holds several arrays; give a vector of biases, (N,)")
        array = loaded
    if array.size != max(array.shape, default=0):
        raise DataError(
            f"{file} holds an array of shape {array.shape}; give a vector of biases, (N,)"
        )
    return doubles(str(file), array.reshape(-1))


def _text(file: Path) -> FloatArray:
    with reading(file, "a matrix"):
        text = read_text(file)
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        raise DataError(f"{file} is empty; give a matrix, a row a line")
    rows = [_row(line, ";" in text, f"{file}, row {row}") for row, line in enumerate(lines, 1)]
    for row, values in enumerate(rows, 1):
        if len(values) != len(rows[0]):
            raise DataError(
                f"{file}: row {row} has {len(values)} numbers, row 1 has {len(rows[0])}; give a "
                "matrix"
            )
    return np.array(rows)


def _row(line: str, semicolons: bool, where: str) -> list[float]:
    if semicolons:
        cells = line.rstrip().removesuffix(";").replace(",", ".").split(";")
    else:
        cells = line.split(",") if "," in line else line.split()
    values = []
    for column, cell in enumerate(cells, 1):
        try:
            values.append(plain_number(cell.strip()))
        except DataError as error:
            raise DataError(f"{where}, column {column}: {error}; give numbers only") from None
    return values
