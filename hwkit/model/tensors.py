"""Models in safetensors files: the arrays of a model file, its words in the metadata."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from hwkit.errors import ConfigError, DataError
from hwkit.files import replacing
from hwkit.model.energy import EnergyModel
from hwkit.model.files import model_arrays

_KINDS = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "BOOL": "?", "U8": "u1", "I8": "i1", "U16": "<u2",
    "I16": "<i2", "U32": "<u4", "I32": "<i4", "U64": "<u8", "I64": "<i8",
}  # fmt: skip
_WORDS = ("onsite", "names")  # safetensors hold numbers only


def save_tensors(model: EnergyModel, path: Path | str) -> None:
    """Write a model as a safetensors file."""
    library = _library()
    arrays = model_arrays(model)
    words = {name: arrays.pop(name).tolist() for name in _WORDS if name in arrays}
    numbers = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    data = library.save(numbers, metadata={"hwkit": json.dumps(words)})
    with replacing(path) as temporary:
        temporary.write_bytes(data)


def read_tensors(path: Path) -> dict[str, np.ndarray]:
    """Read the arrays, of any shape, of a safetensors file, and the words of one that hwkit wrote.

    Raises:
        DataError: if the file is missing or damaged, or holds numbers that numpy does not know.
        ConfigError: if safetensors is not installed.
    """
    library = _library()
    if not path.is_file():
        raise DataError(f"no model file at {path}")
    from safetensors import safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            words = json.loads((file.metadata() or {}).get("hwkit", "{}"))
        stored = dict(library.deserialize(path.read_bytes()))
        arrays = {name: _numbers(path, name, entry) for name, entry in stored.items()}
        return arrays | {name: np.array(words[name]) for name in _WORDS if name in words}
    except DataError:
        raise
    except Exception as error:  # the library has errors of its own, and all mean the same
        raise DataError(f"{path} is not a safetensors file, or is damaged") from error


def _numbers(path: Path, name: str, entry: dict[str, Any]) -> np.ndarray:
    """Return an array of the file; bfloat16 is the upper half of a float32."""
    kind, data = str(entry["dtype"]), bytes(entry["data"])
    if kind == "BF16":
        upper = np.frombuffer(data, dtype="<u2").astype("<u4")
        return (upper << 16).view("<f4").astype(np.float64).reshape(entry["shape"])
    if kind not in _KINDS:
        raise DataError(f"{path} holds {name!r} as {kind}; save it as float32 (F32)")
    return np.frombuffer(data, dtype=_KINDS[kind]).reshape(entry["shape"]).copy()


def _library() -> Any:
    try:
        import safetensors.numpy as library
    except ImportError as error:
        raise ConfigError(
            "safetensors is not installed; install the extra: pip install 'hwkit[import]'"
        ) from error
    return library
