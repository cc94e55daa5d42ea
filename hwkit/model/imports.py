"""Bring a model in from wherever it is, and write it to whatever file is asked for."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike

from hwkit.deferred import deferred
from hwkit.errors import ConfigError, DataError
from hwkit.files import read_text, why
from hwkit.model.binary import import_ising, import_rbm
from hwkit.model.clamp import clamp_units
from hwkit.model.conventions import Convention, find_convention
from hwkit.model.energy import EnergyModel
from hwkit.model.files import arrays_model, read_arrays, save_model
from hwkit.model.forces import pairwise
from hwkit.model.graphs import from_graph
from hwkit.model.machine_files import arrays_machine, is_gated
from hwkit.model.onsite import Onsite
from hwkit.model.parameters import from_bonds, load_parameters, save_parameters
from hwkit.model.tables import read_matrix
from hwkit.model.tensors import read_tensors, save_tensors
from hwkit.numbers import check_unlabelled, plain_number

if TYPE_CHECKING:
    import networkx as nx
else:
    nx = deferred("networkx")

_READERS = {".npz": read_arrays, ".safetensors": read_tensors}
_TABLES = (".npy", ".csv")
_WRITERS = {".npz": save_model, ".safetensors": save_tensors, ".txt": save_parameters}


def export_model(model: EnergyModel, path: Path | str) -> None:
    """Write a model in the format of the file's suffix: .npz, .safetensors or .txt.

    Raises:
        ConfigError: for any other suffix, or if what writes it is not installed.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in _WRITERS:
        known = ", ".join(_WRITERS)
        raise ConfigError(f"{path}: suffix {suffix!r} is unknown; choose one of {known}")
    _WRITERS[suffix](model, path)


def import_model(
    source: Any,
    convention: Convention | str | None = None,
    onsite: Onsite | None = None,
    kT: float | None = None,
    n_visible: int | None = None,
    barrier: float | None = None,
    bonds: ArrayLike | Path | None = None,
    clamped: Mapping[int | str, float] | None = None,
) -> EnergyModel:
    """Return the machine that a source describes.

    Args:
        source: a file (.npz, .safetensors, .txt; .npy or .csv of J alone), a mapping of arrays
            (J, b), a pair (J, b), a matrix J, a networkx graph, a dimod BinaryQuadraticModel, or a
            fitted BernoulliRBM.
        convention: how the source means J and b; "hwkit" if None.
        onsite, kT, n_visible: what J and b alone don't say; the defaults of EnergyModel if None.
        barrier: for binary sources, see `import_ising`; they bring their own onsite energy.
        bonds: for a file of bare numbers, as for `from_bonds`.
        clamped: units, by name or index, that are held at a value.

    Raises:
        DataError: if the source is not a model.
        ConfigError: if an option does not go with the source.
    """
    given: dict[str, Any] = {
        "convention": convention,
        "onsite": onsite,
        "kT": kT,
        "n_visible": n_visible,
        "barrier": barrier,
        "bonds": bonds,
    }
    options = {name: value for name, value in given.items() if value is not None}
    model = _read(source, options)
    if options:
        raise ConfigError(f"{', '.join(options)} can't be chosen for this source; leave it out")
    return clamp_units(model, clamped) if clamped else model


def _read(source: Any, options: dict[str, Any]) -> EnergyModel:
    """Return the model; options that were used are taken out."""
    if isinstance(source, EnergyModel):
        return source
    if isinstance(source, str | Path):
        return _file(Path(source), options)
    if isinstance(source, nx.Graph):
        return from_graph(source, **_taken(options, "convention", "onsite", "kT", "n_visible"))
    if hasattr(source, "components_"):
        return import_rbm(source, **_taken(options, "kT", "barrier"))
    if hasattr(source, "to_ising"):
        h, J, _ = source.to_ising()
        return import_ising(h, J, **_taken(options, "kT", "barrier"))
    if isinstance(source, Mapping):
        return _arrays({str(k): _array(str(k), v) for k, v in source.items()}, "J, b", options)
    if isinstance(source, tuple) and len(source) == 2:
        return _matrix(source[0], source[1], options)
    if sp.issparse(source) or isinstance(source, np.ndarray | list):
        return _matrix(source, None, options)
    raise DataError(f"a {type(source).__name__} is not a source of models that hwkit knows")


def _file(path: Path, options: dict[str, Any]) -> EnergyModel:
    if path.suffix.lower() in _READERS:
        return _arrays(_READERS[path.suffix.lower()](path), str(path), options)
    if path.suffix.lower() in _TABLES:
        return _matrix(read_matrix(path), None, options)
    if path.suffix.lower() != ".txt":
        known = ", ".join([*_WRITERS, *_TABLES])
        raise ConfigError(f"{path}: suffix {path.suffix.lower()!r} is unknown; known are {known}")
    if "bonds" not in options:
        return load_parameters(path)
    numbers = _numbers(path)
    taken = _taken(options, "bonds", "convention", "onsite", "kT", "n_visible")
    bonds = taken.pop("bonds")
    ends = _pairs(Path(bonds)) if isinstance(bonds, str | Path) else bonds
    return from_bonds(numbers, ends, numbers.size - len(ends), **taken)


def _array(name: str, value: Any) -> np.ndarray:
    check_unlabelled(name, value)
    try:
        return np.asarray(value)
    except ValueError as error:
        raise DataError(f"{name} is not an array: {error}") from None


def _pairs(path: Path) -> np.ndarray:
    numbers = _numbers(path)
    if numbers.size % 2:
        raise DataError(f"{path} has {numbers.size} numbers; a bond is two units")
    return numbers.reshape(-1, 2)


def _numbers(path: Path) -> np.ndarray:
    try:
        words = read_text(path).split()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} can't be read: {why(error)}") from error
    numbers = np.empty(len(words))
    for place, word in enumerate(words):
        try:
            numbers[place] = plain_number(word)
        except DataError as error:
            raise DataError(f"{path} is not a list of numbers: word {place + 1}, {error}") from None
    return numbers


def _arrays(arrays: dict[str, np.ndarray], where: str, options: dict[str, Any]) -> EnergyModel:
    if is_gated(arrays):
        return pairwise(arrays_machine(arrays, where))
    if "schema_version" in arrays:
        return arrays_model(arrays, where)
    if "J" not in arrays or set(arrays) - {"J", "b"}:
        found = ", ".join(arrays) or "none"
        raise DataError(f"{where}: expected the arrays J and b, found {found}")
    return _matrix(arrays["J"], arrays.get("b"), options)


def _matrix(J: Any, b: Any, options: dict[str, Any]) -> EnergyModel:
    taken = _taken(options, "convention", "onsite", "kT", "n_visible")
    convention = find_convention(taken.pop("convention", "hwkit"))
    kT = taken.setdefault("kT", 0.1)
    couplings = convention.couplings(J, kT)
    biases = np.zeros(couplings.shape[0]) if b is None else convention.biases(b, kT)
    return EnergyModel(couplings, biases, **taken)


def _taken(options: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: options.pop(name) for name in names if name in options}
