import json
from dataclasses import replace

import numpy as np
import pytest

from hwkit import ConfigError, DataError
from hwkit.study import load_plan, run_study, write_report
from hwkit.study.kinds.dataset.material import Material
from hwkit.study.kinds.dataset.plan import DatasetPlan
from hwkit.study.kinds.dataset.study import trainings

SMALL = {
    "name": "small",
    "data": {"train": 200, "held_out": 60, "judge_units": 32},
    "machine": {"experts": 10, "prototypes": 0, "segments": 1},
    "noising": {"steps": 32, "samples": 2},
    "samples": {"seeds": 2, "generated": 40},
    "conditions": {"of_each_class": 4, "masked": 6},
    "frontier": [
        {"name": "6 bits", "bits": 6},
        {"name": "two", "segments": 2},
        {"name": "colder", "kT": 0.05},
    ],
}


def small(**changes):
    return DatasetPlan(**(SMALL | changes))


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dataset")
    return folder, run_study(small(), folder, jobs=2)


def test_a_study_says_what_it_found(finished):
    folder, verdict = finished
    names = [metric.name for metric in verdict.metrics]
    assert names[:6] == ["FD", "confident", "smallest class", "precision", "recall", "novelty"]
    assert verdict["training: largest gradient, relative"].passed
    assert verdict["control, pixels permuted: precision"].passed
    assert verdict["control, a machine that copies: novelty"].value < 0.9
    results = json.loads((folder / "dataset.json").read_text())
    assert [point["name"] for point in results["frontier"]] == ["6 bits", "two", "colder"]
    assert results["frontier"][1]["couplings"] == 2 * results["machines"][0]["couplings"]
    warm, cold = results["machines"][0], results["frontier"][2]
    assert (cold["kind"], cold["setting"]) == ("kT", 0.05)
    nearest = [each["quality"]["novelty"]["value"] for each in (warm, cold)]
    assert nearest[1] < 0.9 * nearest[0]  # less noise in the pixels
    page = (folder / "report.html").read_text("utf-8")
    assert page.index("Generated, class by class") < page.index("Quality against hardware")
    assert page.count("data:image/png") == 3 * 10 + 10 + 3 * 6


def test_slow_machines_take_several_turns_of_the_segments_without_a_force():
    settings = {"experts": 0, "prototypes": 0, "segments": 4}
    plan = small(machine=settings | {"slowness": 3}, conditions=None, frontier=[])
    material = Material.of(plan)
    machine = material.train(plan.machine, 0).machine
    slow, protocol = material.in_generation(machine)
    assert (len(slow.segments), protocol.n_steps) == (6, 48)
    fast = replace(material, plan=small(machine=settings, conditions=None, frontier=[]))
    assert np.any(fast.generate(machine, 5, 0) != material.generate(machine, 5, 0))


def test_an_interrupted_study_resumes_with_the_same_bytes(finished):
    folder, _ = finished
    before = {f.name: f.read_bytes() for f in folder.iterdir() if f.name != "provenance.json"}
    for name in ("machine-1.json", "frontier-1.json", "dataset.json"):
        (folder / name).unlink()
    run_study(small(), folder, jobs=1)
    write_report(folder)
    after = {f.name: f.read_bytes() for f in folder.iterdir() if f.name != "provenance.json"}
    assert {n for n in before if before[n] != after[n]} <= {"report.html"}  # it tells times


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"machine": {"segments": 3}}, "machine.segments is 3, which does not divide the 32 steps"),
        ({"machine": {"expert_samples": 1}}, "expert_samples is 1, but noising.samples is"),
        ({"frontier": [{"name": "a"}, {"name": "a"}]}, "two machines are called 'a'"),
        ({"machine": {"experts": 0, "prototypes": 0}}, "a class can't be asked of a machine"),
        ({"data": {"folder": "x"}}, "data.folder changes nothing while data.source is 'digits'"),
    ],
)
def test_settings_that_do_not_fit_are_refused(changes, words):
    with pytest.raises(ConfigError, match=words):
        small(**changes)


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"machine": {"experts": 201}}, ConfigError, "experts is 201, but there are 200 training"),
        ({"machine": {"tiles": {"experts": 201}}}, ConfigError, "tiles.experts is 201, but there"),
        ({"machine": {"tiles": {"size": 3}}}, ConfigError, "tiles of 3 pixels don't cover 8 of 8"),
        ({"machine": {"experts": 4}}, ConfigError, "experts is 4, fewer than 10 classes"),
        ({"data": {"train": 1790}}, ConfigError, "the data set has 1797"),
        ({"data": {"source": "mnist"}}, DataError, "name a folder"),
    ],
)
def test_what_this_data_does_not_allow_is_refused(changes, error, words):
    with pytest.raises(error, match=words):
        small(**changes).check_here()


def test_a_step_that_is_too_long_is_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"noising.steps is 8: states overflow in steps of 0\.31"):
        run_study(small(noising={"steps": 8}, machine={"segments": 1}), tmp_path, jobs=1)


def test_a_class_without_pictures_is_refused(tmp_path):
    rng = np.random.default_rng(0)
    labels = np.where(np.arange(300) % 2, 2, 0)
    np.savez(tmp_path / "a.npz", pictures=rng.random((300, 3, 3)), labels=labels)
    data = {"source": "arrays", "folder": str(tmp_path / "a.npz"), "train": 200, "held_out": 60}
    with pytest.raises(DataError, match="class 1 has no pictures among the 200 to train"):
        small(data=data).check_here()
    np.savez(tmp_path / "a.npz", pictures=rng.random((300, 3, 3)))
    with pytest.raises(DataError, match=r"a\.npz is not an \.npz of pictures and labels"):
        small(data=data).check_here()


def test_machines_of_tiles_are_trained_once_for_all_their_points():
    tiles = {"experts": 5, "size": 4}
    plan = small(
        machine={"experts": 10, "prototypes": 0, "tiles": tiles},
        frontier=[{"name": "6 bits", "bits": 6}, {"name": "b", "tiles": {"experts": 0}},
                  {"name": "8 bits", "bits": 8}],
    )  # fmt: skip
    assert [[point.name for point in points] for points in trainings(plan)] == [
        ["6 bits", "8 bits"], ["b"]
    ]  # fmt: skip
    groups = plan.machine.groups(64)
    assert [group.n_experts for group in groups] == [5, 5, 5, 5, 10]
    assert not plan.machine.without_experts().has_experts


def test_committed_studies_are_read():
    for name in ("dataset-digits", "dataset-mnist"):
        plan = load_plan(f"sims/{name}.toml")
        assert plan.kind == "dataset"
        assert {point.bits for point in plan.frontier} >= {6}
