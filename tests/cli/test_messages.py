"""Every verb says in one sentence what is wrong, in words that need no knowledge of a library."""

import re

import numpy as np
import pytest
import typer
import xarray as xr

from hwkit import load_model, save_model, simulate_langevin
from hwkit.cli import app
from tests.machines import random_machine

# Words of the libraries underneath, and of Python itself.
FOREIGN = re.compile(
    r"Traceback|Errno|codec|h5py|netCDF4|synchronously|pydantic|[Ii]nput should|validation|"
    r"instances of|NoneType|allow_pickle|zip file|<class|Expecting value|could not convert"
)
READERS = [
    ("sample", "{}"),
    ("compile", "{}"),
    ("simulate", "{}"),
    ("validate", "{}"),
    ("validate", "{}", "--model", "model.npz"),
    ("validate", "runs.nc", "{}"),
    ("extract", "{}"),
    ("import", "{}"),
    ("export", "{}"),
    ("export", "runs.nc", "--model", "{}"),
    ("plot", "{}"),
    ("plot", "runs.nc", "--model", "{}"),
    ("report", "{}"),
    ("train", "--patterns", "{}"),
]
_CAUSE = '[budget]\nruns = 2\n[[budget.causes]]\nname = "a"\noptions = {ohm = 1}\n'
STUDIES = {  # kind -> what its file needs beside a name
    "equivalence": "",
    "tolerance": '[[specification]]\nmetric = "heat"\nmin = 0.0\n',
    "generative": "",
    "codesign": "",
    "sampler": "",
    "speedup": "",
    "energy": '[[circuits]]\nname = "rc"\n',
    "storage": '[[curves]]\nname = "one"\nrounding = "nearest"\n',
    "silicon": "",
    "breadboard": "[[candidates]]\nclasses = [0, 7]\n",
    "measured": "[emulated]\ncouplings = [[0, 1, 0.5]]\nbiases = [0.1, 0.2]\n",
}
STRANGE = ["missing", "folder", "empty", "words.txt", "picture.png", "cut.npz", "cut.nc",
           "other.nc", "array.npy", "list.json"]  # fmt: skip


@pytest.fixture
def strange_files(tmp_path, model_file):
    """Files that are not what any verb asks for, and good ones beside them."""
    runs = simulate_langevin(load_model(model_file), 1.0, 0.1, 3, seed=1)
    runs.save(tmp_path / "runs.nc")
    simulate_langevin(load_model(model_file), 1.0, 0.1, 3, 1, save_every=1).save(
        tmp_path / "every.nc"
    )
    save_model(random_machine(4, seed=4), tmp_path / "four.npz")
    (tmp_path / "folder").mkdir()
    (tmp_path / "empty").touch()
    (tmp_path / "words.txt").write_text("so much for that\n")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(50))
    (tmp_path / "cut.npz").write_bytes(model_file.read_bytes()[:300])
    (tmp_path / "cut.nc").write_bytes((tmp_path / "runs.nc").read_bytes()[:4000])
    xr.Dataset({"heat": ("day", [1.0, 2.0])}).to_netcdf(tmp_path / "other.nc", engine="h5netcdf")
    np.save(tmp_path / "array.npy", np.zeros(3))
    (tmp_path / "list.json").write_text("[1, 2]")


def sentence(answer):
    """The last line on standard error, where nothing else of the kind may be."""
    assert answer.status == 2, answer
    assert answer.out == ""
    assert not FOREIGN.search(answer.err), answer.err
    lines = [line for line in answer.err.splitlines() if line and not line.endswith(" ...")]
    usage = lines[0].startswith("Usage: ")
    assert usage or len(lines) == 1, answer.err
    return lines[-1]


@pytest.mark.parametrize("name", STRANGE)
@pytest.mark.parametrize("words", READERS, ids=lambda words: " ".join(words[:3]))
def test_a_file_of_another_kind(cli, strange_files, written, words, name):
    before = written()
    said = sentence(cli(*(word.format(name) for word in words)))
    assert name in said
    assert written() == before


def test_words_of_libraries_would_be_noticed():
    for said in (
        "Unable to synchronously open file (file signature not found)",
        "[Errno 2] No such file or directory: 'a'",
        "'utf-8' codec can't decode byte 0x89 in position 0",
        "'>' not supported between instances of 'str' and 'int'",
        "input should be a valid integer",
    ):
        assert FOREIGN.search(said)


