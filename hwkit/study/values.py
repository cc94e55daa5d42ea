"""Results as files: frozen values as JSON, arrays; each has one writer and one reader here."""

import json
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from pydantic import TypeAdapter, ValidationError

from hwkit.errors import DataError
from hwkit.files import load_json, reading, write_text
from hwkit.model.files import write_arrays
from hwkit.numbers import doubles
from hwkit.trajectories import FloatArray

Result = TypeVar("Result")


def save_value(value: object, kind: Any, path: Path) -> None:
    """Write a value as JSON.

    Args:
        value: of type `kind`.
        kind: a frozen dataclass, a pydantic model, or a container of such and of numbers.
        path: the file.
    """
    content = TypeAdapter(kind).dump_python(value, mode="json", by_alias=True)
    write_text(path, json.dumps(content, indent=2) + "\n")


def read_value(path: Path, kind: type[Result]) -> Result:
    """Return the value in a JSON file that `save_value` wrote.

    Raises:
        DataError: if the file is missing, or holds something else.
    """
    try:
        return TypeAdapter(kind).validate_python(load_json(path))
    except ValidationError as error:
        problem = error.errors()[0]
        place = ".".join(map(str, problem["loc"]))
        raise DataError(
            f"{path} is damaged: {place or 'its content'}: {problem['msg'].lower()}; "
            "run the study again"
        ) from error


def save_array(values: FloatArray, path: Path) -> None:
    """Write an array of any shape."""
    write_arrays({"values": values}, path)


def load_array(path: Path) -> FloatArray:
    """Return the array, of any shape, in a file that `save_array` wrote.

    Raises:
        DataError: if it is missing or damaged.
    """
    with reading(path, "an array"), np.load(path, allow_pickle=False) as archive:
        return doubles("values", archive["values"])
