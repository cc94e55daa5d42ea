"""The speed-up study: its plan, its noise sources, and a small one in SPICE with its controls."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import hwkit
from hwkit.patterns.glyphs import glyph_patterns, largest_correlation
from hwkit.study import estimate_study, load_plan, run_study
from hwkit.study.kinds.speedup import barriers
from hwkit.study.kinds.speedup.plan import BarrierPlan, SpeedupPlan
from hwkit.study.kinds.speedup.runs import held_noise

STUDY = Path(__file__).parents[3] / "sims" / "speedup.toml"


def test_the_study_that_ships_is_valid(tmp_path):
    assert load_plan(STUDY, seed=3).seed == 3
    (tmp_path / "bad.toml").write_text("kind = 'speedup'\nname = 'a'\n[speed]\nfactor = [1, 2]\n")
    with pytest.raises(hwkit.ConfigError, match="factors"):
        load_plan(tmp_path / "bad.toml")


def test_glyphs_keep_the_mean_grey_value():
    whole, small = glyph_patterns([0, 6, 7], 8, 8), glyph_patterns([0, 6, 7], 4, 3)
    assert small.shape == (3, 12)
    np.testing.assert_allclose(small.mean(axis=1), whole.mean(axis=1), rtol=1e-12)
    assert 0.5 < largest_correlation(small) < 0.7
    for classes in ([1], [1, 1], [3, 10]):
        with pytest.raises(hwkit.DataError, match="two or more"):
            glyph_patterns(classes, 4, 4)


def test_a_held_source_keeps_the_path_where_it_holds_and_its_sum():
    path = np.random.default_rng(0).standard_normal((2, 10, 3))
    slow = held_noise(path, 4)
    np.testing.assert_allclose(slow[:, :4].sum(axis=1), path[:, :4].sum(axis=1))
    np.testing.assert_allclose(slow.sum(axis=1), path.sum(axis=1))
    assert np.ptp(slow[:, :4], axis=1).max() == 0
    assert held_noise(path, 1) is path


def test_a_source_that_holds_its_values_is_paired_with_one_that_does_not(monkeypatch):
    def runs(scale, digest):
        x = np.linspace(1.0, 2.0, 12).reshape(3, 2, 2) * scale
        attributes = {"noise": f"increments {digest}", "dt": 0.1}
        return hwkit.Trajectories(np.arange(2.0), x, attributes=attributes)

    subject = SimpleNamespace(model=hwkit.EnergyModel(np.zeros((2, 2)), [0.0, 0.0]))
    monkeypatch.setattr(barriers, "_runs", lambda *_: runs(1.1, "held"))
    monkeypatch.setattr(barriers, "_smallest_p", lambda *_: 0.5)
    barrier = BarrierPlan(name="held", noise_second=1e-8)
    point = barriers._point(subject, barrier, 4.0, runs(1.0, "plain"))
    assert point.change == pytest.approx(1.1**2 - 1)


@pytest.mark.spice
@pytest.mark.study
def test_a_small_study(tmp_path):
    plan = load_plan(STUDY)
    small = {
        "glyphs": {"classes": [0, 7], "rows": 3, "columns": 3},
        "machine": {"n_hidden": 2},
        "speed": {"factors": [1, 4], "runs": 60, "ideal_runs": 1000, "scheme_runs": 60,
                  "path_runs": 2, "dt": 0.025},
        "relaxation": {"units": 3, "runs": 8, "length": 40, "dt": 0.1},
        "barriers": {"factors": [1, 16], "runs": 8, "dt": 0.05,
                     "causes": [{"name": "slow", "options": {"driver_second": 2e-8}},
                                {"name": "held", "noise_second": 2e-8}]},
    }  # fmt: skip
    plan = SpeedupPlan(**(plan.model_dump() | small))
    verdict = run_study(plan, tmp_path / "run", jobs=2)
    assert verdict["path at 4x"].value < 1e-9
    assert verdict["distribution at 4x"].passed
    for side in ("energy", "noise"):  # scaling one side alone must be seen
        assert verdict[f"control: only the {side} at 2x"].passed
    slow = [abs(verdict[f"slow at {factor}x"].value) for factor in (1, 16)]
    assert slow[1] > 3 * slow[0]
    assert verdict["held at 1x"].value == 0 != verdict["held at 16x"].value
    assert 2.5 < verdict["speed of the ring at 4x"].value < 6.5
    assert "What limits it" in (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    before = {file.name: file.read_bytes() for file in (tmp_path / "run").iterdir()}
    for name in ("distribution-4.nc", "memory-1.nc", "barrier-0-16.nc"):
        (tmp_path / "run" / name).unlink()
    assert run_study(plan, tmp_path / "run", jobs=1) == verdict  # resumed
    after = {file.name: file.read_bytes() for file in (tmp_path / "run").iterdir()}
    changing = {"provenance.json", "report.html"}  # hold times
    assert {name for name in before if before[name] != after.get(name)} <= changing


def test_an_option_that_the_family_does_not_have_is_refused_in_python_too():
    cause = {"name": "slow", "options": {"driver_seconds": 1e-8}}
    with pytest.raises(hwkit.ConfigError, match="no option 'driver_seconds'; did you mean"):
        SpeedupPlan(name="a", barriers={"causes": [cause]})


def test_an_estimate_counts_runs():
    plan = SpeedupPlan(name="a", speed={"factors": [1, 2], "runs": 10, "path_runs": 2})
    estimate = estimate_study(plan)
    assert estimate.runs > 2 * 2 + 4 * 10
    assert estimate.minutes > 0
