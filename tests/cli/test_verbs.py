import numpy as np
import pytest

import hwkit
import hwkit.study
from hwkit.patterns import digit_patterns
from hwkit.wiener import child_seed
from tests.machines import same_machine

VERBS = ("doctor", "train", "sample", "compile", "extract", "simulate", "validate", "report", "run")
FEW = ("-n", 3, "--t-final", 0.5, "--dt", 0.0025)


def test_version(cli):
    answer = cli("--version")
    assert (answer.status, answer.out) == (0, f"hwkit {hwkit.__version__}\n")


def test_help_names_every_verb(cli):
    answer = cli("--help")
    assert answer.status == 0
    for verb in VERBS:
        assert f"\n  {verb} " in answer.out


def test_train_on_classes_writes_the_library_s_machine(cli, tmp_path):
    answer = cli("train", "--classes", "3,4,7", "--hidden-units", 6)
    assert answer.status == 0
    expected = hwkit.train(digit_patterns([3, 4, 7]), 6).model
    assert same_machine(hwkit.load_model(tmp_path / "model.npz"), expected)


def test_train_on_own_patterns_with_every_option(cli, tmp_path):
    patterns = np.random.default_rng(0).random((2, 9))
    np.save(tmp_path / "patterns.npy", patterns)
    options = "--hidden-units 3 --hidden-field projection --seed 5 --kt 0.2 --biases hidden"
    answer = cli("train", "--patterns", "patterns.npy", *options.split(), "--out", "a/b.npz")
    assert answer.status == 0
    expected = hwkit.train(
        patterns, 3, hidden="projection", projection_seed=5, kT=0.2, biases="hidden"
    )
    assert same_machine(hwkit.load_model(tmp_path / "a" / "b.npz"), expected.model)


def test_sample_writes_the_library_s_runs(cli, model_file, machine, tmp_path):
    assert cli("sample", model_file, *FEW, "--seed", 7, "--save-every", 50).status == 0
    runs = hwkit.Trajectories.load(tmp_path / "ideal.nc")
    x0 = hwkit.prepare_states(machine, 0.5, 0.0025, 3, child_seed(7, "preparation"))
    expected = hwkit.simulate_langevin(
        machine, 0.5, 0.0025, 3, child_seed(7, "generation"), x0, save_every=50
    )
    assert np.array_equal(runs.x, expected.x)
    assert np.array_equal(runs.t, expected.t)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(cli, model_file, tmp_path):
    for name, seed in (("a.nc", 1), ("b.nc", 1), ("c.nc", 2)):
        assert cli("sample", model_file, *FEW, "--seed", seed, "--out", name).status == 0
    a, b, c = ((tmp_path / name).read_bytes() for name in ("a.nc", "b.nc", "c.nc"))
    assert a == b
    assert a != c


def test_sample_from_zero(cli, model_file, tmp_path):
    assert cli("sample", model_file, *FEW, "--from-zero").status == 0
    assert not hwkit.Trajectories.load(tmp_path / "ideal.nc").x[:, 0].any()


def test_compile_and_extract_are_inverse(cli, model_file, machine, tmp_path):
    answer = cli("compile", model_file, "--volt", 0.2, "--second", 1e-5, "--farad", 1e-11)
    assert answer.status == 0
    assert "noise-equivalent" in answer.out
    assert cli("extract", "machine.cir", "--out", "back.npz").status == 0
    assert same_machine(hwkit.load_model(tmp_path / "back.npz"), machine, rtol=1e-12)


def test_compile_writes_the_library_s_netlist(cli, model_file, machine, tmp_path):
    options = ("--noise", "external", "--out", "run.cir")
    assert cli("compile", model_file, *options).status == 0
    expected = hwkit.render(hwkit.compile_model(machine), noise="external").text
    assert (tmp_path / "run.cir").read_text() == expected


def test_validate_two_files_of_the_same_runs(cli, model_file):
    cli("sample", model_file, *FEW)
    answer = cli("validate", "ideal.nc", "ideal.nc", "--out", "verdict.json")
    assert answer.status == 0
    assert hwkit.Verdict.load("verdict.json")["path error"].value == 0.0


def test_runs_on_other_noise_are_not_compared(cli, model_file, written):
    cli("sample", model_file, *FEW, "--seed", 1)
    cli("sample", model_file, *FEW, "--seed", 2, "--out", "other.nc")
    answer = cli("validate", "ideal.nc", "other.nc", "--out", "verdict.json")
    assert answer.status == 2
    assert "seed" in answer.complaint
    assert "verdict.json" not in written()


