"""ngspice compiled to WebAssembly: the npm package eecircuit-engine, run in node."""

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from hwkit.errors import SimulationError
from hwkit.spice.simulators.simulator import Simulator, Waveforms, run_program

VARIABLE = "HWKIT_EECIRCUIT_PATH"
_PACKAGE = "eecircuit-engine"
_MODULE = Path("dist", f"{_PACKAGE}.mjs")
_SEARCHED = f"console.log(JSON.stringify(require.resolve.paths('{_PACKAGE}')))"

# Prints a header in JSON and writes all vectors one after the other, as doubles.
_SCRIPT = """
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
const { Simulation } = await import(pathToFileURL(process.argv[2]));
const engine = new Simulation();
await engine.start();
engine.setNetList(readFileSync("machine.cir", "utf8"));
const result = await engine.runSim();
const points = result.data[0].values.length;
const values = new Float64Array(result.data.length * points);
result.data.forEach((vector, k) => values.set(vector.values, k * points));
writeFileSync("values.bin", Buffer.from(values.buffer));
const header = { about: result.header, names: result.variableNames };
writeFileSync("header.json", JSON.stringify(header));
process.exit(0);
"""


def find(path: str | None) -> Path:
    """Return the package's module: of a folder that holds it, or where node looks for packages.

    Raises:
        SimulationError: with the command that installs it.
    """
    node = _node()
    named = path or os.environ.get(VARIABLE)
    for place in _places(Path(named)) if named else _node_places(node):
        if (place / _MODULE).is_file():
            return (place / _MODULE).absolute()
    where = f"in {named}" if named else "where node looks for packages"
    raise SimulationError(
        f"the npm package {_PACKAGE} was not found {where}; `npm install {_PACKAGE}@1.8.0` in a "
        f"folder and give that folder by --simulator-path or in {VARIABLE}"
    )


def _node() -> str:
    found = shutil.which("node")
    if found is None:
        raise SimulationError(
            "the program node was not found; install it with `apt-get install nodejs npm` (Debian, "
            "Ubuntu) or from nodejs.org"
        )
    return found


def _places(folder: Path) -> Iterator[Path]:
    yield folder
    yield folder / _PACKAGE
    yield folder / "node_modules" / _PACKAGE


def _node_places(node: str) -> Iterator[Path]:
    """Yield where node looks: folders of the user's and of the system, not the working folder's."""
    command = [node, "-e", _SEARCHED]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=os.sep)
    if done.returncode == 0:
        yield from (Path(folder, _PACKAGE) for folder in json.loads(done.stdout))
    yield Path(node).resolve().parent.parent / "lib" / "node_modules" / _PACKAGE


def run(module: Path, text: str, nodes: Sequence[str], timeout: float | None = None) -> Waveforms:
    """Run a standalone netlist.

    Raises:
        SimulationError: if the engine fails or leaves something out.
    """
    # It prints what a netlist asks it to print and then returns no vectors.
    lines = [line for line in text.splitlines() if not line.startswith(".print")]
    with tempfile.TemporaryDirectory(prefix="hwkit-eecircuit-") as name:
        folder = Path(name)
        (folder / "machine.cir").write_text("\n".join([*lines, ""]), encoding="ascii")
        (folder / "run.mjs").write_text(_SCRIPT, encoding="ascii")
        run_program(_PACKAGE, [_node(), "run.mjs", str(module)], folder, timeout)
        header = json.loads((folder / "header.json").read_text(encoding="utf-8"))
        values = np.fromfile(folder / "values.bin").reshape(len(header["names"]), -1)
    vectors = dict(zip(header["names"], values, strict=True))
    missing = [f"v({node})" for node in nodes if f"v({node})" not in vectors]
    if missing or "time" not in vectors:
        raise SimulationError(f"{_PACKAGE} returned no vector {(missing or ['time'])[0]!r}")
    version = re.search(r"ngspice-([\d.]+)", header["about"])
    named = f"ngspice {version[1] if version else ''} (WebAssembly)"
    return Waveforms(named, vectors["time"], {node: vectors[f"v({node})"] for node in nodes})


SIMULATOR = Simulator("eecircuit", "ngspice", find, run, limit=1e-9, transistor_limit=1e-9)
