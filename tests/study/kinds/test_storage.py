"""Storage studies: a small one whole, its exact loss, and what is enough."""

import json
import time
from unittest.mock import patch

import numpy as np
import pytest

from hwkit import ConfigError
from hwkit.study import estimate_study, load_plan, run_study
from hwkit.study.kinds.storage.plan import StoragePlan
from hwkit.study.kinds.storage.results import CURVES, Point, Repeats
from hwkit.study.kinds.storage.study import prepare, stored
from hwkit.study.kinds.storage.verdict import enough_bits, paired

STUDY = """
kind = "storage"
name = "tiny"
bits = [2, 12]
[data]
classes = [0, 1]
[machine]
n_hidden = 8
[protocol]
t_final = 1.0
dt = 5e-3
[[curves]]
name = "nearest"
rounding = "nearest"
[[curves]]
name = "stochastic"
rounding = "stochastic"
[[curves]]
name = "retrained"
rounding = "retrain"
full_scale = "best"
[repeats]
count = 3
samples = 20
dt = 1e-2
[limits]
control = 0.1
"""


@pytest.fixture
def plan(tmp_path):
    file = tmp_path / "tiny.toml"
    file.write_text(STUDY)
    return load_plan(file)


def test_a_small_study_is_whole_and_resumes(tmp_path, plan):
    verdict = run_study(plan, tmp_path / "run")
    content = json.loads((tmp_path / "run" / CURVES).read_text())
    assert list(content["curves"]) == ["nearest", "stochastic", "retrained"]
    assert verdict["stochastic: loss against its exact mean"].passed
    for name in content["curves"]:
        assert verdict[f"{name}: share at 12 bits, difference"].value <= 0.05
        coarse, fine = (content["curves"][name][bits] for bits in ("2", "12"))
        assert np.mean(coarse["repeats"]["drift"]) > 0.1 > 10 * np.mean(fine["repeats"]["drift"])
    with patch("hwkit.study.kinds.storage.study.prepare_states", side_effect=AssertionError):
        assert run_study(plan, tmp_path / "run") == verdict  # no starts for what is there
    assert "Full scale" in (tmp_path / "run" / "report.html").read_text()


def test_a_study_that_is_resumed_reads_each_result_for_the_page_once(tmp_path, plan):
    run_study(plan, tmp_path / "run", jobs=1)
    read = []

    def intact(path, digest):
        read.append(path.name)
        return True

    with patch("hwkit.study.ownership.is_intact", intact), patch("hwkit.study.folder.is_intact"):
        run_study(plan, tmp_path / "run", jobs=1)
    assert read == []  # the folder was looked at when it was opened, and nobody else wrote since


def test_the_exact_loss_of_stochastic_rounding_notices_a_bias(plan):
    trial = prepare(plan, plan.repeats.count)
    losses = stored(trial, plan.curves[1], 2).losses
    drawn = np.array(losses.drawn)
    error = drawn.std(ddof=1) / np.sqrt(drawn.size)
    assert abs(drawn.mean() - losses.exact) < 4 * error
    nearest = stored(trial, plan.curves[0], 2).repeats.loss[0]  # control: errors that are no noise
    assert abs(nearest - losses.exact) > 4 * error


def test_repeats_of_nearest_rounding_differ_by_noise_alone(plan):
    trial = prepare(plan, plan.repeats.count)
    repeats = stored(trial, plan.curves[0], 4).repeats
    assert len(set(repeats.loss)) == 1
    assert len(set(repeats.heat)) == 3
    assert len(set(stored(trial, plan.curves[1], 4).repeats.loss)) == 3


def shares(values):
    return Point(1.0, None, Repeats(values, values, values, values, values))


def share_of(repeats):
    return repeats.share


def test_bits_are_enough_from_the_last_that_is_not_on():
    reference = [0.9, 0.91, 0.92]
    near = shares([value + 1e-3 for value in reference])
    far = shares([value - 0.1 for value in reference])
    curve = {2: near, 3: far, 4: near, 5: near}
    assert enough_bits(curve, reference, share_of, 0.02, True) == 4
    assert enough_bits(curve, reference, share_of, 0.2, True) == 2
    assert enough_bits({2: far}, reference, share_of, 0.02, True) == float("inf")
    better = {2: shares([value + 0.1 for value in reference])}
    assert enough_bits(better, reference, share_of, 0.02, True) == 2
    assert enough_bits(better, reference, share_of, 0.02) == float("inf")
    assert paired(far.repeats.share, reference)[0] == pytest.approx(-0.1)


def slow(*arguments):
    time.sleep(0.5)
    return prepare(*arguments)


def test_an_estimate_counts_machines(plan):
    estimate = estimate_study(plan)
    assert estimate.runs == (2 + 3 * 2) * 3 * 20
    assert 0 < estimate.minutes < 10
    with patch("hwkit.study.kinds.storage.estimate.prepare", slow):
        assert estimate_study(plan).minutes > 0.5 / 60  # training counts


def test_a_plan_in_python_is_held_to_the_same_rules():
    curve = {"name": "a", "rounding": "nearest"}
    with pytest.raises(ConfigError, match=r"bits are \[4, 2\]; give them in ascending order"):
        StoragePlan(name="a", bits=[4, 2], curves=[curve])
    with pytest.raises(ConfigError, match="two curves are called 'a'"):
        StoragePlan(name="a", curves=[curve, curve])


def test_points_that_are_missing_are_computed_again_alone(tmp_path, plan):
    run_study(plan, tmp_path / "run", jobs=2)
    before = {file.name: file.read_bytes() for file in (tmp_path / "run").iterdir()}
    (tmp_path / "run" / "curve-1-2.json").unlink()
    run_study(plan, tmp_path / "run", jobs=1)
    after = {file.name: file.read_bytes() for file in (tmp_path / "run").iterdir()}
    changing = {"provenance.json", "report.html"}  # hold times
    assert {n for n in before if before[n] != after.get(n)} <= changing


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (("[2, 12]", "[12, 2]"), "give them in ascending order"),
        (("[2, 12]", "[1, 12]"), "bits"),
        (('name = "stochastic"', 'name = "nearest"'), "two curves are called 'nearest'"),
        (('"stochastic"\n[[curves]]\nname = "ret', '"dice"\n[[curves]]\nname = "ret'), "rounding"),
    ],
)
def test_what_can_not_be_is_refused(tmp_path, wrong, says):
    assert wrong[0] in STUDY
    file = tmp_path / "tiny.toml"
    file.write_text(STUDY.replace(*wrong))
    with pytest.raises(ConfigError, match=says):
        load_plan(file)
