"""The wheel and the sdist hold all that hwkit needs, and run away from the repository."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from hwkit.study import kind_names

ROOT = Path(__file__).parents[1]
CHAIN = """
import sys
import hwkit
from hwkit.cli import app
from hwkit.patterns import mnist_patterns

assert hwkit.__file__.startswith(sys.argv[1]), hwkit.__file__
for words in (
    ["train", "--classes", "0,1", "--hidden-units", "4", "--out", "model.npz"],
    ["compile", "model.npz", "--out", "machine.cir"],
    ["extract", "machine.cir", "--out", "back.npz"],
    ["sample", "model.npz", "-n", "3", "--t-final", "0.1", "--out", "ideal.nc"],
    ["plot", "ideal.nc", "--out", "ideal.png"],
):
    try:
        app(words)
    except SystemExit as done:
        assert done.code == 0, (words, done.code)
assert len(mnist_patterns([0, 1])) > 0
assert abs(hwkit.load_model("model.npz").J - hwkit.load_model("back.npz").J).max() < 1e-9
print("the chain ran")
"""


def run(*words, **options):
    done = subprocess.run(
        [sys.executable, *map(str, words)], capture_output=True, text=True, **options
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def contents(wheel):
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist() if "RECORD" not in name}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    out = tmp_path_factory.mktemp("dist")
    run("-m", "hatchling", "build", "-d", out, cwd=ROOT)
    [wheel], [sdist] = out.glob("*.whl"), out.glob("*.tar.gz")
    return wheel, sdist


def test_the_wheel_runs_away_from_the_repository(built, tmp_path):
    place, work = tmp_path / "place", tmp_path / "work"
    work.mkdir()
    run("-m", "pip", "install", "-q", "--no-deps", "--no-index", "--target", place, built[0])
    environment = os.environ | {"PYTHONPATH": str(place)}
    assert "the chain ran" in run("-c", CHAIN, place, cwd=work, env=environment)
    assert (work / "ideal.png").stat().st_size > 1000
    with pytest.raises(AssertionError):  # control: the chain notices another hwkit
        run("-c", CHAIN, "/nowhere", cwd=work, env=environment)


def test_the_wheel_holds_the_data_files_of_the_package(built):
    packed = set(contents(built[0]))
    data = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "hwkit").rglob("*")
        if path.is_file()
        and path.suffix in (".j2", ".svg", ".css", ".js", ".json", ".npz", ".typed")
    }
    assert len(data) > 10
    for name in kind_names():
        kind = f"hwkit/study/kinds/{name}"
        assert f"{kind}/example.toml" in packed
        assert any(path.startswith(f"{kind}/templates/") for path in packed)
    assert data <= packed
    assert not any(name.startswith(("tests/", "sims/", "runs/")) for name in packed)


def test_a_wheel_made_from_the_sdist_is_the_same(built, tmp_path):
    wheel, sdist = built
    options = ["--no-deps", "--no-index", "--no-build-isolation", "-w", tmp_path]
    run("-m", "pip", "wheel", "-q", *options, sdist)
    [again] = tmp_path.glob("*.whl")
    assert contents(again) == contents(wheel)
