"""Generative studies: plans, accounts of heat, search, and a whole study at small size."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

import hwkit
from hwkit.errors import ConfigError, DataError
from hwkit.langevin.preparation import uncoupled
from hwkit.patterns import class_codes
from hwkit.study import estimate_study, load_plan, run_study, write_report
from hwkit.study.kinds.generative import heat
from hwkit.study.kinds.generative.plan import GenerativePlan, Settings
from hwkit.study.kinds.generative.results import RESULTS, GenerativeResults, SearchTrial, Task
from hwkit.study.kinds.generative.search import candidates, rank, ranked
from hwkit.study.kinds.generative.selected import SelectedMachine, joules
from hwkit.study.kinds.generative.training import learn
from hwkit.study.kinds.generative.verdict import START_SPREAD, describe
from hwkit.study.values import read_value
from hwkit.units import BOLTZMANN
from tests.report.page_reader import PageReader
from tests.study.kinds.generative_small import small_plan
from tests.study.kinds.test_codesign import section_free

SIMS = Path(__file__).parents[3] / "sims"


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("generative") / "run"
    return folder, run_study(small_plan(), folder, jobs=1)


@pytest.mark.parametrize("name", ["generative", "generative-found"])
def test_the_studies_that_ship_are_valid(name):
    plan = load_plan(SIMS / f"{name}.toml", seed=7)
    assert (plan.name, plan.seed, plan.machine.n_hidden) == (name, 7, 512)
    assert plan.data.patterns().shape == (3, 784)


def test_heat_without_machines_is_refused(tmp_path):
    file = tmp_path / "study.toml"
    file.write_text('kind = "generative"\nname = "x"\n[heat]\nsamples = 10\n')
    with pytest.raises(ConfigError, match=r"\[training\]"):
        load_plan(file)


def test_codes_are_orthogonal_and_need_units_enough():
    codes = class_codes(3, 32)
    np.testing.assert_array_equal(codes @ codes.T, 32 * np.eye(3))
    assert abs(np.sum(codes[0] * codes[1] * codes[2])) == 0
    with pytest.raises(ConfigError, match="at least 8"):
        class_codes(3, 7)


def test_accounts_of_heat_add_up():
    """Fixed potential against the model's own heat; the whole cycle is all of the work."""
    plan = small_plan()
    model = plan.trained(Settings()).model
    runs = heat.generate(model, 1.0, 0.01, 20, 3)
    found = heat.heat_accounts(model, runs)
    expected = model.heat(runs.x[:, 0], runs.final) / model.kT
    np.testing.assert_allclose(found["fixed potential"], expected, rtol=1e-9, atol=1e-9)
    work = found["switching on"] + found["switching off"]
    np.testing.assert_allclose(found["whole cycle"], work, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(
        found["forgetting"],
        -uncoupled(model).heat(runs.x[:, 0], runs.final) / model.kT,
        rtol=1e-9,
        atol=1e-9,
    )
    assert np.all(found["Ito sum"] > found["fixed potential"])


def test_the_ito_account_is_the_ito_sum_of_a_path():
    """-sum grad V(x_k) . dx_k, computed step by step, up to the noise of its own increments."""
    model = small_plan().trained(Settings()).model
    x0 = np.zeros((50, model.n_units))
    runs = hwkit.simulate_langevin(model, 0.5, 1e-3, 50, 1, x0, save_every=1)
    moves = np.diff(runs.x, axis=1)
    direct = np.einsum("rkn,rkn->r", model.force(runs.x[:, :-1]), moves) / model.kT
    found = heat.heat_accounts(model, runs)["Ito sum"]
    difference = direct - found
    assert abs(difference.mean()) < 4 * difference.std(ddof=1) / np.sqrt(50) + 0.02 * direct.mean()
    assert abs(direct.mean() - heat.heat_accounts(model, runs)["fixed potential"].mean()) > 20


def test_start_spread_is_the_known_one():
    model = small_plan().trained(Settings()).model
    found = heat.start_spread(model, 2.5, 1e-3, 100, 1)
    assert abs(found.value - START_SPREAD) < 4 * found.stderr
    assert pytest.approx(0.040878, abs=3e-6) == START_SPREAD**2
    hot = hwkit.EnergyModel(model.J, model.b, kT=0.12)  # a control that must be seen
    found = heat.start_spread(hot, 2.5, 1e-3, 100, 1)
    assert abs(found.value - START_SPREAD) > 4 * found.stderr


@pytest.mark.parametrize("way", ["batch", "online"])
def test_no_iterate_is_better_than_the_exact_machine(way):
    plan = small_plan()
    exact, other = learn(plan, Task("repeat", "exact")), learn(plan, Task("repeat", way))
    assert exact.held_out.shape == (1,)
    assert exact.expected[0] < other.expected.min()
    assert np.all(np.diff(other.expected) < 0)


def test_search_tries_every_combination_once_and_ranks():
    plan = small_plan()
    tried = candidates(plan)
    assert [settings.hidden for settings in tried] == ["repeat", "codes"]
    assert {settings.observation for settings in tried} == {2.5}
    trials = ranked(
        [
            SearchTrial(settings, score, [score], score, n=8, round=1)
            for settings, score in zip(tried, (0.2, 0.9), strict=True)
        ]
    )
    assert rank(trials, tried[1]) == 1
    assert rank(trials, tried[0]) == 2
    assert rank(trials, Settings(observation=9.0)) == 0


def test_shuffled_couplings_keep_values_and_blocks():
    machine = SelectedMachine.of(small_plan())
    model, control = machine.trained.model, machine.shuffled()
    J, other = np.asarray(model.J), np.asarray(control.J)
    assert not np.array_equal(J, other)
    np.testing.assert_array_equal(np.sort(J, axis=None), np.sort(other, axis=None))
    assert not np.any(other[: model.n_visible, : model.n_visible])


def test_joules_at_room_temperature_do_not_depend_on_the_capacitor():
    rows = joules(SelectedMachine.of(small_plan()).design, 1000.0)
    assert rows[0].kelvin == pytest.approx(7.24e7, rel=1e-3)
    for row in rows[1:]:
        assert row.kelvin == pytest.approx(300)
        assert row.joule == pytest.approx(1000 * BOLTZMANN * 300)
    assert rows[-1].volt == pytest.approx(203e-6, rel=0.01)  # 64.4 uV on 1 pF, over sqrt(kT)


def test_a_whole_study(finished):
    folder, verdict = finished
    names = {metric.name for metric in verdict.metrics}
    assert "exact less best of batch: projection" in names
    assert "search: place of the settings in the file" in names
    assert "heat of a sample, kT: repeat, exact" in names
    assert verdict["ideal: recognisable share"].value > 0.5
    assert verdict["control: recognisable share with shuffled couplings"].passed
    assert verdict["start spread: distance in standard errors"].n == 16 * 80
    assert (folder / RESULTS).is_file()


def test_a_finished_study_is_not_computed_again(finished, tmp_path):
    first, verdict = finished
    folder = shutil.copytree(first, tmp_path / "run")
    kept = {file.name: file.stat().st_mtime_ns for file in folder.glob("*.nc")}
    kept |= {file.name: file.stat().st_mtime_ns for file in folder.glob("trained-*.npz")}
    assert run_study(small_plan(), folder, jobs=2).to_json() == verdict.to_json()
    assert kept == {name: (folder / name).stat().st_mtime_ns for name in kept}


def test_an_interrupted_study_goes_on_with_the_trainings_that_are_missing(finished, tmp_path):
    folder, _ = finished
    torn = tmp_path / "run"

    def announce(stage):
        def progress(n_done, total):
            if (stage, n_done, total) in (("training", 2, 6), ("search: the best again", 1, 1)):
                raise KeyboardInterrupt

        return progress

    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            run_study(small_plan(), torn, jobs=1, announce=announce)
    trained = {file: file.stat().st_mtime_ns for file in torn.glob("trained-*.npz")}
    assert len(trained) == 6
    run_study(small_plan(), torn, jobs=1)
    assert trained == {file: file.stat().st_mtime_ns for file in trained}
    names = {file.name for file in folder.iterdir()} - {"provenance.json", "report.html"}
    assert {file.name for file in torn.iterdir()} >= names
    different = [
        name
        for name in names
        if not name.endswith(".nc") and (folder / name).read_bytes() != (torn / name).read_bytes()
    ]
    assert different == ["manifest.json"] or not different
    assert section_free(folder / "report.html") == section_free(torn / "report.html")


def test_results_are_read_as_they_were_written(finished):
    folder, verdict = finished
    results = read_value(folder / RESULTS, GenerativeResults)
    assert list(results.training) == list(results.heat.machines)
    machine = results.heat.machines["repeat, exact"]
    assert machine.task == Task("repeat", "exact")
    account = machine.accounts["fixed potential"]
    assert account.mean == verdict["heat of a sample, kT: repeat, exact"].value
    assert results.found.rank == rank(results.search.trials, small_plan().found.settings)


def test_the_provenance_names_every_stage(finished):
    folder, _ = finished
    stages = json.loads((folder / "provenance.json").read_text())["seconds"]
    assert list(stages) == [
        "training",
        "samples and heat",
        "sweep of durations",
        "search: all candidates",
        "search: the best again",
        "samples of the selected settings",
    ]


def test_an_estimate_counts_the_runs_of_every_part():
    estimate = estimate_study(small_plan())
    assert estimate.runs == 6 * 16 + 2 * 2 * 8 + (2 * 8 + 16) + 64 + 64
    assert estimate.minutes > 0


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"heat": {"samples": 10}}, r"\[training\]"),
        ({"found": {"settings": {"weights": [1.0]}}}, "for 3 classes"),
        ({"machine": {"n_hidden": 4}, "search": {}}, "at least 8"),
    ],
)
def test_a_plan_in_python_refuses_what_the_file_refuses(settings, words):
    with pytest.raises(ConfigError, match=words):
        GenerativePlan(name="x", **settings)


