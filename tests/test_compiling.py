"""Where compiled functions are kept: nowhere that somebody else can put code."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

import hwkit
from hwkit import compiling
from hwkit.surroundings import is_private

SCRIPT = """
import sys
from pathlib import Path
from hwkit import surroundings
if sys.argv[1] == "nowhere":
    surroundings.is_private = lambda folder: False
from hwkit.compiling import CACHE_FOLDER
from hwkit.wiener import normals
print(CACHE_FOLDER, normals(1, [0], 4, 2).sum())
"""


def run(where):
    path = os.environ | {"PYTHONPATH": str(Path(hwkit.__file__).parents[1])}
    command = [sys.executable, "-c", SCRIPT, where]
    done = subprocess.run(command, env=path, capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_without_a_place_for_the_cache_the_numbers_are_the_same():
    nowhere, here = run("nowhere"), run("here")
    assert (nowhere[0], here[0]) == ("None", str(compiling.CACHE_FOLDER))
    assert nowhere[1] == here[1]


def test_this_package_can_keep_them():
    assert compiling.CACHE_FOLDER is not None
    assert is_private(compiling.CACHE_FOLDER)


def folder(path, mode):
    path.mkdir()
    path.chmod(mode)
    return path


@pytest.fixture
def cleared(tmp_path, monkeypatch):
    """A package that can't be written, and an empty home: what the environment names decides."""
    monkeypatch.setattr(compiling, "__file__", str(tmp_path / "not there" / "compiling.py"))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setenv("HOME", str(folder(tmp_path / "home", 0o755)))
    monkeypatch.chdir(folder(tmp_path / "here", 0o755))
    return tmp_path


def test_a_private_folder_that_the_user_named_is_taken(cleared, monkeypatch):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(folder(cleared / "mine", 0o700)))
    assert compiling.cache_folder() == cleared / "mine"


@pytest.mark.parametrize("mode", [0o777, 0o1777, 0o775, 0o720])
def test_a_folder_where_others_write_is_not(cleared, monkeypatch, mode):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(folder(cleared / "shared", mode)))
    assert compiling.cache_folder() == cleared / "home" / ".cache" / "hwkit"


def test_nor_one_below_a_folder_that_others_can_rename(cleared, monkeypatch):
    above = folder(cleared / "shared", 0o777)
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(folder(above / "mine", 0o700)))
    assert compiling.cache_folder() == cleared / "home" / ".cache" / "hwkit"
    above.chmod(0o1777)  # the control: the sticky bit keeps them from that
    assert compiling.cache_folder() == above / "mine"


@pytest.mark.parametrize("variable", ["NUMBA_CACHE_DIR", "XDG_CACHE_HOME"])
def test_nor_one_of_the_working_folder(cleared, monkeypatch, variable):
    folder(Path(".cache"), 0o700)
    monkeypatch.setenv(variable, ".cache")
    assert compiling.cache_folder() == cleared / "home" / ".cache" / "hwkit"
    assert list(Path(".cache").iterdir()) == []


def test_nor_one_of_another_user_s(cleared, monkeypatch):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(folder(cleared / "theirs", 0o755)))
    assert compiling.cache_folder() == cleared / "theirs"  # the control
    me = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: me + 1)
    assert compiling.cache_folder() is None


def test_the_folder_is_made_for_this_user_alone(cleared):
    made = compiling.cache_folder()
    assert stat.S_IMODE(made.stat().st_mode) == 0o700


def test_a_home_that_is_no_path_leaves_nothing(cleared, monkeypatch):
    monkeypatch.setenv("HOME", ".")
    assert compiling.cache_folder() is None


def test_links_are_judged_by_where_they_lead(cleared, monkeypatch):
    (cleared / "link").symlink_to(folder(cleared / "shared", 0o777))
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(cleared / "link"))
    assert compiling.cache_folder() == cleared / "home" / ".cache" / "hwkit"


def test_ngspice_s_callbacks_take_nothing_from_files_whose_changes_numba_would_miss():
    """What is kept on disk is compiled anew when its own file changes, and at no other time."""
    source = (Path(hwkit.__file__).parent / "spice" / "callbacks.py").read_text()
    lines = [
        line for line in source.splitlines() if line.startswith(("import hwkit", "from hwkit"))
    ]
    assert lines == ["from hwkit.compiling import kept, numba"]


def test_numba_is_imported_in_one_place():
    """Any other `import numba` could come first, and read the working folder's settings."""
    package = Path(hwkit.__file__).parent
    lines = [line for file in package.rglob("*.py") for line in file.read_text().splitlines()]
    assert [x for x in lines if x.lstrip().startswith(("import numba", "from numba"))] == []
