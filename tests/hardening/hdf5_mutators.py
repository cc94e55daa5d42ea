"""Changes to files of trajectories: of what is stored in them, and of the bytes of the container.

Stored arrays get other values, types, shapes, filters and names, attributes get values that mean
something to who decodes them (units of time, scales, fill values); the file stays valid HDF5. Bytes
alone are changed as in other files: most of these the HDF5 library refuses.
"""

import io
import random
import warnings
from collections.abc import Callable, Sequence

import h5py
import numpy as np

from tests.hardening import mutators

_NAMES = ["x", "time", "failure", "v", "run", "unit", "other"]
_DTYPES = ["<f8", ">f4", "<i8", "<u2", "|b1", "<c16", "|S3", "<f2", [("a", "<f8"), ("b", "<i4")]]
_SHAPES: list[tuple[int, ...]] = [
    (), (0,), (3,), (2, 2), (2, 3, 2), (3, 2, 0), (2, 2, 2, 2), (10**5, 10**4, 10**4), (10**9,),
]  # fmt: skip
_VALUES = [0.0, np.nan, np.inf, -1e308, 1e308, 5e-324, -1.0, 2.0**63]
_ATTRIBUTES = [
    "units", "calendar", "dtype", "scale_factor", "add_offset", "_FillValue", "missing_value",
    "coordinates", "_Unsigned", "_Encoding", "DIMENSION_LIST", "CLASS", "NAME", "_Netcdf4Dimid",
    "_Netcdf4Coordinates", "seed", "flag_values", "grid_mapping", "_NCProperties",
]  # fmt: skip
_CONTENTS = [
    "days since 2000-01-01", "seconds since 1e9-99-99", "bool", "utf-9", "x", "x y time", "", "\0",
    "true", "noleap", 0, -1, 1e308, float("nan"), 2**63, "DIMENSION_SCALE", "a" * 1000,
    np.zeros(3), np.zeros((2, 2), "<i8"), np.array([], "<f8"), np.bytes_(b"\xff\xfe"), True,
]  # fmt: skip


def change(data: bytes, corpus: Sequence[bytes], rng: random.Random) -> bytes:
    """Change what a valid file stores, or bytes of the given one."""
    if rng.random() < 0.6:
        data = _stored(rng.choice(corpus), rng)
        if rng.random() < 0.7:
            return data
    for _ in range(rng.choice([1, 1, 2, 8])):
        data = mutators.bytewise(data, corpus, rng)
    return data[: mutators.LARGEST]


def _stored(data: bytes, rng: random.Random) -> bytes:
    stream = io.BytesIO(data)
    with warnings.catch_warnings(), h5py.File(stream, "r+") as file:
        warnings.simplefilter("ignore")
        for _ in range(rng.choice([1, 1, 2, 4])):
            try:
                rng.choice([_array, _array, _attribute, _attribute, _value, _move])(file, rng)
            except Exception:
                continue  # h5py itself refuses what was asked for
    return stream.getvalue()


def _array(file: h5py.File, rng: random.Random) -> None:
    """Put an array of another type and shape in the place of one."""
    name, shape = rng.choice([*file, *_NAMES]), rng.choice(_SHAPES)
    dtype = h5py.string_dtype() if rng.random() < 0.15 else np.dtype(rng.choice(_DTYPES))
    how = {"shuffle": True} if shape and rng.random() < 0.3 else {}
    large = bool(shape) and np.prod(shape, dtype=float) > 1e4
    if large or (shape and 0 not in shape and rng.random() < 0.3):
        how |= {"chunks": tuple(min(size, 8) for size in shape), "compression": "gzip"}
    attributes = dict(file[name].attrs) if name in file else {}
    if name in file:
        del file[name]
    made = file.create_dataset(name, shape, dtype, **how)
    if rng.random() < 0.8:
        for key, value in attributes.items():
            made.attrs[key] = value


def _attribute(file: h5py.File, rng: random.Random) -> None:
    """Set or remove an attribute of the file or of an array."""
    place = file[rng.choice(list(file))] if len(file) and rng.random() < 0.8 else file
    if place.attrs and rng.random() < 0.25:
        del place.attrs[rng.choice(list(place.attrs))]
        return
    place.attrs[rng.choice(_ATTRIBUTES)] = rng.choice(_CONTENTS)


def _value(file: h5py.File, rng: random.Random) -> None:
    """Store another value."""
    array = file[rng.choice(list(file))]
    place = tuple(rng.randrange(size) for size in array.shape)
    array[place] = rng.choice(["", "why", "\0"]) if array.dtype.hasobject else rng.choice(_VALUES)


def _move(file: h5py.File, rng: random.Random) -> None:
    """Remove, rename or link something, or put a group in its place."""
    name, other = rng.choice(list(file)), rng.choice(_NAMES)
    changes: list[Callable[[], object]] = [
        lambda: file.__delitem__(name),
        lambda: file.move(name, other),
        lambda: file.__setitem__(other, h5py.SoftLink(rng.choice(["/none", "/" + other, "/x"]))),
        lambda: file.__setitem__(other, h5py.ExternalLink("/dev/zero", "/x")),
        lambda: file.create_group(other),
        lambda: file.__setitem__(other, np.dtype("f8")),
    ]
    rng.choice(changes)()
