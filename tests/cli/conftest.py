"""The command line, called in this process from an empty folder."""

import json
import sys
from dataclasses import dataclass

import pytest

from hwkit import save_model
from hwkit.cli import main
from tests.machines import random_machine


@dataclass(frozen=True)
class Answer:
    status: int
    out: str
    err: str

    @property
    def json(self):
        """The one JSON object on standard output."""
        answer = json.loads(self.out)
        assert isinstance(answer, dict)
        return answer

    @property
    def complaint(self):
        """The one sentence on standard error, progress lines aside."""
        lines = [line for line in self.err.splitlines() if not line.endswith(" ...")]
        assert len(lines) == 1, self.err
        assert lines[0].startswith("hwkit: ")
        assert self.out == ""
        return lines[0]


@pytest.fixture
def cli(monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["hwkit", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main()
        return Answer(left.value.code or 0, *capsys.readouterr())

    return call


@pytest.fixture
def machine():
    return random_machine(5, seed=4, n_visible=3)


@pytest.fixture
def model_file(machine, tmp_path):
    path = tmp_path / "model.npz"
    save_model(machine, path)
    return path


@pytest.fixture
def written(tmp_path):
    """What is in the folder by now; call it to see what came since."""
    return lambda: {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")}
