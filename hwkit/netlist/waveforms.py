"""Waveforms as ngspice raw files: header in text, values in binary doubles, one plot for each run.

Format: ngspice's manual, section "Rawfile", as `ngspice -r` writes it: the first variable is time.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from hwkit.circuit import Scale, safe_nodes
from hwkit.errors import DataError
from hwkit.files import replacing, why
from hwkit.trajectories import Trajectories

FloatArray = NDArray[np.float64]

_MOST_HEADER_LINES = 10_000_000


@dataclass(frozen=True, eq=False)
class RawPlot:
    """One plot: its title, the names of its vectors, and their values, (vectors, points)."""

    title: str
    names: tuple[str, ...]
    values: FloatArray

    def __getitem__(self, name: str) -> FloatArray:
        """Return a vector, (points,)."""
        values: FloatArray = self.values[self.names.index(name)]
        return values


def write_raw(
    trajectories: Trajectories,
    path: Path | str,
    scale: Scale | None = None,
    names: Sequence[str] | None = None,
    mobility: float = 1.0,
    runs: Sequence[int] | None = None,
) -> None:
    """Write trajectories as volts over seconds.

    Args:
        trajectories: what a simulator returned.
        path: file to write.
        scale: volts and seconds of a model unit; 1 V and 1 s if None.
        names: of the units, for v(<node>) as in a netlist; x0, x1, ... if None.
        mobility: of the model, which is absorbed into the seconds.
        runs: which runs; all that did not fail if None.

    Raises:
        DataError: if names don't fit, or there is no such run or it failed.
    """
    n = trajectories.n_units
    nodes = safe_nodes(names if names is not None else [f"x{i}" for i in range(n)])
    if len(nodes) != n:
        raise DataError(f"there are {len(nodes)} names, but the trajectories have {n} units")
    chosen = np.flatnonzero(trajectories.completed) if runs is None else runs
    for run in chosen:
        if not 0 <= run < trajectories.n_trajectories or run in trajectories.failures:
            raise DataError(f"run {run} can't be written: it failed, or there is no such run")
    volt, second = (1.0, 1.0) if scale is None else (scale.volt, scale.second * mobility)
    table = np.empty((trajectories.t.size, 1 + n))
    table[:, 0] = trajectories.t * second
    with replacing(path) as temporary, temporary.open("wb") as stream:
        for run in chosen:
            stream.write(_header(int(run), nodes, trajectories.t.size).encode())
            table[:, 1:] = trajectories.x[run] * volt
            stream.write(table.astype("<f8", copy=False).tobytes())


def read_raw(path: Path | str) -> list[RawPlot]:
    """Read the plots of a binary raw file of real numbers.

    Raises:
        DataError: if the file is missing, damaged, or of another kind.
    """
    try:
        with Path(path).open("rb") as stream:
            return list(_plots(stream, os.fstat(stream.fileno()).st_size, str(path)))
    except OSError as error:
        raise DataError(f"{path} can't be read: {why(error)}") from error


def _header(run: int, nodes: Sequence[str], points: int) -> str:
    variables = [f"\t{i}\tv({node})\tvoltage" for i, node in enumerate(nodes, start=1)]
    lines = [f"Title: hwkit run {run}", "Date: none", "Plotname: Transient Analysis", "Flags: real"]
    lines += [f"No. Variables: {1 + len(nodes)}", f"No. Points: {points}"]
    return "\n".join([*lines, "Variables:", "\t0\ttime\ttime", *variables, "Binary:", ""])


def _plots(stream: BinaryIO, size: int, path: str) -> Iterator[RawPlot]:
    while header := _read_header(stream, path):
        fields, names = header
        try:
            n, points = int(fields["no. variables"]), int(fields["no. points"])
        except (KeyError, ValueError):
            raise DataError(f"{path} is no raw file: a header without its counts") from None
        if "real" not in fields.get("flags", "").lower().split():
            raise DataError(
                f"{path} holds {fields.get('flags', 'unknown')!r} values, not real ones"
            )
        wanted = 8 * n * points
        if n != len(names) or n < 1 or points < 0 or wanted > size:
            raise DataError(f"{path} is damaged: {n} variables of {points} points don't fit it")
        data = stream.read(wanted)
        if len(data) != wanted:
            raise DataError(f"{path} is cut off: {len(data)} of {wanted} bytes of values")
        table = np.frombuffer(data, dtype="<f8").reshape(points, n)
        yield RawPlot(fields.get("title", ""), tuple(names), np.ascontiguousarray(table.T))


def _read_header(stream: BinaryIO, path: str) -> tuple[dict[str, str], list[str]] | None:
    fields: dict[str, str] = {}
    names: list[str] = []
    listing = False
    for _ in range(_MOST_HEADER_LINES):
        raw = stream.readline(65536)
        if not raw and not fields:
            return None
        line = raw.decode("utf-8", "replace").rstrip("\r\n")
        if line.strip() == "Binary:":
            return fields, names
        if not raw or line.strip() == "Values:" or not (line.strip() or fields):
            break
        if listing:
            words = line.split()
            if len(words) < 3:
                break
            names.append(words[1])
        elif line.strip() == "Variables:":
            listing = True
        else:
            key, _, value = line.partition(":")
            fields[key.strip().lower()] = value.strip()
    raise DataError(f"{path} is no binary raw file; ask ngspice for one with `ngspice -r`")
