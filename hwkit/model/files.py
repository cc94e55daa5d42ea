"""Model files: one `.npz` per machine, plain arrays only, never pickled."""

import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import scipy.sparse as sp

from hwkit.errors import DataError
from hwkit.files import replacing, why
from hwkit.manifest import check_listed
from hwkit.model.energy import EnergyModel
from hwkit.model.onsite import ONSITE_KINDS, Onsite

SCHEMA_VERSION = 1
GATED_SCHEMA = 2  # of gated and segmented machines, see `machine_files`

_SMALL, _RATIO = 100_000_000, 50  # bytes that any file may unpack to; or times its own size


def save_model(model: EnergyModel, path: Path | str) -> None:
    """Write a model: J (dense, or CSR arrays), b, onsite energy, kT, mobility, n_visible, names."""
    write_arrays(model_arrays(model), path)


def load_model(path: Path | str) -> EnergyModel:
    """Read a model file.

    Raises:
        DataError: if the file is missing, damaged, pickled, of another schema, or holds no model.
    """
    return arrays_model(read_arrays(Path(path)), path)


def model_arrays(model: EnergyModel) -> dict[str, np.ndarray]:
    """Return all that a model is, as named arrays.

    J is there as (N, N) or, if sparse, as the arrays of its CSR form; b is (N,), an onsite
    parameter a number or (N,).
    """
    arrays: dict[str, object] = {
        "schema_version": SCHEMA_VERSION,
        "b": model.b,
        "kT": model.kT,
        "mobility": model.mobility,
        "n_visible": model.n_visible,
        **onsite_arrays(model.onsite),
    }
    if model.names is not None:
        arrays["names"] = model.names
    if sp.issparse(model.J):
        arrays |= {
            "J_data": model.J.data,
            "J_indices": model.J.indices,
            "J_indptr": model.J.indptr,
        }
    else:
        arrays["J"] = model.J
    return {name: np.asarray(value) for name, value in arrays.items()}


def arrays_model(arrays: dict[str, np.ndarray], path: Path | str) -> EnergyModel:
    """Return the model that named arrays, of any shape and read from `path`, describe.

    Raises:
        DataError: if they are of another schema, or no model.
    """
    version = scalar(arrays, "schema_version", path)
    if version == GATED_SCHEMA:
        raise DataError(
            f"{path} holds a gated machine, and this needs a pairwise one; hwkit sample and "
            "hwkit.load_machine read it"
        )
    if version != SCHEMA_VERSION:
        raise DataError(
            f"{path} has schema_version {version:g}, but this hwkit reads {SCHEMA_VERSION}; "
            "save the model again with the version at hand"
        )
    b = entry(arrays, "b", path)
    with valid_model(path):
        return EnergyModel(
            J=_couplings(arrays, b.size, path),
            b=b,
            onsite=arrays_onsite(arrays, path),
            kT=scalar(arrays, "kT", path),
            mobility=scalar(arrays, "mobility", path),
            n_visible=whole_number(arrays, "n_visible", path),
            names=arrays["names"].tolist() if "names" in arrays else None,
        )


def onsite_arrays(onsite: Onsite) -> dict[str, object]:
    """Return kind and parameters of an onsite energy, as a file names them."""
    parameters = {f"onsite_{name}": value for name, value in onsite.parameters().items()}
    return {"onsite": onsite.kind, **parameters}


def arrays_onsite(arrays: dict[str, np.ndarray], path: Path | str) -> Onsite:
    """Return the onsite energy that named arrays, each a number or (N,), describe."""
    kind, prefix = str(entry(arrays, "onsite", path)), "onsite_"
    if kind not in ONSITE_KINDS:
        raise DataError(f"{path} has the onsite energy {kind!r}; known: {', '.join(ONSITE_KINDS)}")
    parameters = {k.removeprefix(prefix): v for k, v in arrays.items() if k.startswith(prefix)}
    for name in sorted(parameters.keys() - set(ONSITE_KINDS[kind].names)):
        known = ", ".join(ONSITE_KINDS[kind].names)
        raise DataError(
            f"{path} has an entry {prefix + name!r}, but the onsite energy {kind!r} takes {known} "
            "alone; remove it"
        )
    with valid_model(path):
        return ONSITE_KINDS[kind](**parameters)


