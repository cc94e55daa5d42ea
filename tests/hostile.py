"""A folder that its maker wants obeyed: settings of each library that hwkit loads, and code.

Each piece of code writes a canary when it runs; each setting changes what its library does.
"""

import hashlib
import os
import pickle
import re
import subprocess
import sys
from pathlib import Path

import hwkit

COMMAND = [str(Path(sys.executable).parent / "hwkit")]
MODULE = [sys.executable, "-m", "hwkit"]

# Modules that hwkit or its libraries import, found or guarded; each would be taken from a folder on
# the path. `sitecustomize` and its like are imported by Python itself.
MODULES = (
    *("numpy", "scipy", "numba", "matplotlib", "h5py", "yaml", "typing", "csv", "json", "email"),
    *("tempfile", "logging", "typer", "click", "rich", "pydantic", "jinja2", "networkx", "sklearn"),
    *("xarray", "pyarrow", "dask", "distributed", "PySpice", "cffi", "cupy", "cuda", "llvmlite"),
    *("sitecustomize", "usercustomize", "threadpoolctl", "joblib", "tests", "readline", "IPython"),
)
SPICE_INIT = """* a start file that changes everything
set ngbehavior=psa
option reltol=0.5 maxord=2 method=gear trtol=1 temp=99
alias tran op
"""
MATPLOTLIB = "svg.fonttype: path\nfont.size: 30\naxes.facecolor: red\nfigure.dpi: 30\n"
PYPROJECT = "[tool.numba]\ncache_dir = '.cache'\n"
DASK = "distributed:\n  worker:\n    preload: [evil]\n  scheduler:\n    preload: [evil]\n"


def code(canary):
    """A program that leaves a canary."""
    return f"open({str(canary)!r}, 'a').write(__name__ + '\\n')\n"


class Poison:
    """Whoever unpickles it runs code."""

    def __init__(self, canary):
        self.canary = str(canary)

    def __reduce__(self):
        return exec, (f"open({self.canary!r}, 'a').write('pickle')",)


def poisoned_cache(folder, canary):
    """Write an index of numba's cache for every compiled function of the package."""
    poison = pickle.dumps(Poison(canary))
    tag = f"py{sys.version_info[0]}{sys.version_info[1]}"
    for file in Path(hwkit.__file__).parent.rglob("*.py"):
        lines = file.read_text().splitlines()
        if "numba" not in file.read_text():
            continue
        place = f"{file.parent.name}_{hashlib.sha1(str(file.parent).encode()).hexdigest()}"
        (folder / place).mkdir(parents=True, exist_ok=True)
        for number, line in enumerate(lines, start=1):
            name = re.match(r"def (\w+)\(", line)
            for first in range(max(1, number - 3), number + 1) if name else ():
                (folder / place / f"{file.stem}.{name[1]}-{first}.{tag}.nbi").write_bytes(poison)


def hostile(folder, canary):
    """Fill a folder with what its maker wants obeyed."""
    folder.mkdir(exist_ok=True)
    (folder / ".numba_config.yaml").write_text("cache_dir: .cache\ndisable_jit: 1\n")
    poisoned_cache(folder / ".cache", canary)
    for name in ("matplotlibrc", ".matplotlib/matplotlibrc", "matplotlib.d/matplotlibrc"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(MATPLOTLIB)
    for name in (".spiceinit", "spice.rc", "spinit", "scripts/spinit"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(SPICE_INIT)
    for name in ("dask.yaml", ".dask/config.yaml", ".config/dask/dask.yaml"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(DASK)
    for name in ("pyproject.toml", "setup.cfg", ".condarc", ".jupyter", "logging.yml", ".env"):
        (folder / name).write_text(PYPROJECT)
    for name in (*MODULES, "evil", "conftest"):
        (folder / f"{name}.py").write_text(code(canary))
    plugin = folder / "evil-1.0.dist-info"
    plugin.mkdir()
    groups = "numba_extensions xarray.backends pydantic networkx.backends matplotlib.backend"
    entries = "".join(f"[{group}]\ninit = evil:run\n" for group in groups.split())
    (plugin / "entry_points.txt").write_text(entries)
    (plugin / "METADATA").write_text("Metadata-Version: 2.1\nName: evil\nVersion: 1.0\n")
    return folder


def snapshot(folder):
    """Everything of a file system below a folder: kind, mode, time of change, content."""
    return {
        str(path.relative_to(folder)): (
            path.lstat().st_mode,
            path.lstat().st_mtime_ns if not path.is_dir() else 0,
            path.read_bytes() if path.is_file() else b"",
        )
        for path in sorted(folder.rglob("*"))
    }


def environment(home):
    """The user's, with a home of its own and without variables that mean a library's settings."""
    dropped = ("NUMBA", "MPL", "MATPLOTLIB", "DASK", "SPICE", "PYTHON", "XDG")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    # Compiled functions and fonts are made once for all tests, in a folder of this test session.
    return kept | {"HOME": str(home), "MPLCONFIGDIR": str(home / "mpl")}


def run(place, where, command, *words):
    """Run a command in a folder of the place, as a user with a home there."""
    return subprocess.run(
        [*command, *words],
        cwd=place / where,
        env=environment(place / "home"),
        capture_output=True,
        text=True,
        check=False,
    )
