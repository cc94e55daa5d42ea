"""Options that would change nothing are refused by name, before anything is computed."""

import pytest

from hwkit import simulate_langevin


@pytest.fixture
def there(machine, model_file, tmp_path):
    simulate_langevin(machine, 0.1, 0.01, 2, seed=1).save(tmp_path / "runs.nc")
    (tmp_path / "n.cir").write_text("netlist\n.end\n")
    (tmp_path / "tol.toml").write_text('kind = "tolerance"\nname = "a"\n')
    (tmp_path / "no-spice.toml").write_text('kind = "codesign"\nname = "a"\n')
    sweep = 'kind = "generative"\nname = "a"\n[sweep]\ntimes = [1.0]\n'
    (tmp_path / "sweep.toml").write_text(sweep)


UNUSED = [
    *((("validate", "runs.nc", "runs.nc", *option), option[0]) for option in (
        ("--seed", 1), ("-n", 3), ("--t-final", 1), ("--dt", 0.1), ("--control", "swap"),
        ("--level", "mixed"), ("--cell", "rc"), ("--jobs", 2), ("--timeout", 9),
        ("--lag-check", "never"), ("--converge",), ("--volt", 1), ("--option", "a=1"),
    )),
    *((("validate", "n.cir", "--model", "model.npz", *option), option[0]) for option in (
        ("--cell", "rc"), ("--farad", 1e-12), ("--control", "swap"), ("--level", "mixed"),
        ("--option", "a=1"), ("--lag-check", "never"), ("--same-noise",), ("--spectra",),
    )),
    (("validate", "model.npz", "--mapping", "m.csv"), "--mapping"),
    (("validate", "model.npz", "--same-noise"), "--same-noise"),
    (("validate", "model.npz", "--lag-check", "always"), "--lag-check"),
    (("validate", "model.npz", "--spectra", "--t-final", 1), "--t-final"),
    (("validate", "model.npz", "--converge", "--level", "reference", "--jobs", 2), "--jobs"),
    (("validate", "model.npz", "--converge", "--level", "reference", "--farad", 1), "--farad"),
    (("validate", "model.npz", "--converge", "--lag-check", "never"), "--lag-check"),
    (("train", "--classes", "0,1", "--seed", 3), "--seed"),
    (("train", "--classes", "0,1", "--hidden-units", 0, "--hidden-field", "repeat"),
     "--hidden-field"),
    (("compile", "model.npz", "--seed", 3), "--seed"),
    (("compile", "model.npz", "--dialect", "ltspice", "--noise", "none", "--seed", 3), "--seed"),
    (("plot", "runs.nc", "--show", "states", "--visible", 2), "--visible"),
    (("plot", "runs.nc", "--show", "marginals", "--run", 1), "--run"),
    (("plot", "runs.nc", "--show", "samples", "--units", "0,1"), "--units"),
    (("plot", "runs.nc", "--model", "model.npz", "--visible", 2), "--model"),
    (("run", "tol.toml", "--dry-run", "--scheduler", "tcp://a:1"), "--scheduler"),
    (("run", "tol.toml", "--dry-run", "--jobs", 2), "--jobs"),
    (("run", "tol.toml", "--dry-run", "--out", "x"), "--out"),
    (("run", "no-spice.toml", "--timeout", 9), "--timeout"),
    (("run", "sweep.toml", "--jobs", 2), "--jobs"),
    (("run", "sweep.toml", "--scheduler", "tcp://127.0.0.1:1"), "--scheduler"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "option"), UNUSED, ids=[" ".join(map(str, a)) for a, _ in UNUSED]
)
def test_an_option_that_changes_nothing_is_refused(cli, there, written, arguments, option):
    before = written()
    answer = cli(*arguments)
    assert answer.status == 2
    name = {"-n": "--runs"}.get(option, option)
    assert f"{name} changes nothing with" in answer.err
    assert "leave it out" in answer.err
    assert written() == before


def test_options_that_do_something_are_not_refused(cli, there):
    assert cli("validate", "runs.nc", "runs.nc", "--same-noise", "--json").status == 0
    assert cli("plot", "runs.nc", "--show", "marginals", "--visible", 2).status == 0
    assert cli("compile", "model.npz", "--noise", "pwl", "--seed", 3, "--t-final", 0.1).status == 0
    train = ("train", "--classes", "0,1", "--hidden-units", 2, "--seed", 3)
    assert cli(*train, "--hidden-field", "projection").status == 0
