"""No ngspice: what needs it says how to install it (exit 3), all else works."""

import pytest

COMMAND = "apt-get install ngspice libngspice0"


@pytest.fixture(autouse=True)
def no_ngspice(monkeypatch, tmp_path):
    monkeypatch.setenv("NGSPICE_LIBRARY_PATH", str(tmp_path / "not" / "there.so"))


@pytest.fixture
def study(tmp_path):
    path = tmp_path / "study.toml"
    path.write_text('name = "a"\n')
    return path


@pytest.mark.parametrize("verb", ["simulate", "validate", "run"])
def test_what_needs_it_says_how_to_install_it(cli, model_file, study, written, verb):
    before = written()
    answer = cli(verb, study if verb == "run" else model_file)
    assert answer.status == 3
    assert COMMAND in answer.complaint
    answer = cli(verb, study if verb == "run" else model_file, "--json")
    assert answer.status == answer.json["exit_status"] == 3
    assert written() == before


def test_doctor_reports_all_else(cli):
    answer = cli("doctor", "--json")
    assert answer.status == 3
    assert answer.json["healthy"] is False
    assert COMMAND in answer.json["problem"]
    assert answer.json["python"]


def test_all_else_works(cli):
    assert cli("train", "--classes", "0,1", "--hidden-units", 2).status == 0
    assert cli("sample", "model.npz", "-n", 2, "--t-final", 0.1).status == 0
    assert cli("compile", "model.npz").status == 0
    assert cli("extract", "machine.cir").status == 0
    assert cli("validate", "ideal.nc", "ideal.nc").status == 0
