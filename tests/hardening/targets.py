"""What is fuzzed: each target takes the bytes of a file that anyone may have written.

A target may return, or raise a HwkitError. Anything else is a finding: another exception, a warning
(an error here), more time than `SECONDS`, more memory than `MEGABYTES`.
"""

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hwkit import extract_model, save_model
from hwkit.errors import HwkitError
from hwkit.measured import read_measurement
from hwkit.model import import_ising, import_model, import_qubo
from hwkit.model.parameters import save_parameters
from hwkit.model.tensors import save_tensors
from hwkit.netlist import render
from hwkit.netlist.foreign import foreign_netlist, load_mapping
from hwkit.netlist.raw_files import read_raw
from hwkit.netlist.reading import read_netlist
from hwkit.netlist.waveforms import write_raw
from hwkit.study import load_plan
from hwkit.trajectories import Trajectories
from tests.hardening import hdf5_mutators, mutators
from tests.machines import family_machine, random_machine
from tests.measured.exports import EXPORTS

SECONDS = 5.0  # of processor time for one input
MEGABYTES = 2000  # that one input may take beyond what the process has

ROOT = Path(__file__).resolve().parents[2]

Seeds = list[bytes]


@dataclass(frozen=True)
class Target:
    """What reads, valid files to start from, and what changes them without losing their form."""

    read: Callable[[bytes], object]
    seeds: Callable[[], Seeds]
    mutate: mutators.Mutator


@contextmanager
def _file(data: bytes, suffix: str) -> Iterator[Path]:
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        path = Path(folder, "input" + suffix)
        path.write_bytes(data)
        yield path


def _outcomes(*readers: Callable[[], object]) -> None:
    """Call all readers, though some refuse; raise the last refusal if all do."""
    refusals = []
    for reader in readers:
        try:
            reader()
        except HwkitError as error:
            refusals.append(error)
    if len(refusals) == len(readers):
        raise refusals[-1]


# ---- netlists and waveforms ------------------------------------------------------------------


def read_netlists(data: bytes) -> None:
    """Read a raw file, a machine's netlist, a foreign netlist, a mapping."""
    if data[:6] == b"Title:":
        with _file(data, ".raw") as path:
            read_raw(path)
        return
    if data[:5] == b"unit,":
        with _file(data, ".csv") as path:
            load_mapping(path)
        return
    with _file(data, ".cir") as path:
        _outcomes(lambda: extract_model(data.decode("utf-8", "replace")), lambda: _foreign(path))


def _foreign(path: Path) -> None:
    reading = read_netlist(path)
    for names in (["x0"], ["x0", "x1"], ["a", "b", "c", "d"]):
        try:
            netlist = foreign_netlist(reading, names)
        except HwkitError:
            continue
        netlist.run_form()
        netlist.machine({"volt": 0.1, "second": 1e-6, "kt": 0.1, "mobility": 1.0, "visible": 1.0})
    foreign_netlist(reading, ["x0"], {"0": "x0"})


def netlist_seeds() -> Seeds:
    """Circuits of every family and form, the reference netlists, a waveform, a mapping."""
    from hwkit import compile_model

    texts = [path.read_text(encoding="utf-8") for path in sorted(ROOT.glob("netlists/*.cir"))]
    for cell in ("rc", "resistive", "rlc", "spu"):
        design = compile_model(family_machine(cell, 3, 1), cell)
        texts.append(render(design).text)
        texts.append(render(design, noise="external").text)
    texts.append(render(compile_model(random_machine(3, 2)), dialect="xyce").text)
    x = np.linspace(-1, 1, 12).reshape(1, 4, 3)
    with _file(b"", ".raw") as path:
        write_raw(Trajectories(np.arange(4.0), x), path)
        raw = path.read_bytes()
    small = (text.encode() for text in texts if len(text) < 20_000)
    return [*small, raw, raw + raw, b"unit,node\n0,x0\nx1,n_2\n"]


# ---- models ----------------------------------------------------------------------------------


def read_models(data: bytes) -> None:
    """Read a model in the format that the first bytes tell."""
    if data[:1] == b"{":
        _dictionaries(data)
    elif data[:4] == b"hwki" or data[:1] == b"#":
        with _file(data, ".txt") as path:
            import_model(path)
    elif data[:2] == b"PK" or data[:6] == b"\x93NUMPY" or data[:2] in (b"\x80\x04", b"\x80\x05"):
        with _file(data, ".npz") as path:
            import_model(path)
    elif data[:4] == b"bare":
        numbers, _, bonds = data[4:].partition(b"|")
        with _file(numbers, ".txt") as path, _file(bonds, ".txt") as ends:
            import_model(path, bonds=ends, convention="half-sum", kT=0.2)
    else:
        with _file(data, ".safetensors") as path:
            import_model(path)


