"""What a command and a worker process load at their start: no library that they may not need."""

import json
import subprocess
import sys

import pytest

HEAVY = ("matplotlib", "sklearn", "pandas", "scipy.stats", "scipy.interpolate", "scipy.optimize",
         "networkx", "xarray", "pyarrow", "PySpice", "dask")  # fmt: skip
NUMERIC = ("numba", "scipy", "numpy")


def loaded(statement):
    ask = f"{statement}; import json, sys; print(json.dumps(list(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


@pytest.mark.parametrize(
    ("statement", "never"),
    [
        ("import hwkit.cli", (*HEAVY, *NUMERIC)),
        ("import hwkit.study.kinds as k; [k.load_kind(n) for n in k.kind_names()]", HEAVY),
        ("import hwkit.spice.simulate", HEAVY),
    ],
)
def test_libraries_are_loaded_when_they_are_used(statement, never):
    assert not loaded(statement) & set(never)
