"""Compiled functions where nothing can be kept on disk."""

import os
import subprocess
import sys
from pathlib import Path

import hwkit
from hwkit import compiling

SCRIPT = """
import sys
from numba.core.caching import CacheImpl
if sys.argv[1] == "nowhere":
    CacheImpl._locator_classes = []
from hwkit.compiling import CACHE
from hwkit.wiener import normals
print(CACHE, normals(1, [0], 4, 2).sum())
"""


def run(where):
    path = os.environ | {"PYTHONPATH": str(Path(hwkit.__file__).parents[1])}
    command = [sys.executable, "-c", SCRIPT, where]
    done = subprocess.run(command, env=path, capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_without_a_place_for_the_cache_the_numbers_are_the_same():
    nowhere, here = run("nowhere"), run("here")
    assert (nowhere[0], here[0]) == ("False", "True")
    assert nowhere[1] == here[1]


def test_this_package_can_keep_them():
    assert compiling.CACHE