@contextmanager
def valid_model(path: Path | str) -> Iterator[None]:
    """Name the file of arrays that make no model."""
    try:
        yield
    except SystemError as error:  # numpy's, for what is no character
        raise DataError(f"{path} has names that are not text") from error
    except (TypeError, ValueError, IndexError) as error:
        raise DataError(f"{path} holds no valid model: {error}") from error


def write_arrays(arrays: Mapping[str, np.ndarray], path: Path | str) -> None:
    """Write named arrays, of any shape, as an `.npz` file, whole or not at all."""
    with replacing(path) as temporary, temporary.open("wb") as stream:
        np.savez(stream, **arrays)  # type: ignore[arg-type]


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """Read the arrays of an `.npz` file by name, of any shape; pickled ones are refused."""
    if not path.is_file():
        raise DataError(f"no model file at {path}")
    check_listed(path)
    try:
        _check_unpacked(path)
        with path.open("rb") as stream:
            archive = np.load(stream, allow_pickle=False)
            arrays = dict(archive) if isinstance(archive, np.lib.npyio.NpzFile) else None
    except DataError:
        raise
    except Exception as error:  # a damaged archive fails in many ways, and all mean the same
        raise DataError(
            f"{path} is not a model file: {why(error, 'it is damaged, pickled or of another kind')}"
        ) from error
    if arrays is None:
        raise DataError(f"{path} is a single array, not a model file (.npz)")
    for name, array in arrays.items():
        if not isinstance(array, np.ndarray):  # numpy returns what else is in an archive as bytes
            raise DataError(f"{path} holds {name!r}, which is not an array; take it out")
    return arrays


def _check_unpacked(path: Path) -> None:
    """Refuse an archive that unpacks to far more than it is; hwkit packs nothing."""
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        unpacked = sum(member.file_size for member in archive.infolist())
    limit = max(_SMALL, _RATIO * path.stat().st_size)
    if unpacked > limit:
        raise DataError(
            f"{path} would unpack to {unpacked / 1e6:.3g} MB, above the limit of "
            f"{limit / 1e6:.3g} MB for a file of its size; write it again with np.savez"
        )


def entry(arrays: dict[str, np.ndarray], name: str, path: Path | str) -> np.ndarray:
    """Return an array, of any shape, of a model file; one that is missing is an error."""
    if name not in arrays and "J" in arrays and set(arrays) <= {"J", "b"}:
        raise DataError(
            f"{path} holds arrays, but is no model file of hwkit; `hwkit import {path}` makes one "
            "of its J and b"
        )
    if name not in arrays:
        raise DataError(f"{path} has no entry {name!r}; it is not a model file of hwkit")
    return arrays[name]


def scalar(arrays: dict[str, np.ndarray], name: str, path: Path | str) -> float:
    """Return a number of a model file, of arrays of any shape."""
    value = entry(arrays, name, path)
    if value.shape != () or value.dtype.kind not in "iuf":
        raise DataError(
            f"{path}: {name} must be one number, not {value.dtype} of shape {value.shape}"
        )
    return float(value)


def whole_number(arrays: dict[str, np.ndarray], name: str, path: Path | str) -> int:
    """Return a whole number of a model file, of arrays of any shape."""
    value = scalar(arrays, name, path)
    if not value.is_integer():
        raise DataError(f"{path}: {name} is {value:g}; it must be a whole number")
    return int(value)


def _couplings(
    arrays: dict[str, np.ndarray], n: int, path: Path | str
) -> np.ndarray | sp.csr_array:
    if "J" in arrays:
        return arrays["J"]
    parts = tuple(entry(arrays, f"J_{name}", path) for name in ("data", "indices", "indptr"))
    for name, part in zip(("indices", "indptr"), parts[1:], strict=True):
        if part.dtype.kind not in "iu":
            raise DataError(f"J_{name} must hold whole numbers, not {part.dtype}")
        if np.any(part < 0):  # scipy's own check misses some of these
            raise DataError(f"J_{name} holds {part.min()}; it must not be negative")
    if np.any(parts[2][1:] < parts[2][:-1]):
        raise DataError("J_indptr falls; the entries of one row follow those of the row before")
    matrix = sp.csr_array(parts, shape=(n, n))
    matrix.check_format(full_check=True)
    return matrix
