"""Generative studies: plans, accounts of heat, search, and a whole study at small size."""

from pathlib import Path

import numpy as np
import pytest

import hwkit
from hwkit.errors import ConfigError
from hwkit.langevin.preparation import uncoupled
from hwkit.study.kinds.generative import heat as heat
from hwkit.study.kinds.generative.study import RESULTS, run_generative
from hwkit.study.kinds.generative.selected import Judged, joules
from hwkit.study.kinds.generative.plan import Settings, class_codes, load_generative
from hwkit.study.kinds.generative.search import candidates, rank, ranked
from hwkit.study.kinds.generative.training import learn
from hwkit.study.kinds.generative.verdict import START_SPREAD, describe
from hwkit.units import BOLTZMANN
from tests.study.generative_small import small_plan

SIMS = Path(__file__).parents[2] / "sims"


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("generative") / "run"
    return folder, run_generative(small_plan(), folder, jobs=1)


@pytest.mark.parametrize("name", ["generative", "generative-found"])
def test_the_studies_that_ship_are_valid(name):
    plan = load_generative(SIMS / f"{name}.toml", seed=7)
    assert (plan.name, plan.seed, plan.machine.n_hidden) == (name, 7, 512)
    assert plan.data.patterns().shape == (3, 784)


def test_heat_without_machines_is_refused(tmp_path):
    file = tmp_path / "study.toml"
    file.write_text('name = "x"\n[heat]\nsamples = 10\n')
    with pytest.raises(ConfigError, match=r"\[training\]"):
        load_generative(file)


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
    assert abs(found["value"] - START_SPREAD) < 4 * found["stderr"]
    assert pytest.approx(0.040878, abs=3e-6) == START_SPREAD**2
    hot = hwkit.EnergyModel(model.J, model.b, kT=0.12)  # a control that must be seen
    found = heat.start_spread(hot, 2.5, 1e-3, 100, 1)
    assert abs(found["value"] - START_SPREAD) > 4 * found["stderr"]


@pytest.mark.parametrize("way", ["batch", "online"])
def test_no_iterate_is_better_than_the_exact_machine(way):
    plan = small_plan()
    exact, other = learn(plan, "repeat", "exact"), learn(plan, "repeat", way)
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
            {"settings": settings.model_dump(mode="json"), "score": score}
            for settings, score in zip(tried, (0.2, 0.9), strict=True)
        ]
    )
    assert rank(trials, tried[1]) == 1
    assert rank(trials, tried[0]) == 2
    assert rank(trials, Settings(observation=9.0)) == 0


def test_shuffled_addresses_keep_values_and_blocks():
    judged = Judged.of(small_plan())
    model, control = judged.trained.model, judged.shuffled()
    J, other = np.asarray(model.J), np.asarray(control.J)
    assert not np.array_equal(J, other)
    np.testing.assert_array_equal(np.sort(J, axis=None), np.sort(other, axis=None))
    assert not np.any(other[: model.n_visible, : model.n_visible])


def test_joules_at_room_temperature_do_not_depend_on_the_capacitor():
    rows = joules(Judged.of(small_plan()).design, 1000.0)
    assert rows[0]["kelvin"] == pytest.approx(7.24e7, rel=1e-3)
    for row in rows[1:]:
        assert row["kelvin"] == pytest.approx(300)
        assert row["joule"] == pytest.approx(1000 * BOLTZMANN * 300)
    assert rows[-1]["volt"] == pytest.approx(203e-6, rel=0.01)  # 64.4 uV on 1 pF, over sqrt(kT)


def test_a_whole_study(finished):
    folder, verdict = finished
    names = {metric.name for metric in verdict.metrics}
    assert "exact less best of batch: projection" in names
    assert "search: place of the settings in the file" in names
    assert "heat of a sample, kT: repeat, exact" in names
    assert verdict["ideal: recognisable share"].value > 0.5
    assert verdict["control: recognisable share with shuffled addresses"].passed
    assert verdict["start spread: distance in standard errors"].n == 16 * 80
    assert (folder / RESULTS).is_file()


def test_a_finished_study_is_not_computed_again(finished):
    folder, verdict = finished
    kept = {file.name: file.stat().st_mtime_ns for file in folder.glob("*.nc")}
    kept |= {file.name: file.stat().st_mtime_ns for file in folder.glob("trained-*.npz")}
    assert run_generative(small_plan(), folder, jobs=2).to_json() == verdict.to_json()
    assert kept == {name: (folder / name).stat().st_mtime_ns for name in kept}


def test_settings_read_like_words():
    text = describe(Settings(hidden="codes", amplitude=2.0).model_dump())
    assert text.startswith("hidden codes x 2, noising 2.5 at strength 2")
    assert "weights 1/2" in describe(Settings(weights=[1.0, 2.0]).model_dump())


@pytest.mark.spice
def test_the_machine_found_runs_in_spice(tmp_path):
    plan = small_plan(training=None, heat=None, sweep=None, search=None)
    found = plan.found.model_copy(update={"spice_samples": 4, "dt": 0.01})
    verdict = run_generative(plan.model_copy(update={"found": found}), tmp_path / "run", jobs=1)
    assert verdict["path error"].value < 0.02
    assert verdict["heat in SPICE, kT: fixed potential"].n == 4