@pytest.mark.parametrize(("kind", "rest"), STUDIES.items(), ids=list(STUDIES))
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('name = "a"\n{}[sed]\nx = 1\n', ["sed", "'seed'"]),
        ("seed = 1\n{}", ["name is missing"]),
        ('name = "a"\nseed = 1.5\n{}', ["seed is 1.5", "whole number"]),
        ('name = "a"\nseed = -1\n{}', ["seed is -1", "at least 0"]),
        ('name = "a/b"\n{}', ["'a/b'", "letters, digits"]),
        ('name = "a"\ntitle = 3\n{}', ["title is 3", "text in quotes"]),
        ('name = "a" b\n{}', ["not valid TOML", "line 2"]),
    ],
    ids=["unknown", "missing", "fraction", "negative", "slash", "number", "no TOML"],
)
def test_a_study_with_a_mistake(cli, tmp_path, written, kind, rest, text, words):
    (tmp_path / "study.toml").write_text(f'kind = "{kind}"\n{text.format(rest)}')
    before = written()
    said = sentence(cli("run", "study.toml"))
    assert all(word in said for word in ["study.toml", *words]), said
    assert written() == before


@pytest.mark.parametrize("name", STRANGE)
@pytest.mark.parametrize("place", ["description", "samples"])
def test_records_of_a_board_that_are_none(cli, strange_files, tmp_path, place, name):
    described = name
    if place == "samples":
        described = "board.toml"
        (tmp_path / described).write_text(
            '[[channels]]\ncolumn = 1\nunit = 0\n[[records]]\nname = "r"\nkind = "stationary"\n'
            f'file = "{name}"\nrate = 1.0\n'
        )
    (tmp_path / "study.toml").write_text(
        f'kind = "measured"\nname = "a"\nmeasurement = "{described}"\nmodel = "model.npz"\n'
    )
    said = sentence(cli("run", "study.toml"))
    are_samples = (place, name) == ("samples", "array.npy")  # though of other units
    assert ("every unit needs a channel" if are_samples else name) in said, said


