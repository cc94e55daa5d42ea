"""The JSON schema that ships with the package, and what `Verdict.load` makes of other files."""

import json
from importlib.resources import files

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwkit import DataError, Metric, Verdict

SCHEMA = json.loads(files("hwkit.fidelity").joinpath("verdict.schema.json").read_text("utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
METRIC = Metric("m", "path", 1.0, 2.0, "<=", 0.1, 3, (1, 2), "a note")
ROW = json.loads(Verdict((METRIC,)).to_json())["metrics"][0]

# To JSON Schema 1.0 is an integer, to Python it is not.
FRACTIONS = st.floats(allow_nan=False).filter(lambda value: not value.is_integer())
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | FRACTIONS | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize(
    "metric",
    [METRIC, Metric("nan", "distribution", float("nan"), 1.0), Metric("bare", "drift", 0.0)],
)
def test_what_is_written_meets_the_schema(metric):
    VALIDATOR.validate(json.loads(Verdict((metric,)).to_json()))


def document(row):
    return {"schema_version": 1, "passed": True, "metrics": [row]}


def load(tmp_path, content):
    (tmp_path / "verdict.json").write_text(json.dumps(content))
    return Verdict.load(tmp_path / "verdict.json")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", 3),
        ("level", "colour"),
        ("level", ["path"]),
        ("value", "1.0"),
        ("value", True),
        ("limit", "none"),
        ("direction", "<"),
        ("stderr", []),
        ("n", 1.5),
        ("n", True),
        ("seeds", 1),
        ("seeds", ["1"]),
        ("note", None),
        ("passed", 1),
        ("extra", 1),
    ],
)
def test_a_field_of_the_wrong_type_is_refused_by_both(tmp_path, field, value):
    wrong = document(ROW | {field: value})
    assert not VALIDATOR.is_valid(wrong)
    with pytest.raises(
        DataError,
        match=rf"verdict\.json .* metric 0: .*{field}|verdict\.json .* metric 0: the seed",
    ):
        load(tmp_path, wrong)


@pytest.mark.parametrize("field", sorted(ROW))
def test_a_missing_field_is_refused_by_both(tmp_path, field):
    wrong = document({name: value for name, value in ROW.items() if name != field})
    assert not VALIDATOR.is_valid(wrong)
    with pytest.raises(DataError, match=f"metric 0: it has no field '{field}'"):
        load(tmp_path, wrong)


def test_a_verdict_that_contradicts_itself_is_refused(tmp_path):
    with pytest.raises(DataError, match="passed is False, which value and limit contradict"):
        load(tmp_path, document(ROW | {"passed": False}))


@given(st.sampled_from(sorted(ROW)), JSON)
def test_reader_and_schema_agree(tmp_path_factory, field, value):
    changed = document(ROW | {field: value})
    problem = complaint(tmp_path_factory.mktemp("verdict"), changed)
    # The reader also knows what a schema can't say: passed follows from value and limit.
    beyond = "contradict" in problem or "too large" in problem
    assert VALIDATOR.is_valid(changed) is (problem == "" or beyond)


def complaint(folder, content):
    try:
        load(folder, content)
    except DataError as error:
        return str(error)
    return ""