def test_validate_exits_1_if_a_limit_is_not_met(cli, model_file):
    cli("sample", model_file, *FEW, "--seed", 1)
    cli("sample", model_file, *FEW, "--seed", 2, "--out", "other.nc")
    answer = cli("validate", "ideal.nc", "other.nc", "--same-noise", "--out", "verdict.json")
    assert answer.status == 1
    assert "FAILED" in answer.out
    assert not hwkit.Verdict.load("verdict.json").passed  # a verdict is written, good or bad


@pytest.mark.parametrize(
    ("arguments", "key"),
    [
        (("train", "--classes", "0,1", "--hidden-units", 2), "loss_per_step"),
        (("sample", "model.npz", *FEW), "trajectories"),
        (("compile", "model.npz"), "noise_temperature"),
        (("extract", "machine.cir"), "couplings"),
        (("validate", "ideal.nc", "ideal.nc"), "metrics"),
    ],
)
def test_json_is_one_object(cli, model_file, arguments, key):
    cli("sample", model_file, *FEW)
    cli("compile", model_file)
    answer = cli(*arguments, "--json")
    assert answer.status == 0
    assert key in answer.json


@pytest.mark.spice
def test_doctor_is_content(cli):
    answer = cli("doctor", "--json")
    assert answer.status == 0
    assert answer.json["healthy"] is True
    text = cli("doctor").out
    assert "healthy" in text
    assert "GF180MCU" in text
    assert "SKY130" in text


@pytest.mark.spice
def test_simulate_has_the_noise_of_sample(cli, model_file, tmp_path):
    answer = cli("simulate", model_file, *FEW, "--json", "--save-every", 40)
    assert answer.status == 0
    assert (answer.json["runs"], answer.json["failed"]) == (3, 0)
    cli("sample", model_file, *FEW, "--save-every", 40)
    assert cli("validate", "ideal.nc", "spice.nc").status == 0
    cli("sample", model_file, *FEW, "--save-every", 40, "--seed", 1)  # control: another noise
    assert cli("validate", "ideal.nc", "spice.nc").status == 2
    assert cli("validate", "ideal.nc", "spice.nc", "--same-noise").status == 1


@pytest.mark.spice
def test_results_do_not_depend_on_the_number_of_workers(cli, model_file, tmp_path):
    for jobs in (1, 3):
        options = ("--jobs", jobs, "--out", f"{jobs}.nc")
        assert cli("simulate", model_file, *FEW, *options).status == 0
    assert (tmp_path / "1.nc").read_bytes() == (tmp_path / "3.nc").read_bytes()


@pytest.mark.spice
def test_a_run_that_takes_too_long_is_a_failure_of_the_simulator(cli, model_file, written):
    before = written()
    long = ("-n", 1, "--t-final", 5000, "--from-zero")
    answer = cli("simulate", model_file, *long, "--timeout", 2)
    assert answer.status == 3
    assert "took longer than 2 s" in answer.complaint
    assert written() == before


@pytest.mark.spice
def test_validate_a_machine(cli, model_file):
    answer = cli("validate", model_file, *FEW, "--json")
    assert answer.status == 0
    assert {"drift error", "extraction error", "path error"} <= {
        metric["name"] for metric in answer.json["metrics"]
    }


@pytest.mark.spice
@pytest.mark.parametrize(
    ("control", "failing"),
    [
        ("sign-flip", {"drift error", "path error"}),
        ("dead-node", {"drift error", "path error"}),
        ("swap", {"drift error", "path error"}),
        ("temperature", {"path error"}),
    ],
)
def test_validate_rejects_each_control(cli, model_file, control, failing):
    answer = cli("validate", model_file, *FEW, "--control", control, "--jobs", 1, "--json")
    assert answer.status == 1
    assert failing <= {row["name"] for row in answer.json["metrics"] if not row["passed"]}


def test_new_lists_the_kinds_of_study_without_one_and_beside_an_unknown_one(cli, written):
    kinds = hwkit.study.kind_names()
    answer = cli("new")
    assert answer.status == 0
    assert tuple(line.split()[0] for line in answer.out.splitlines()) == kinds
    assert "How many bits a coupling needs." in answer.out
    assert tuple(cli("new", "--json").json["kinds"]) == kinds
    unknown = cli("new", "weather")
    assert unknown.status == 2
    assert ", ".join(kinds) in unknown.complaint
    assert cli("new", "--out", "a.toml").status == 2
    assert written() == set()
