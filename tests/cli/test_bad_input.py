"""Bad input: exit status 2, one sentence that names the entry, nothing written."""

import json
import pickle

import numpy as np
import pytest

VERBS = [
    ("sample",),
    ("compile",),
    ("simulate", "-n", 1),
    ("validate",),
]


def refused(answer, *words):
    assert answer.status == 2
    for word in words:
        assert word in answer.complaint


def asymmetric(entries):
    entries["J"][0, 1] += 0.5


def diagonal(entries):
    entries["J"][2, 2] = 1.0


def not_a_number(entries):
    entries["J"][3, 1] = np.nan


def infinite_bias(entries):
    entries["b"][4] = np.inf


def short_bias(entries):
    entries["b"] = entries["b"][:4]


def not_square(entries):
    entries["J"] = entries["J"][:, :3]


def cold(entries):
    entries["kT"] = np.array(0.0)


def immobile(entries):
    entries["mobility"] = np.array(-1.0)


def downward_quartic(entries):
    entries["onsite_J4"] = np.array(-1.0)


def unbounded(entries):
    entries["onsite_J2"], entries["onsite_J4"] = np.array(0.1), np.array(0.0)


def too_many_visible(entries):
    entries["n_visible"] = np.array(9)


def unknown_onsite(entries):
    entries["onsite"] = np.array("cubic")


def future_schema(entries):
    entries["schema_version"] = np.array(99)


def pickled(entries):
    entries["J"] = np.array([{"a": 1}], dtype=object)


def without_couplings(entries):
    del entries["J"]


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (asymmetric, ["J[0, 1]", "not symmetric"]),
        (diagonal, ["J[2, 2]", "diagonal"]),
        (not_a_number, ["J[3, 1]", "nan"]),
        (infinite_bias, ["b[4]", "inf"]),
        (short_bias, ["b", "(4,)", "(5,)"]),
        (not_square, ["J", "square"]),
        (cold, ["kT", "above 0"]),
        (immobile, ["mobility", "above 0"]),
        (downward_quartic, ["J4", "unbounded"]),
        (unbounded, ["unbounded below", "positive definite"]),
        (too_many_visible, ["n_visible", "9"]),
        (unknown_onsite, ["'cubic'", "quartic"]),
        (future_schema, ["schema_version", "99"]),
        (pickled, ["pickled"]),
        (without_couplings, ["J"]),
    ],
)
def test_a_spoiled_model_file(cli, model_file, written, spoil, words):
    with np.load(model_file) as archive:
        entries = dict(archive)
    spoil(entries)
    np.savez(model_file, **entries)
    before = written()
    refused(cli("sample", model_file), *words)
    assert written() == before


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb[0])
def test_every_verb_refuses_what_is_no_model(cli, tmp_path, written, verb):
    (tmp_path / "text.npz").write_text("this is no archive")
    (tmp_path / "pickle.npz").write_bytes(pickle.dumps({"J": 1}))
    np.save(tmp_path / "array", np.zeros(3))
    before = written()
    for name in ("text.npz", "pickle.npz", "array.npy", "missing.npz"):
        refused(cli(verb[0], name, *verb[1:]), name)
    assert written() == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("compile", "model.npz", "--cell", "memristor"), ["'memristor'", "rc"]),
        (("simulate", "model.npz", "--cell", "memristor"), ["'memristor'", "rc"]),
        (("validate", "model.npz", "--cell", "memristor"), ["'memristor'", "rc"]),
        (("compile", "model.npz", "--volt", "-0.1"), ["volt", "-0.1"]),
        (("compile", "model.npz", "--farad", "nan"), ["farad", "nan"]),
        (("compile", "model.npz", "--dt", "0.3"), ["dt", "0.3"]),
        (("sample", "model.npz", "--dt", "0"), ["dt", "0"]),
        (("sample", "model.npz", "--t-final", "0.00015"), ["t_final", "dt"]),
        (("simulate", "model.npz", "--timeout", "-1"), ["timeout", "-1"]),
        (("train", "--classes", "0,11"), ["class 11", "0 to 9"]),
        (("train", "--classes", "1,1"), ["class 1", "twice"]),
        (("train", "--classes", "0", "--kt", "-1"), ["kT", "-1"]),
        (("train", "--patterns", "flat.npy"), ["pattern 0", "constant"]),
        (("train", "--patterns", "objects.npy"), ["objects.npy"]),
        (("train", "--patterns", "missing.npy"), ["missing.npy"]),
        (("extract", "missing.cir"), ["missing.cir"]),
        (("extract", "model.npz"), ["model.npz"]),
        (("extract", "transistor.cir"), ["line 2", "q1"]),
        (("validate", "a.nc", "b.nc"), ["a.nc"]),
        (("report", "nowhere"), ["nowhere"]),
        (("run", "missing.toml"), ["missing.toml"]),
    ],
    ids=lambda value: " ".join(value[:3]) if isinstance(value, tuple) else "",
)
def test_a_bad_argument(cli, model_file, tmp_path, written, arguments, words):
    np.save(tmp_path / "flat.npy", np.ones((1, 9)))
    np.save(tmp_path / "objects.npy", np.array([{}], dtype=object), allow_pickle=True)
    (tmp_path / "transistor.cir").write_text("title\nQ1 a 0 b npn\n.end\n")
    before = written()
    refused(cli(*arguments), *words)
    assert written() == before


