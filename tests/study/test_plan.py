from pathlib import Path

import pytest
from pydantic import ValidationError

from hwkit import ConfigError, DesignError
from hwkit.study import (
    load_bench,
    load_codesign,
    load_plan,
    load_sampler,
    load_speedup,
)
from hwkit.study.kinds.energy.plan import load_energy
from hwkit.study.kinds.generative.plan import load_generative
from hwkit.study.kinds.equivalence.plan import StudyPlan, check_plan
from hwkit.study.kinds.storage.plan import load_storage

OTHERS = {  # studies of a kind of their own, by the first word of their name
    "bench": load_bench,
    "codesign": load_codesign,
    "energy": load_energy,
    "generative": load_generative,
    "speedup": load_speedup,
    "spu": load_sampler,
    "storage": load_storage,
    "tolerance": load_plan,
}
FILES = sorted((Path(__file__).parents[2] / "sims").glob("*.toml"))
STUDIES = [path for path in FILES if path.stem.partition("-")[0] not in OTHERS]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_study_is_read_by_the_reader_of_its_kind_alone(path):
    load = OTHERS.get(path.stem.partition("-")[0], load_plan)
    assert load(path).name == path.stem
    for other in {load_plan, *OTHERS.values()} - {load}:
        with pytest.raises(ConfigError):
            other(path)


@pytest.mark.parametrize("path", STUDIES, ids=lambda path: path.stem)
def test_the_studies_that_ship_are_valid(path):
    plan = load_plan(path)
    check_plan(plan)
    assert plan.name == path.stem
    assert plan.title


def test_the_demonstration_keeps_its_promises():
    [path] = [path for path in STUDIES if path.stem == "digits"]
    plan = load_plan(path)
    assert (plan.generation.samples, plan.generation.ideal_samples) == (100, 2000)
    assert plan.generation.dt == 2.5e-3
    limits = plan.limits
    assert (limits.drift, limits.path, limits.implicit) == (1e-6, 5e-3, 1e-6)
    assert (limits.recognisable, limits.class_share) == (0.93, 0.15)


@pytest.fixture
def study(tmp_path):
    path = tmp_path / "study.toml"
    path.write_text('name = "a"\nseed = 1\n[data]\nclasses = [0, 1]\n')
    return path


def test_what_is_not_said_has_its_default(study):
    assert load_plan(study).machine == StudyPlan(name="a").machine


def test_classes_and_seed_can_be_given_in_place_of_the_file_s(study):
    plan = load_plan(study, classes=[3, 4], seed=9)
    assert (plan.data.classes, plan.seed) == ([3, 4], 9)
    assert (load_plan(study).data.classes, load_plan(study).seed) == ([0, 1], 1)


def test_classes_can_be_given_to_a_file_without_data(tmp_path):
    (tmp_path / "study.toml").write_text('name = "a"\n')
    assert load_plan(tmp_path / "study.toml", classes=[5]).data.classes == [5]


def test_a_plan_is_frozen(study):
    with pytest.raises(ValidationError):
        load_plan(study).machine.kT = 0.2


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"nowhere\.toml can't be read"):
        load_plan(tmp_path / "nowhere.toml")


def test_a_tolerance_of_parts_that_the_family_has_not_is_refused_beforehand():
    causes = [{"name": "a", "tolerance": {"diode": 0.1}}]
    plan = StudyPlan.model_validate({"name": "x", "budget": {"runs": 2, "causes": causes}})
    with pytest.raises(DesignError, match="diode"):
        check_plan(plan)
    causes[0]["tolerance"] = {"coupling": 0.1}  # control: what the family has
    check_plan(StudyPlan.model_validate({"name": "x", "budget": {"runs": 2, "causes": causes}}))
