"""Model files: one `.npz` per machine, plain arrays only, never pickled."""

import zipfile
from pathlib import Path

import numpy as np
import scipy.sparse as sp

from hwkit.errors import DataError
from hwkit.files import replacing, why
from hwkit.manifest import check_listed
from hwkit.model.energy import EnergyModel
from hwkit.model.onsite import ONSITE_KINDS

SCHEMA_VERSION = 1

_SMALL, _RATIO = 100_000_000, 50  # bytes that any file may unpack to; or times its own size


def save_model(model: EnergyModel, path: Path | str) -> None:
    """Write a model: J (dense, or CSR arrays), b, onsite energy, kT, mobility, n_visible, names."""
    with replacing(path) as temporary, temporary.open("wb") as stream:
        np.savez(stream, **model_arrays(model))  # type: ignore[arg-type]


def load_model(path: Path | str) -> EnergyModel:
    """Read a model file.

    Raises:
        DataError: if the file is missing, damaged, pickled, of another schema, or holds no model.
    """
    return arrays_model(read_arrays(Path(path)), path)


def model_arrays(model: EnergyModel) -> dict[str, np.ndarray]:
    """Return all that a model is, as named arrays."""
    arrays: dict[str, object] = {
        "schema_version": SCHEMA_VERSION,
        "b": model.b,
        "kT": model.kT,
        "mobility": model.mobility,
        "n_visible": model.n_visible,
        "onsite": model.onsite.kind,
    }
    arrays |= {f"onsite_{name}": value for name, value in model.onsite.parameters().items()}
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
    """Return the model that named arrays, read from `path`, describe.

    Raises:
        DataError: if they are of another schema, or no model.
    """
    version = _scalar(arrays, "schema_version", path)
    if version != SCHEMA_VERSION:
        raise DataError(
            f"{path} has schema_version {version:g}, but this hwkit reads {SCHEMA_VERSION}; "
            "save the model again with the version at hand"
        )
    kind = str(_entry(arrays, "onsite", path))
    if kind not in ONSITE_KINDS:
        raise DataError(f"{path} has the onsite energy {kind!r}; known: {', '.join(ONSITE_KINDS)}")
    prefix = "onsite_"
    parameters = {k.removeprefix(prefix): v for k, v in arrays.items() if k.startswith(prefix)}
    for name in sorted(parameters.keys() - set(ONSITE_KINDS[kind].names)):
        known = ", ".join(ONSITE_KINDS[kind].names)
        raise DataError(
            f"{path} has an entry {prefix + name!r}, but the onsite energy {kind!r} takes {known} "
            "alone; remove it"
        )
    b = _entry(arrays, "b", path)
    try:
        return EnergyModel(
            J=_couplings(arrays, b.size, path),
            b=b,
            onsite=ONSITE_KINDS[kind](**parameters),
            kT=_scalar(arrays, "kT", path),
            mobility=_scalar(arrays, "mobility", path),
            n_visible=_whole(arrays, "n_visible", path),
            names=arrays["names"].tolist() if "names" in arrays else None,
        )
    except SystemError as error:  # numpy's, for what is no character
        raise DataError(f"{path} has names that are not text") from error
    except (TypeError, ValueError, IndexError) as error:
        raise DataError(f"{path} holds no valid model: {error}") from error


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """Read the arrays of an `.npz` file; pickled ones are refused."""
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


def _entry(arrays: dict[str, np.ndarray], name: str, path: Path | str) -> np.ndarray:
    if name not in arrays:
        raise DataError(f"{path} has no entry {name!r}; it is not a model file of hwkit")
    return arrays[name]


def _scalar(arrays: dict[str, np.ndarray], name: str, path: Path | str) -> float:
    entry = _entry(arrays, name, path)
    if entry.shape != () or entry.dtype.kind not in "iuf":
        raise DataError(
            f"{path}: {name} must be one number, not {entry.dtype} of shape {entry.shape}"
        )
    return float(entry)


def _whole(arrays: dict[str, np.ndarray], name: str, path: Path | str) -> int:
    value = _scalar(arrays, name, path)
    if not value.is_integer():
        raise DataError(f"{path}: {name} is {value:g}; it must be a whole number")
    return int(value)


def _couplings(
    arrays: dict[str, np.ndarray], n: int, path: Path | str
) -> np.ndarray | sp.csr_array:
    if "J" in arrays:
        return arrays["J"]
    parts = tuple(_entry(arrays, f"J_{name}", path) for name in ("data", "indices", "indptr"))
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
