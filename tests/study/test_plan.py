from pathlib import Path

import pytest
from pydantic import ValidationError

from hwkit import ConfigError, DataError
from hwkit.study import example_text, kind_names, load_kind, load_plan
from hwkit.study.kinds.equivalence.plan import EquivalencePlan

SIMS = Path(__file__).parents[2] / "sims"


@pytest.mark.parametrize("path", sorted(SIMS.glob("*.toml")), ids=lambda path: path.stem)
def test_the_studies_that_ship_are_valid_and_name_their_kind(path):
    plan = load_plan(path)
    if path.stem == "dataset-mnist":  # its pictures are the user's
        with pytest.raises(DataError, match="name a folder"):
            plan.check_here()
    else:
        plan.check_here()
    assert plan.name == path.stem
    assert plan.title
    assert f'kind = "{plan.kind}"' in path.read_text()


@pytest.mark.parametrize("name", kind_names())
def test_a_kind_is_named_alike_everywhere_and_has_an_example(name, tmp_path):
    kind = load_kind(name)
    assert kind.name == name == kind.plan.model_fields["kind"].default
    assert kind.summary.endswith(".")
    (tmp_path / "example.toml").write_text(example_text(name))
    plan = load_plan(tmp_path / "example.toml")
    assert (plan.kind, type(plan)) == (name, kind.plan)
    plan.check_here()


def test_an_unknown_kind_names_those_that_are_known(tmp_path):
    file = tmp_path / "a.toml"
    file.write_text('kind = "weather"\nname = "a"\n')
    with pytest.raises(ConfigError, match=r"a\.toml: kind = 'weather' .* equivalence, tolerance"):
        load_plan(file)


def test_a_file_without_a_kind_is_told_which_one_fits(tmp_path):
    file = tmp_path / "a.toml"
    text = 'name = "a"\nbits = [2, 4]\n[[curves]]\nname = "n"\nrounding = "nearest"\n'
    file.write_text(text)
    with pytest.raises(ConfigError, match="add the line kind = 'storage'"):
        load_plan(file)
    file.write_text('kind = "storage"\n' + text)
    assert load_plan(file).kind == "storage"


def test_options_for_data_are_refused_where_there_is_none(tmp_path):
    file = tmp_path / "a.toml"
    file.write_text('kind = "sampler"\nname = "a"\n')
    with pytest.raises(ConfigError, match="no data set; leave --classes"):
        load_plan(file, classes=[1])


def test_the_demonstration_keeps_its_promises():
    plan = load_plan(SIMS / "digits.toml")
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
    assert load_plan(study).machine == EquivalencePlan(name="a").machine


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


def test_a_tolerance_of_parts_that_the_family_has_not_is_refused_when_the_plan_is_made():
    causes = [{"name": "a", "tolerance": {"diode": 0.1}}]
    with pytest.raises(ConfigError, match="diode"):
        EquivalencePlan(name="x", budget={"runs": 2, "causes": causes})
    causes[0]["tolerance"] = {"coupling": 0.1}  # control: what the family has
    EquivalencePlan(name="x", budget={"runs": 2, "causes": causes})


def test_a_plan_made_in_python_is_refused_in_the_words_of_a_file():
    with pytest.raises(ConfigError, match=r"^machin is not a setting; did you mean 'machine'\?$"):
        EquivalencePlan(name="x", machin={})
    with pytest.raises(ConfigError, match=r"machine\.kT is -1\.0; it must be above 0"):
        EquivalencePlan(name="x", machine={"kT": -1.0})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[law]\nspice_runs = 3\n", "law is not a setting; did you mean 'distribution'"),
        ("[limits]\nlaw_resolution = 0.1\n", "did you mean 'distribution_resolution'"),
    ],
)
def test_settings_that_were_renamed_name_their_successor(tmp_path, text, words):
    file = tmp_path / "a.toml"
    file.write_text(f'name = "a"\n{text}')
    with pytest.raises(ConfigError, match=words):
        load_plan(file)


@pytest.mark.parametrize("key", ["self", "cls", "data.self", "machine.cls", "__init__"])
def test_a_key_with_a_name_of_pythons_is_an_unknown_setting(key, tmp_path):
    file = tmp_path / "a.toml"
    file.write_text(f'{key} = 1\nname = "a"\n')
    with pytest.raises(ConfigError, match=rf"a\.toml: {key} is not a setting") as refused:
        load_plan(file)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_study_file_may_have_a_byte_order_mark(encoding, tmp_path):
    plain, marked = tmp_path / "plain.toml", tmp_path / "marked.toml"
    plain.write_text(example_text("storage"), encoding="utf-8")
    marked.write_text(example_text("storage"), encoding=encoding)
    assert load_plan(marked) == load_plan(plain)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("boards = ", f"boards = {'9' * 400} #"),
        ("k = 3", "k = inf"),
        ("seed = 0", "seed = true"),
        ("seed = 0", 'seed = "0"'),
    ],
)
def test_numbers_that_are_none_are_refused(tmp_path, old, new):
    text = example_text("tolerance")
    assert old in text
    (tmp_path / "a.toml").write_text(text.replace(old, new, 1))
    with pytest.raises(ConfigError, match=r"a\.toml"):
        load_plan(tmp_path / "a.toml")