def _dictionaries(data: bytes) -> None:
    """Read JSON as the dictionaries that Ising and QUBO machines come in, and as arrays."""
    try:
        content = json.loads(data)
    except (ValueError, RecursionError):
        return
    h, J = content.get("h", {}), content.get("J", {})
    pairs = J
    if isinstance(J, dict):
        pairs = {tuple(key.split(",")) if "," in key else key: value for key, value in J.items()}
    readers = [lambda: import_model(content), lambda: import_model((J, h))]
    if isinstance(h, dict) and isinstance(pairs, dict):
        readers += [lambda: import_ising(h, pairs), lambda: import_qubo(pairs)]
    _outcomes(*readers)


def model_seeds() -> Seeds:
    """Files of dense, sparse, named, diode and measured machines in every format."""
    from hwkit import Cosh, EnergyModel, Tabulated

    points = np.linspace(-2, 2, 9)
    machines = [
        random_machine(3, 0),
        random_machine(12, 1, density=0.1, sparse=True, n_visible=5),
        random_machine(2, 2, onsite=Cosh([1.0, 2.0], 3.0)),
        EnergyModel([[0, 0.5], [0.5, 0]], [0.1, 0], Tabulated(points, points**3), names=["a", "b"]),
    ]
    seeds = []
    for machine in machines:
        for suffix, write in ((".npz", save_model), (".safetensors", save_tensors)):
            with _file(b"", suffix) as path:
                write(machine, path)
                seeds.append(path.read_bytes())
        if machine.onsite.kind != "tabulated":
            with _file(b"", ".txt") as path:
                save_parameters(machine, path, {0: 0.5})
                seeds.append(path.read_bytes())
    seeds.append(b"bare0.5 -0.25 1 2 3|0 1\n1 2\n")
    seeds.append(b'{"h": {"a": 1, "b": -0.5}, "J": {"a,b": 0.25, "b,c": -1}}')
    seeds.append(b'{"J": [[0, 1], [1, 0]], "b": [0.5, 1]}')
    return seeds


# ---- studies ---------------------------------------------------------------------------------


def read_studies(data: bytes) -> None:
    """Read a study file of any kind; check it as a run would before it starts."""
    with _file(data, ".toml") as path:
        plan = load_plan(path)
    plan.check_here()


def study_seeds() -> Seeds:
    """Return all the study files that ship."""
    return [path.read_bytes() for path in sorted(ROOT.glob("sims/*.toml"))]


# ---- trajectories ----------------------------------------------------------------------------


def read_trajectories(data: bytes) -> None:
    """Read trajectories, and ask what readers of them ask."""
    with _file(data, ".nc") as path:
        runs = Trajectories.load(path)
    assert len(runs.final) == len(runs.completed)
    assert runs.first(1).to_xarray().sizes["time"] == len(runs.t)
    assert all(isinstance(seed, int) for seed in runs.seeds)


def trajectory_seeds() -> Seeds:
    """Runs with and without velocities and failures, and one that xarray itself wrote."""
    t, x = np.arange(3.0), np.linspace(-1, 1, 12).reshape(2, 3, 2)
    torn = x.copy()
    torn[1] = np.nan
    runs = [
        Trajectories(t, x, attributes={"simulator": "euler-maruyama", "seed": 7, "dt": 0.1}),
        Trajectories(t, torn, {1: "stopped"}, v=torn),
    ]
    seeds = []
    for write in (*(one.save for one in runs), _compressed(runs[0])):
        with _file(b"", ".nc") as path:
            write(path)
            seeds.append(path.read_bytes())
    return seeds


def _compressed(runs: Trajectories) -> Callable[[Path], object]:
    packed = {"x": {"zlib": True, "dtype": "f4"}}
    return lambda path: runs.to_xarray().to_netcdf(path, engine="h5netcdf", encoding=packed)


# ---- measured traces -------------------------------------------------------------------------

_TRACES = """[[channels]]
column = 2
unit = 0
[[channels]]
column = 3
unit = 1
[[records]]
name = "run"
kind = "stationary"
file = "run.csv"
"""


def read_traces(data: bytes) -> None:
    """Read a text table with its first column as times, and without times."""
    with _file(data, ".csv") as path:
        path.rename(path.with_name("run.csv"))
        _outcomes(
            lambda: _read_trace(path, "time = 1"), lambda: _read_trace(path, "interval = 1e-6")
        )


def _read_trace(path: Path, time: str) -> None:
    described = path.with_name("board.toml")
    described.write_text(_TRACES + time)
    record = read_measurement(described).records[0]
    assert sum(len(block.volts) for block in record.blocks(7)) == record.n_samples
    assert record.n_channels == 2


def trace_seeds() -> Seeds:
    """Return the exports of all makers, and longer tables."""
    long = "t (us);a (mV);b (V)\n" + "".join(f"{k},5;{k % 7},25;-1,5e-3\n" for k in range(200))
    return [*(content for content, _, _ in EXPORTS.values()), long.encode()]


TARGETS = {
    "parser": Target(read_netlists, netlist_seeds, mutators.text),
    "models": Target(read_models, model_seeds, mutators.model),
    "studies": Target(read_studies, study_seeds, mutators.text),
    "traces": Target(read_traces, trace_seeds, mutators.text),
    "trajectories": Target(read_trajectories, trajectory_seeds, hdf5_mutators.change),
}
