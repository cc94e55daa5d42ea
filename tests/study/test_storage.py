"""Storage studies: a small one whole, its exact loss, and what is enough."""

import json

import numpy as np
import pytest

from hwkit import ConfigError
from hwkit.study.kinds.storage.page import write_storage
from hwkit.study.kinds.storage.plan import load_storage
from hwkit.study.kinds.storage.study import RESULTS, prepare, run_storage, stored
from hwkit.study.kinds.storage.verdict import enough_bits, paired

STUDY = """
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
    return load_storage(file)


def test_a_small_study_is_whole_and_resumes(tmp_path, plan):
    verdict = run_storage(plan, tmp_path / "run")
    content = json.loads((tmp_path / "run" / RESULTS).read_text())
    assert list(content["curves"]) == ["nearest", "stochastic", "retrained"]
    assert verdict["stochastic: loss against its exact mean"].passed
    for name in content["curves"]:
        assert verdict[f"{name}: share at 12 bits, difference"].value <= 0.05
        coarse, fine = (content["curves"][name][bits] for bits in ("2", "12"))
        assert np.mean(coarse["drift"]) > 0.1 > 10 * np.mean(fine["drift"])
    assert run_storage(plan, tmp_path / "run") == verdict
    assert "Full scale" in write_storage(tmp_path / "run").read_text()


def test_the_exact_loss_of_stochastic_rounding_notices_a_bias(plan):
    trial = prepare(plan)
    found = stored(trial, plan.curves[1], 2)["expected"]
    losses = np.array(found["found"])
    error = losses.std(ddof=1) / np.sqrt(losses.size)
    assert abs(losses.mean() - found["exact"]) < 4 * error
    nearest = stored(trial, plan.curves[0], 2)["loss"][0]  # control: errors that are no noise
    assert abs(nearest - found["exact"]) > 4 * error


def test_repeats_of_nearest_rounding_differ_by_noise_alone(plan):
    trial = prepare(plan)
    found = stored(trial, plan.curves[0], 4)
    assert len(set(found["loss"])) == 1
    assert len(set(found["heat"])) == 3
    assert len(set(stored(trial, plan.curves[1], 4)["loss"])) == 3


def test_bits_are_enough_from_the_last_that_is_not_on():
    reference = [0.9, 0.91, 0.92]
    near = [value + 1e-3 for value in reference]
    far = [value - 0.1 for value in reference]
    curve = {bits: {"share": near} for bits in ("2", "4", "5")} | {"3": {"share": far}}
    assert enough_bits(curve, reference, "share", 0.02) == 4
    assert enough_bits(curve, reference, "share", 0.2) == 2
    assert enough_bits({"2": {"share": far}}, reference, "share", 0.02) == float("inf")
    better = {"2": {"share": [value + 0.1 for value in reference]}}
    assert enough_bits(better, reference, "share", 0.02) == 2
    better["2"]["heat"] = better["2"]["share"]
    assert enough_bits(better, reference, "heat", 0.02) == float("inf")
    assert paired(far, reference)[0] == pytest.approx(-0.1)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (("[2, 12]", "[12, 2]"), "give them rising"),
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
        load_storage(file)
