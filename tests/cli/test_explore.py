"""`hwkit explore`, and `hwkit board` of a board that its page saved."""

import json

import numpy as np
import pytest

import hwkit
from hwkit.circuit.variation import Spread, Variation
from hwkit.circuit.variation.distributions import Normal
from hwkit.circuit.variation.drawing import Drawing
from hwkit.explore import stills
from hwkit.model.digest import model_digest
from hwkit.tolerance import drawn
from hwkit.twin import load_board


@pytest.fixture
def machine_file(cli, monkeypatch):
    """A small machine of two digits in the working folder; few boards for a page's sentence."""
    monkeypatch.setattr(stills, "_BOARDS", 1)
    cli("train", "--classes", "0,1", "--hidden-units", "2", "--out", "model.npz")
    return "model.npz"


@pytest.fixture
def board_file(tmp_path, machine_file):
    """A board's file as the page writes it, and the design of that board."""
    model = hwkit.load_model(machine_file)
    scale = {"volt": 0.1, "second": 1e-6, "farad": 1e-12}
    design = hwkit.compile_model(model, "rc", hwkit.Scale(**scale))
    drawing = Drawing(design, Variation((Spread("g", "coupling", Normal(0.1)),)), 3)
    board = drawn(drawing, [4]).design(design, 0)
    content = {
        "format": "hwkit-board",
        "version": 1,
        "digest": model_digest(model),
        "circuit": {"cell": "rc", **scale, "options": {}},
        "run": {"t_final": 0.5, "dt": 2.5e-3},
        "values": {parts.role: parts.values.tolist() for parts in board.parts},
    }
    (tmp_path / "mine.json").write_text(json.dumps(content))
    return content, board


def test_a_page_of_a_model(cli, machine_file, tmp_path):
    answer = cli("explore", machine_file, "--classes", "0,1", "--json")
    assert answer.status == 0, answer.err
    facts = json.loads(answer.out)
    assert facts == {"page": "bench.html", "bytes": (tmp_path / "bench.html").stat().st_size}
    assert "<title>Bench: model: 64 visible and 2 hidden units" in (
        tmp_path / "bench.html"
    ).read_text("utf-8")


def test_patterns_of_ones_own(cli, machine_file, tmp_path):
    np.save(tmp_path / "mine.npy", np.random.default_rng(1).standard_normal((2, 64)))
    assert cli("explore", machine_file, "--patterns", "mine.npy", "--out", "p.html").status == 0
    assert '"labels":["0","1"]' in (tmp_path / "p.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("model.npz",), ["--classes", "--patterns"]),
        (("model.npz", "--classes", "0,1", "--patterns", "x.npy"), ["one of"]),
        (("model.npz", "--classes", "0,1", "--cell", "rlc"), ["rlc", "rc, resistive"]),
        (
            ("model.npz", "--classes", "0,1", "--out", "./model.npz"),
            ["what machine names, and would be replaced"],
        ),
        (("nothing.npz", "--classes", "0,1"), ["nothing.npz"]),
        ((".",), ["plan.json"]),
        ((".", "--classes", "0,1"), ["--classes changes nothing"]),
    ],
)
def test_what_can_not_be_is_said_in_a_sentence(cli, machine_file, tmp_path, arguments, words):
    answer = cli("explore", *arguments)
    assert answer.status == 2
    assert all(word in answer.err for word in words), answer.err
    assert answer.err.count("\n") <= 1 or "Usage" in answer.err
    assert not (tmp_path / "bench.html").exists()


def test_a_saved_board_is_written_as_its_netlist(cli, board_file, machine_file, tmp_path):
    content, board = board_file
    answer = cli("board", "mine.json", "--model", machine_file)
    assert answer.status == 0, answer.err
    expected = hwkit.render(board, t_final=0.5, dt=2.5e-3).text
    assert (tmp_path / "mine.cir").read_text() == expected
    loaded = load_board(tmp_path / "mine.json", hwkit.load_model(machine_file))
    for name, values in content["values"].items():
        assert loaded.boards.values[name][0].tolist() == values


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format": "other"}, ["not a board"]),
        ({"digest": "0"}, ["machine 0", "its page was made of"]),
        ({"values": {"coupling": [1.0]}}, ["1 values of coupling"]),
        ({"values": {"couplings": [1.0]}}, ["'couplings'"]),
        ({"circuit": {"cell": "rc"}}, ["can't be read as a board"]),
        ({"values": {"coupling": "many"}}, ["can't be read as a board"]),
        ({"values": {"capacitor": [-1e-12] * 66}}, ["capacitor 0 is -1e-12", "the same sign"]),
        ({"values": {"noise": [-1e-20] * 66}}, ["noise 0 is -1e-20", "the same sign"]),
        ({"values": {"bias": [None] * 66}}, ["bias must hold real numbers only"]),
        ({"run": {"t_final": 1.0, "dt": 0.0}}, ["mine.json", "dt is 0.0"]),
    ],
)
def test_a_board_that_fits_no_machine(cli, board_file, machine_file, tmp_path, change, words):
    (tmp_path / "mine.json").write_text(json.dumps(board_file[0] | change))
    answer = cli("board", "mine.json", "--model", machine_file)
    assert answer.status == 2
    assert all(word in answer.err for word in words), answer.err
    assert not (tmp_path / "mine.cir").exists()


def test_a_file_in_the_place_of_the_folder(cli, board_file, machine_file):
    answer = cli("board", "mine.json", "--model", machine_file, "--out", "mine.json")
    assert (answer.status, answer.err.count("\n")) == (2, 1)
    assert "mine.json is what study names" in answer.err


def test_options_that_belong_to_the_other_kind_of_board(cli, board_file, machine_file):
    assert "--model" in cli("board", "mine.json").err
    assert "one board" in cli("board", "mine.json", "3", "--model", machine_file).err
    assert "--seed" in cli("board", "mine.json", "--seed", "3", "--model", machine_file).err
    assert "number" in cli("board", "study.toml").err
    assert "--model" in cli("board", "study.toml", "3", "--model", machine_file).err


@pytest.mark.parametrize(
    ("option", "value"), [("--volt", "0"), ("--second", "nan"), ("--farad", "-1")]
)
def test_a_scale_that_is_none_is_a_sentence(cli, machine_file, option, value):
    answer = cli("explore", machine_file, "--classes", "0,1", option, value)
    assert answer.status == 2
    assert f"{option[2:]} is {value}" in answer.complaint


@pytest.mark.parametrize(
    ("table", "name", "value"),
    [
        ("run", "t_final", "0.5"),
        ("circuit", "volt", "0.1"),
        ("values", "coupling", ["1_0"]),
        ("values", "coupling", None),
    ],
)
def test_a_text_in_a_board_is_no_number(tmp_path, machine_file, board_file, table, name, value):
    content, _ = board_file
    content[table][name] = value
    (tmp_path / "mine.json").write_text(json.dumps(content))
    with pytest.raises(hwkit.DataError, match="real numbers"):
        load_board(tmp_path / "mine.json", hwkit.load_model(machine_file))
