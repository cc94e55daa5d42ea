"""Work that takes minutes or gigabytes is announced; short work is not."""

import pytest

from hwkit.forecast import Forecast, ideal_runs, of_runs, step_count


def test_short_work_is_named_alone():
    assert Forecast(59.0, 9e8).after("ideal runs") == "ideal runs"


@pytest.mark.parametrize(
    ("seconds", "size", "words"),
    [
        (90.0, 0.0, "about 1.5 minutes"),
        (5 * 3600.0, 0.0, "about 5 hours"),
        (1.0, 4e9, "about 4 GB of memory"),
        (600.0, 2.5e9, "about 10 minutes and 2.5 GB of memory"),
    ],
)
def test_long_or_large_work_is_said(seconds, size, words):
    assert Forecast(seconds, size).after("runs") == f"runs, {words}"


def test_estimates_grow_with_what_is_asked_for():
    assert of_runs(1.0, 96, 1000, 8, 2).bytes > of_runs(1.0, 96, 1000, 1, 2).bytes
    few, many = (ideal_runs(256 * 255, 256, 1000, n) for n in (1, 100))
    assert many.seconds == pytest.approx(100 * few.seconds)
    assert ideal_runs(0, 10**6, 1000, 100, save_every=1).bytes > 1e12


def test_the_command_says_so_before_it_starts(cli_line):
    long = cli_line("sample", "model.npz", "-n", "1", "--t-final", "1e9", "--out", "no/such.nc")
    assert "ideal runs, about" in long
    assert cli_line("sample", "model.npz", "-n", "1", "--t-final", "0.1") == "ideal runs ..."


@pytest.fixture
def cli_line(tmp_path, monkeypatch, capsys):
    """The first line on standard error of a command that is stopped when it would start."""
    import sys

    import hwkit
    from hwkit.cli import main
    from tests.machines import random_machine

    monkeypatch.chdir(tmp_path)
    hwkit.save_model(random_machine(3, 1), "model.npz")

    def call(*words):
        def stop(*arguments, **options):
            raise hwkit.ConfigError("stopped here")

        monkeypatch.setattr(hwkit, "simulate_langevin", stop, raising=False)
        monkeypatch.setattr(hwkit, "prepare_states", lambda *arguments: None, raising=False)
        monkeypatch.setattr(sys, "argv", ["hwkit", *words])
        with pytest.raises(SystemExit):
            main()
        return capsys.readouterr().err.splitlines()[0]

    return call


def test_times_that_a_run_refuses_are_no_reason_to_fail():
    assert step_count(1.0, 1e-3) == 1000
    for t_final, dt in ((1.0, 0.0), (float("inf"), 0.1), (float("nan"), 0.1), (-1.0, 0.1)):
        assert step_count(t_final, dt) == 1


def test_at_the_mixed_level_ngspice_holds_no_couplings(tmp_path):
    """The demonstration's 400 runs: half a minute on two cores, not as long as full netlists."""
    import hwkit
    from hwkit.study import load_plan
    from hwkit.study.folder import RunFolder
    from hwkit.study.run import Run
    from tests.machines import random_machine

    design = hwkit.compile_model(random_machine(128, 1))
    assert design.n_elements - design.n_cell_elements == 2 * len(design.model.pairs()[0])
    said = []

    def announce(stage):
        said.append(stage)
        raise hwkit.ConfigError("stopped here")

    (tmp_path / "a.toml").write_text('kind = "equivalence"\nname = "a"\n')
    plan = load_plan(tmp_path / "a.toml")
    with RunFolder.of(plan, tmp_path / "a") as folder:
        run = Run(plan, folder, 2, 2, None, announce)
        for level in ("mixed", "full"):
            with pytest.raises(hwkit.ConfigError, match="stopped here"):
                run.spice("runs", design, 2.5, 2.5e-3, 400, level=level)
    assert said[0] == "runs"  # no minute
    assert said[1].startswith("runs, about 12 minutes")