@pytest.mark.parametrize("verb", ["run", "sensitivity"])
@pytest.mark.parametrize("name", ["missing", "folder", "picture.png", "list.json"])
def test_a_study_that_is_none(cli, strange_files, written, verb, name):
    before = written()
    assert name in sentence(cli(verb, name))
    assert written() == before


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        ("equivalence", "[machine]\nn_hidden = -1\n", ["n_hidden is -1", "at least 0"]),
        ("equivalence", '[machine]\nhidden = "x"\n', ["'x'", "'repeat' or 'projection'"]),
        ("equivalence", "[machine]\nJ2 = inf\n", ["J2 is inf", "finite"]),
        ("equivalence", "machine = 3\n", ["machine is 3", "a table"]),
        ("equivalence", '[generation]\ndt = "fast"\n', ["dt is 'fast'", "a number"]),
        ("equivalence", "[checks]\nknown_answers = 3\n", ["known_answers is 3", "true or false"]),
        ("equivalence", '[circuit]\noptions = {saturation_volt = "x"}\n',
         ["saturation_volt", "a number"]),
        ("equivalence", '[[budget.causes]]\nname = ""\n', ["name is ''", "not be empty"]),
        ("equivalence", _CAUSE, ["'ohm'", "known:"]),
        ("energy", "circuits = []\n", ["circuits is []", "at least 1"]),
        ("energy", STUDIES["energy"], ["'readout' is missing", "user-set"]),
        ("storage", "curves = 3\n", ["curves is 3", "a list"]),
        ("speedup", "[speed]\nfactors = [1]\n", ["factors is [1]", "at least 2"]),
        ("speedup", "[glyphs]\nrows = 99\n", ["rows is 99", "at most 8"]),
        ("speedup", '[[barriers.causes]]\nname = "a"\noptions = {ohm = 1}\n', ["'ohm'", "known:"]),
        ("sampler", "[parts]\ncapacitor = 0.9\n", ["capacitor is 0.9", "below 0.5"]),
        ("breadboard", STUDIES["breadboard"] + '[parts]\nseries = "E7"\n', ["'E7'", "'E96'"]),
        ("codesign", '[graph]\nkind = "kings"\n', ["'kings'", "'king'"]),
        ("measured", 'measurement = "board.toml"\n', ["both measurement and model"]),
        ("measured", STUDIES["measured"] + "bits = 1\n", ["bits is 1", "at least 2"]),
        ("measured", STUDIES["measured"] + '[question]\nanchor = "curve"\n',
         ["'curve'", "'intended curve'"]),
        ("tolerance", STUDIES["tolerance"] + '[rare]\nboards = 3\nscales = []\n',
         ["scales is []", "at least 4"]),
    ],
)  # fmt: skip
def test_a_setting_outside_its_limits(cli, tmp_path, written, kind, text, words):
    (tmp_path / "study.toml").write_text(f'kind = "{kind}"\nname = "a"\n{text}')
    before = written()
    said = sentence(cli("run", "study.toml"))
    assert all(word in said for word in words), said
    assert written() == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("sample", "model.npz", "-n", 2**32), ["not enough memory", "fewer runs"]),
        (("sample", "model.npz", "-n", 10**13), ["n_trajectories", "from 1 to 4294967296"]),
        (("train", "--classes", "0", "--hidden-units", 10**13), ["not enough memory"]),
        (("sample", "model.npz", "--out", "folder"), ["folder", "it is a folder"]),
        (("sample", "model.npz", "--out", "empty/x.nc"), ["empty/x.nc", "a file is in the way"]),
        (("validate", "model.npz", "--control", "gremlin"), ["'gremlin'", "sign-flip"]),
        (("compile", "model.npz", "--option", "saturation_volt=abc"), ["'abc'", "a number"]),
        (("compile", "model.npz", "--option", "saturation_vlt=1"), ["'saturation_volt'?"]),
        (("compile", "model.npz", "--tolerance", 2, "--bom", "b.csv"), ["2.0", "0 and 1"]),
        (("compile", "model.npz", "--tolerance", 0.1), ["--bom"]),
        (("import", "model.npz", "--out", "a.npz", "--clamp", "0"), ["'0'", "0=0.5"]),
        (("export", "runs.nc", "--model", "four.npz"), ["4 units", "runs.nc 5"]),
        (("plot", "runs.nc", "--model", "four.npz"), ["4 units", "runs.nc 5"]),
        (("plot", "every.nc", "--run", 7), ["no run 7", "0 to 2"]),
        (("plot", "every.nc", "--units", 9), ["no unit 9", "0 to 4"]),
        (("simulate", "model.npz", "--level", "mixed", "--cell", "rlc"), ["'full'"]),
        (("validate", "runs.nc"), ["runs.nc alone", "two runs"]),
        (("validate", "runs.nc", "every.nc"), ["2 saved times", "11"]),
        (("validate", "model.npz", "--error", 0.1), ["--converge"]),
        (("validate", "model.npz", "--converge", "--error", 0), ["0.0", "above 0"]),
    ],
    ids=lambda value: " ".join(map(str, value[:4])) if isinstance(value, tuple) else "",
)  # fmt: skip
def test_an_option_that_can_not_be(cli, strange_files, written, arguments, words):
    before = written()
    said = sentence(cli(*arguments))
    assert all(word in said for word in words), said
    assert written() == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("simulate", "model.npz", "--jobs", 0), ["--jobs", "0", "1"]),
        (("simulate", "model.npz", "--jobs", "x"), ["--jobs", "x"]),
        (("sample", "model.npz", "--seed", 1.5), ["--seed", "1.5"]),
        (("sample", "model.npz", "--save-every", 0), ["--save-every", "0", "1"]),
        (("sample", "model.npz", "--dt", "fast"), ["--dt", "fast"]),
        (("simulate", "model.npz", "--level", "half"), ["--level", "'half'", "'full'"]),
        (("train", "--classes", "0", "--hidden-units", -1), ["--hidden-units", "-1", "0"]),
    ],
    ids=lambda value: " ".join(map(str, value[-2:])) if isinstance(value, tuple) else "",
)
def test_an_option_of_the_wrong_kind(cli, strange_files, written, arguments, words):
    """The words differ between versions of typer; the newest ones pass on those of pydantic."""
    before = written()
    said = sentence(cli(*arguments))
    assert all(word in said for word in words), said
    assert "Value error" not in said
    assert written() == before


@pytest.mark.parametrize(
    "name", [command.name for command in app.registered_commands], ids=lambda name: name
)
def test_the_help_of_a_verb_has_an_example_that_can_be_typed(cli, name):
    command = typer.main.get_command(app).commands[name]
    command_line = command.epilog.removeprefix("Example: hwkit ").split()
    assert command_line[0] == name
    command.make_context(name, command_line[1:])  # refuses unknown options
    answer = cli(name, "--help")
    assert command.epilog in " ".join(answer.out.split())
    with pytest.raises(Exception, match="No such option"):
        command.make_context(name, [*command_line[1:], "--colour"])