@pytest.mark.parametrize(
    "arguments",
    [
        ("bogus",),
        ("train",),
        ("train", "--classes", "zero"),
        ("sample",),
        ("sample", "model.npz", "-n", "0"),
        ("sample", "model.npz", "--seed", "-1"),
        ("sample", "model.npz", "--colour", "red"),
        ("simulate", "model.npz", "--level", "half"),
        ("compile", "model.npz", "--noise", "pink"),
        ("validate", "a.nc", "b.nc", "c.nc"),
    ],
    ids=lambda arguments: " ".join(arguments[:4]),
)
def test_wrong_usage(cli, model_file, written, arguments):
    before = written()
    answer = cli(*arguments)
    assert answer.status == 2
    assert "Error: " in answer.err
    assert "--help" in answer.err
    answer = cli(*arguments, "--json")
    assert answer.status == answer.json["exit_status"] == 2
    assert answer.err == ""
    assert written() == before


def test_an_error_under_json_is_one_object(cli, model_file):
    answer = cli("compile", model_file, "--cell", "memristor", "--json")
    assert answer.status == 2
    assert set(answer.json) == {"error", "exit_status"}
    assert "memristor" in answer.json["error"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('name = "a"\n[machine]\nn_hiden = 3\n', ["machine.n_hiden", "'n_hidden'"]),
        ('name = "a"\n[maschine]\n', ["maschine", "'machine'"]),
        ('name = "a"\n[machine]\nxyz = 3\n', ["machine.xyz", "n_hidden", "kT"]),
        ('name = "a', ["not valid TOML"]),
        ("seed = 1\n", ["name", "missing"]),
        ('name = "a/b"\n', ["name", "'a/b'"]),
        ('name = "a"\nseed = -1\n', ["seed", "-1"]),
        ('name = "a"\ndata = 3\n', ["data", "3"]),
        ('name = "a"\n[data]\nclasses = [0, 12]\n', ["class 12", "0 to 9"]),
        ('name = "a"\n[data]\nclasses = []\n', ["no classes"]),
        ('name = "a"\n[data]\nsource = "faces"\n', ["data.source", "'faces'", "digits"]),
        ('name = "a"\n[machine]\nkT = 0\n', ["machine.kT", "0"]),
        ('name = "a"\n[machine]\nkT = nan\n', ["machine.kT", "nan"]),
        ('name = "a"\n[machine]\nJ4 = -1\n', ["J4", "-1", "unbounded"]),
        ('name = "a"\n[machine]\nJ2 = inf\n', ["J2", "inf"]),
        ('name = "a"\n[circuit]\ncell = "memristor"\n', ["'memristor'", "rc"]),
        ('name = "a"\n[circuit]\nvolt = -1\n', ["circuit.volt", "-1"]),
        ('name = "a"\n[protocol]\ndt = 0.3\n', ["dt = 0.3", "divides"]),
        ('name = "a"\n[generation]\ndt = 0.3\n', ["dt = 0.3", "divides"]),
        ('name = "a"\n[generation]\nsamples = 0\n', ["generation.samples", "0"]),
        ('name = "a"\n[generation]\nlevel = "half"\n', ["generation.level", "'half'"]),
    ],
)
def test_a_bad_study(cli, tmp_path, written, text, words):
    (tmp_path / "study.toml").write_text(text)
    before = written()
    refused(cli("run", "study.toml"), *words)
    assert written() == before


def test_a_study_that_is_no_text(cli, tmp_path):
    (tmp_path / "study.toml").write_bytes(b"\xff\xfe\x00")
    refused(cli("run", "study.toml"), "study.toml", "not valid TOML")


def test_classes_on_the_command_line_are_checked_too(cli, tmp_path, written):
    (tmp_path / "study.toml").write_text('name = "a"\n')
    before = written()
    refused(cli("run", "study.toml", "--classes", "3,40"), "class 40")
    assert written() == before


def test_a_foreign_folder_is_refused_and_left_alone(cli, tmp_path, written):
    (tmp_path / "study.toml").write_text('name = "a"\n')
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.json").write_text("{}")
    before = written()
    refused(cli("run", "study.toml", "--out", "mine"), "mine", "plan.json")
    (tmp_path / "mine" / "plan.json").write_text(json.dumps({"holiday": "July"}))
    refused(cli("run", "study.toml", "--out", "mine"), "mine", "plan.json")
    itself = cli("run", "study.toml", "--out", "study.toml")
    assert itself.status == 2
    assert "study.toml is what study names, and would be replaced" in itself.err
    assert written() == before | {"mine/plan.json"}


@pytest.mark.parametrize(
    "arguments",
    [
        ("train", "--classes", "0", "--hidden-units", 0),
        ("sample", "model.npz", "-n", 1),
        ("compile", "model.npz"),
        ("extract", "machine.cir"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_a_place_that_can_not_be_written(cli, model_file, tmp_path, written, arguments):
    cli("compile", model_file)
    (tmp_path / "folder").mkdir()
    before = written()
    for place in ("folder", "model.npz/file"):
        refused(cli(*arguments, "--out", place), place, "can't be written")
    assert written() == before


@pytest.mark.parametrize(
    "words",
    [
        "compile model.npz --volt 1_0",
        "sample model.npz -n 1_0",
        "sample model.npz --t-final \u0661",
        "import model.npz --kt 1_0",
        "compile model.npz --option saturation_volt=0_3",
        "train --classes 0,1_0",
        "plot ideal.nc --show states --units 0,1_0 --out states.svg",
    ],
)
def test_what_python_alone_reads_is_no_number(cli, model_file, words):
    cli("sample", model_file, "-n", "2", "--t-final", "0.1", "--save-every", "20")
    answer = cli(*words.split())
    assert answer.status == 2
    assert "number" in answer.err or "is not a list of" in answer.err


def test_an_option_of_a_family_is_given_once(cli, model_file):
    both = ["--option", "saturation_volt=0.3", "--option", "saturation_volt=0.4"]
    answer = cli("compile", model_file, *both)
    assert answer.status == 2
    assert "given twice" in answer.err
