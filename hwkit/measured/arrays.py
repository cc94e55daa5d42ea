"""Arrays in NumPy and HDF5 files, read some rows at a time: the file is never loaded as a whole.

Of an HDF5 file nothing is followed that lies in other files, as in `hwkit.stored_runs`.
"""

import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import ArrayLike, NDArray

from hwkit.errors import DataError
from hwkit.measured.physical_units import split_label
from hwkit.measured.records import Table

_MOST_BYTES = 1 << 31  # that an array of an .npz file may unpack to
_NUMBERS = "fiu"


@dataclass(frozen=True, eq=False)
class StoredArray:
    """A dataset of an HDF5 file; the file is opened for each read, so that this can be pickled.

    Attributes:
        path, name: of file and dataset.
        shape: rows and columns; a dataset of one dimension is a column.
        names: of the columns, from an attribute `columns`, `names` or `channels`.
        units: of the columns, from an attribute `units` or `unit`, or from their names.
        increment: seconds between samples, from an attribute `interval`, `dt`, or `sample_rate`.
        scale, offset: of packed numbers, from `scale_factor` and `add_offset` (CF conventions).
        absent: numbers that stand for none, from `_FillValue` and `missing_value`.
        facts: other attributes of the dataset.
    """

    path: str
    name: str
    shape: tuple[int, int]
    names: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    increment: float | None = None
    scale: float = 1.0
    offset: float = 0.0
    absent: tuple[float, ...] = ()
    facts: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, rows: slice, /) -> ArrayLike:
        """Return some rows, (rows, columns)."""
        with h5py.File(self.path, "r") as file:
            stored = np.asarray(file[self.name][rows]).reshape(-1, self.shape[1])
        if self.absent or (self.scale, self.offset) != (1.0, 0.0):
            values = self.scale * stored.astype(np.float64) + self.offset
            return np.where(np.isin(stored, self.absent), np.nan, values)
        return stored


def array_of_hdf5(path: Path | str, name: str | None = None) -> StoredArray:
    """Return a dataset of an HDF5 file, (samples, channels).

    Raises:
        DataError: if there is no such dataset of numbers in this file.
    """
    with h5py.File(path, "r") as file:
        if name is None:
            name = _only([key for key in file if _is_table(file, key)], list(file))
        if name not in file:
            raise DataError(f"it has no {name!r}; it has {', '.join(list(file)[:12])}")
        data = _dataset(file, name)
        facts = {str(key): str(value)[:120] for key, value in data.attrs.items() if key[:1] != "_"}
        shape = (data.shape[0], data.shape[1] if data.ndim == 2 else 1)
        names = _texts(data, ("columns", "names", "channels"), shape[1])
        units = _texts(data, ("units", "unit"), shape[1])
        units = units or tuple(split_label(name)[1] for name in names)
        [scale], [offset] = _numbers(data, "scale_factor", 1.0), _numbers(data, "add_offset", 0.0)
        absent = (*_numbers(data, "_FillValue"), *_numbers(data, "missing_value"))
        increment = _increment(data)
        return StoredArray(
            str(path), name, shape, names, units, increment, scale, offset, absent, facts
        )


def _is_table(file: h5py.File, key: str) -> bool:
    link = file.get(key, getlink=True)
    data = file[key] if isinstance(link, h5py.HardLink) else None
    return isinstance(data, h5py.Dataset) and data.ndim == 2 and data.dtype.kind in _NUMBERS


def _dataset(file: h5py.File, name: str) -> h5py.Dataset:
    parts = [part for part in name.split("/") if part]
    for depth in range(len(parts)):
        link = file.get("/".join(parts[: depth + 1]), getlink=True)
        if not isinstance(link, h5py.HardLink):
            raise DataError(f"{name!r} is not an array of this file")
    data = file[name]
    if not isinstance(data, h5py.Dataset) or data.external or data.is_virtual:
        raise DataError(f"{name!r} is not an array of this file")
    _check_table(repr(name), data)
    if max(np.prod(data.chunks or (1,), dtype=float) * 8, data.shape[-1] * 8) > _MOST_BYTES:
        raise DataError(f"{name!r} has chunks {data.chunks}, too large to be read in parts")
    return data


def _texts(data: h5py.Dataset, keys: tuple[str, ...], n_columns: int) -> tuple[str, ...]:
    """Return a text for each column from the first attribute that has them, or one for all."""
    for key in keys:
        value = data.attrs.get(key)
        if isinstance(value, str | bytes) and key in ("units", "unit"):
            value = np.array([value] * n_columns, dtype=object)
        if isinstance(value, np.ndarray) and value.shape == (n_columns,):
            texts = [v.decode("utf-8", "replace") if isinstance(v, bytes) else v for v in value]
            return tuple(str(text) for text in texts)
    return ()


def _numbers(data: h5py.Dataset, key: str, *otherwise: float) -> tuple[float, ...]:
    """Return the numbers of an attribute; what is given otherwise if it has none."""
    value = np.asarray(data.attrs.get(key, ()))
    if value.size and value.dtype.kind in _NUMBERS:
        return tuple(value.reshape(-1).astype(float).tolist())
    return otherwise


def _increment(data: h5py.Dataset) -> float | None:
    found = {
        key: 1 / values[0] if key == "sample_rate" else values[0]
        for key in ("interval", "dt", "sample_rate")
        if len(values := _numbers(data, key)) == 1 and values[0] > 0
    }
    if found and max(found.values()) > 1.01 * min(found.values()):
        said = ", ".join(f"{key} says {number:.6g} s" for key, number in found.items())
        raise DataError(f"its attributes contradict each other: {said}; correct them")
    return next(iter(found.values()), None)


def array_of_numpy(path: Path | str, name: str | None = None) -> Table:
    """Return an array of a .npy file as a memory map, or one of an .npz file.

    Raises:
        DataError: if it is not a table of numbers.
    """
    if Path(path).suffix.lower() == ".npy":
        if name is not None:
            raise DataError("it holds one array without a name; leave `array` out")
        return _checked("the array", np.load(path, mmap_mode="r", allow_pickle=False))
    with Path(path).open("rb") as stream, np.load(stream, allow_pickle=False) as content:
        names = list(content.files)
        chosen = [name] if name is not None else names
        if name is not None and name not in names:
            raise DataError(f"it has no {name!r}; it has {', '.join(names[:12])}")
        _check_size(path, chosen)
        if name is None:
            name = _only([key for key in names if content[key].ndim == 2], names)
        return _checked(repr(name), content[name])


def _check_size(path: Path | str, names: list[str]) -> None:
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            if info.file_size > _MOST_BYTES and info.filename.removesuffix(".npy") in names:
                raise DataError(
                    f"{info.filename} would unpack to {info.file_size / 1e9:.3g} GB in memory; "
                    "store it as .npy or HDF5, which are read in parts"
                )


def _only(tables: list[str], names: list[str]) -> str:
    if len(tables) != 1:
        raise DataError(
            f"it has {len(tables)} arrays of two dimensions among {', '.join(names[:12])}; say "
            "which with `array`"
        )
    return tables[0]


def _checked(what: str, array: NDArray[np.generic]) -> Table:
    _check_table(what, array)
    return array[:, None] if array.ndim == 1 else array


def _check_table(what: str, array: NDArray[np.generic] | h5py.Dataset) -> None:
    if array.ndim not in (1, 2) or array.dtype.kind not in _NUMBERS or 0 in array.shape:
        raise DataError(
            f"{what} of shape {array.shape} and type {array.dtype} is not a table of numbers; "
            "expected (samples, channels)"
        )