def test_a_study_without_codes_needs_no_units_for_them(tmp_path):
    plan = GenerativePlan(
        name="x",
        dt=0.01,
        data={"source": "digits"},
        machine={"n_hidden": 4},
        sweep={"times": [0.5], "samples": 4, "dt": 0.02},
    )
    run_study(plan, tmp_path / "run", jobs=1)
    assert "Hidden fields: codes" not in (tmp_path / "run" / "report.html").read_text()


def test_the_page_has_a_section_for_every_part(finished):
    folder, _ = finished
    page = write_report(folder).read_text(encoding="utf-8")
    reader = PageReader(page)
    sections = [attributes["id"] for tag, attributes in reader.tags if tag == "section"]
    parts = ["patterns", "training", "samples", "heat", "sweep", "search", "found"]
    assert sections == ["metrics", *(f"generative-{part}" for part in parts), "files", "provenance"]
    assert not re.search("https?:", page.replace("http://www.w3.org", ""))
    assert write_report(folder).read_text(encoding="utf-8") == page


def test_a_folder_without_a_study_has_no_page(tmp_path):
    with pytest.raises(DataError, match="not a finished run folder"):
        write_report(tmp_path)


def test_settings_read_like_words():
    text = describe(Settings(hidden="codes", amplitude=2.0))
    assert text.startswith("hidden codes x 2, noising 2.5 at strength 2")
    assert "weights 1/2" in describe(Settings(weights=[1.0, 2.0]))


@pytest.mark.spice
def test_the_selected_machine_runs_in_spice(tmp_path):
    plan = small_plan(training=None, heat=None, sweep=None, search=None)
    found = plan.found.model_copy(update={"spice_samples": 4, "dt": 0.01})
    verdict = run_study(plan.model_copy(update={"found": found}), tmp_path / "run", jobs=1)
    assert verdict["path error"].value < 0.02
    assert verdict["heat in SPICE, kT: fixed potential"].n == 4
