"""Files of machines of any kind: one `.npz`, plain arrays only, never pickled.

A pairwise machine has the file of `files`, byte for byte. A gated or segmented one has schema
version 2: kT, mobility, n_visible and onsite energy as there, and for each of `n_segments` segments

    segment0_J, segment0_b                          couplings and biases that are always on
    segment0_group0_w, _c, _b, _J                   gate, biases and couplings of a group of experts
    segment0_group0_reads, _drives, _class_shares   where the group has them
"""

from dataclasses import fields
from pathlib import Path

import numpy as np

from hwkit.errors import DataError
from hwkit.model.energy import EnergyModel
from hwkit.model.experts import ExpertGroup
from hwkit.model.files import (
    GATED_SCHEMA,
    arrays_model,
    arrays_onsite,
    entry,
    onsite_arrays,
    read_arrays,
    save_model,
    scalar,
    valid_model,
    whole_number,
    write_arrays,
)
from hwkit.model.gated import GatedMachine, SegmentedMachine

Arrays = dict[str, np.ndarray]
AnyMachine = EnergyModel | GatedMachine | SegmentedMachine

_PARTS = tuple(field.name for field in fields(ExpertGroup))
_MOST_SEGMENTS = 10_000


def save_machine(machine: AnyMachine, path: Path | str) -> None:
    """Write a pairwise, gated or segmented machine."""
    if isinstance(machine, EnergyModel):
        save_model(machine, path)
        return
    write_arrays(machine_arrays(machine), path)


def load_machine(path: Path | str) -> AnyMachine:
    """Read a machine file of any kind.

    Raises:
        DataError: if the file is missing, damaged, pickled, of another schema, or not a machine.
    """
    arrays = read_arrays(Path(path))
    if is_gated(arrays):
        return arrays_machine(arrays, path)
    return arrays_model(arrays, path)


def is_gated(arrays: Arrays) -> bool:
    """Return whether arrays, read from a file, are those of a gated or segmented machine."""
    version = arrays.get("schema_version")
    return version is not None and version.shape == () and bool(version == GATED_SCHEMA)


def machine_arrays(machine: GatedMachine | SegmentedMachine) -> Arrays:
    """Return all that a gated or segmented machine is, as named arrays."""
    named: dict[str, object] = {
        "schema_version": GATED_SCHEMA,
        "kT": machine.kT,
        "mobility": machine.mobility,
        "n_visible": machine.n_visible,
        "n_segments": len(machine.segments),
        **onsite_arrays(machine.onsite),
    }
    for s, segment in enumerate(machine.segments):
        named |= {f"segment{s}_J": segment.J, f"segment{s}_b": segment.b}
        for g, group in enumerate(segment.groups):
            values = ((name, getattr(group, name)) for name in _PARTS)
            named |= {f"{_group(s, g)}_{name}": v for name, v in values if v is not None}
    return {name: np.asarray(value) for name, value in named.items()}


def arrays_machine(arrays: Arrays, path: Path | str) -> GatedMachine | SegmentedMachine:
    """Return the gated or segmented machine that named arrays, read from `path`, describe.

    Raises:
        DataError: if they don't.
    """
    count = whole_number(arrays, "n_segments", path)
    if not 1 <= count <= _MOST_SEGMENTS:
        raise DataError(f"{path}: n_segments is {count}; it must be 1 to {_MOST_SEGMENTS}")
    with valid_model(path):
        segments = [_segment(arrays, s, path) for s in range(count)]
        return segments[0] if count == 1 else SegmentedMachine(tuple(segments))


def _segment(arrays: Arrays, s: int, path: Path | str) -> GatedMachine:
    groups: list[ExpertGroup] = []
    while f"{_group(s, len(groups))}_w" in arrays:
        prefix = f"{_group(s, len(groups))}_"
        parts = {name: arrays[prefix + name] for name in _PARTS if prefix + name in arrays}
        for name in ("c", "b"):
            entry(arrays, prefix + name, path)
        groups.append(ExpertGroup(**parts))
    return GatedMachine(
        entry(arrays, f"segment{s}_J", path),
        entry(arrays, f"segment{s}_b", path),
        tuple(groups),
        arrays_onsite(arrays, path),
        scalar(arrays, "kT", path),
        scalar(arrays, "mobility", path),
        whole_number(arrays, "n_visible", path),
    )


def _group(segment: int, group: int) -> str:
    return f"segment{segment}_group{group}"
