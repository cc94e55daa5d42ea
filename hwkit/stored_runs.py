"""Read the arrays of a file of trajectories that anyone may have written.

Asks the HDF5 library for no more than the arrays: what describes their axes (netCDF's dimension
scales) is not followed, since one changed bit there can keep the library busy without end or end
the process; texts are looked at before it reads them. Arrays that lie in other files are refused,
and so is what unpacks to far more than the file is.
"""

import mmap
import re
import struct
import warnings
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from hwkit.errors import DataError
from hwkit.files import why
from hwkit.manifest import check_listed

FloatArray = NDArray[np.float64]
Attribute = str | int | float

_SMALL, _RATIO = 100_000_000, 50  # bytes that any file may unpack to; or times its own size
_DOUBLE = 8  # bytes
_HEAP = re.compile(rb"GCOL\x01\0\0\0(.{8})", re.DOTALL)
_OBJECT = struct.Struct("<HH4xQ")
_PACKED = ("scale_factor", "add_offset")


@dataclass(frozen=True, eq=False)
class StoredRuns:
    """Arrays of one file: times (T,), states and velocities (R, T, N), and why runs failed."""

    t: FloatArray
    x: FloatArray
    v: FloatArray | None
    failures: dict[int, str]
    attributes: dict[str, Attribute]


def read_runs(path: Path | str) -> StoredRuns:
    """Read a file of trajectories.

    Raises:
        DataError: if the file is missing, damaged, or holds something else.
    """
    if not Path(path).is_file():
        raise DataError(f"no trajectories file at {path}")
    check_listed(path)
    try:
        _check_heaps(path)
        with warnings.catch_warnings(), h5py.File(path, "r") as file:
            warnings.simplefilter("ignore")  # numpy's, on numbers that are none
            return _runs(file, max(_SMALL, _RATIO * Path(path).stat().st_size))
    except Exception as error:  # a damaged file fails in many ways, and all mean the same
        raise DataError(f"{path} is not a trajectories file: {why(error)}") from error


def _check_heaps(path: Path | str) -> None:
    """Refuse texts whose lengths can't be: HDF5 2.0 looks for the end of such a heap for ever.

    A heap is "GCOL", version, total length, then objects: index, count, length, content in units of
    8 bytes. Index 0 stands for what is free; its length includes the 16 bytes before it.
    """
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        for heap in _HEAP.finditer(content):
            place, end = heap.end(), heap.start() + int.from_bytes(heap[1], "little")
            while place + 16 <= min(end, len(content)):
                index, _, length = _OBJECT.unpack_from(content, place)
                taken = 16 + -(-length // 8) * 8 if index else length
                if not 16 <= taken <= end - place:
                    raise DataError(f"its texts are damaged at byte {place}")
                place += taken


def _runs(file: h5py.File, limit: float) -> StoredRuns:
    x = _numbers(file, "x", limit)
    if x.ndim == 3 and 0 in x.shape[1:]:
        raise DataError(f"x of shape {x.shape} holds no states")
    return StoredRuns(
        _numbers(file, "time", limit),
        x,
        _numbers(file, "v", limit) if "v" in file else None,
        _failures(file, len(x), limit),
        dict(_attribute(name, value) for name, value in file.attrs.items() if name[:1] != "_"),
    )


def _array(file: h5py.File, name: str, limit: float) -> h5py.Dataset:
    """Return an array that is all in this file and not too large."""
    if name not in file:
        raise DataError(f"it has no {name!r}")
    array = file[name] if isinstance(file.get(name, getlink=True), h5py.HardLink) else None
    if not isinstance(array, h5py.Dataset) or array.shape is None:
        raise DataError(f"{name!r} is not an array of this file")
    if array.external or array.is_virtual:
        raise DataError(f"{name!r} lies in other files")
    size = max(array.dtype.itemsize, _DOUBLE) * max(  # whatever is stored is read as doubles
        np.prod(shape, dtype=float) for shape in (array.shape, array.chunks or ())
    )
    if size > limit:
        raise DataError(
            f"{name!r} would unpack to {size / 1e6:.3g} MB, above the limit of "
            f"{limit / 1e6:.3g} MB for a file of its size; write it again with hwkit"
        )
    return array


def _numbers(file: h5py.File, name: str, limit: float) -> FloatArray:
    array = _array(file, name, limit)
    if (
        array.dtype.kind != "f"
        or array.dtype.itemsize > 8
        or any(p in array.attrs for p in _PACKED)
    ):
        raise DataError(f"{name!r} holds packed numbers or none; write it as doubles")
    return np.asarray(array[()], dtype=np.float64)


def _failures(file: h5py.File, n_runs: int, limit: float) -> dict[int, str]:
    """Return why runs failed; read in parts, since many runs may share one long text."""
    array = _array(file, "failure", limit)
    if array.shape != (n_runs,) or h5py.check_string_dtype(array.dtype) is None:
        raise DataError(f"'failure' is not a list of {n_runs} texts, one a run")
    failures: dict[int, str] = {}
    left, step = limit, max(1, int(limit // Path(file.filename).stat().st_size))
    for start in range(0, n_runs, step):
        for run, text in enumerate(array.asstr()[start : start + step], start):
            if text:
                failures[run] = str(text)
                left -= len(text)
        if left < 0:
            raise DataError(f"'failure' holds texts of over {limit / 1e6:.3g} MB")
    return failures


def _attribute(name: str, value: object) -> tuple[str, Attribute]:
    """Return an attribute as text or a number; netCDF stores a number as a list of one."""
    if isinstance(value, np.ndarray) and value.size == 1:
        value = value.reshape(-1)[0]
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, bytes):
        value = value.decode()
    whole = name != "seed" or isinstance(value, int)
    if not (isinstance(value, str | int | float) and whole):
        raise DataError(f"its attribute {name!r} is not {'text or ' * whole}a number")
    return name, value
