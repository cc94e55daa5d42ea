"""Write waveforms as ngspice raw files: header in text, values in binary doubles, a plot a run.

Format: ngspice's manual, section "Rawfile", as `ngspice -r` writes it: the first variable is time.
`raw_files` reads them.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from hwkit.circuit import Scale, safe_nodes
from hwkit.errors import DataError
from hwkit.files import replacing
from hwkit.trajectories import Trajectories


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


def _header(run: int, nodes: Sequence[str], points: int) -> str:
    variables = [f"\t{i}\tv({node})\tvoltage" for i, node in enumerate(nodes, start=1)]
    lines = [f"Title: hwkit run {run}", "Date: none", "Plotname: Transient Analysis", "Flags: real"]
    lines += [f"No. Variables: {1 + len(nodes)}", f"No. Points: {points}"]
    return "\n".join([*lines, "Variables:", "\t0\ttime\ttime", *variables, "Binary:", ""])
