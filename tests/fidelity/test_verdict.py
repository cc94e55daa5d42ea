import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwkit import DataError
from hwkit.fidelity import Metric, Verdict, merge

NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
METRICS = st.builds(
    Metric,
    name=st.text(min_size=1),
    level=st.sampled_from(["drift", "path", "distribution", "quality", "answer"]),
    value=NUMBERS,
    limit=st.none() | NUMBERS,
    direction=st.sampled_from(["<=", ">="]),
    stderr=st.none() | NUMBERS,
    n=st.integers(0, 10**6),
    seeds=st.lists(st.integers(0, 2**64 - 1)).map(tuple),
    note=st.text(),
)


@pytest.mark.parametrize(
    ("value", "direction", "passed"),
    [
        (0.9, "<=", True),
        (1.0, "<=", True),
        (1.1, "<=", False),
        (0.9, ">=", False),
        (1.0, ">=", True),
        (1.1, ">=", True),
        (float("nan"), "<=", False),
        (float("nan"), ">=", False),
        (float("inf"), "<=", False),
    ],
)
def test_a_limit_is_met_or_not(value, direction, passed):
    metric = Metric("m", "path", value, 1.0, direction)
    assert metric.passed is passed
    assert Verdict((metric, Metric("n", "path", 0.0, 1.0))).passed is passed


def test_without_a_limit_nothing_is_judged():
    assert Metric("m", "path", float("nan")).passed
    assert Verdict(()).passed


@given(st.lists(METRICS, unique_by=lambda metric: metric.name).map(tuple))
def test_verdicts_round_trip_through_json(tmp_path_factory, metrics):
    path = tmp_path_factory.mktemp("verdict") / "verdict.json"
    Verdict(metrics).save(path)
    assert Verdict.load(path) == Verdict(metrics)
    document = json.loads(path.read_text(encoding="utf-8"))
    assert document["schema_version"] == 1
    assert document["passed"] == Verdict(metrics).passed
    assert [row["passed"] for row in document["metrics"]] == [m.passed for m in metrics]


def test_a_number_that_is_none_is_null_in_json_and_fails_again_when_read(tmp_path):
    Verdict((Metric("m", "path", float("nan"), 1.0),)).save(tmp_path / "verdict.json")
    assert json.loads((tmp_path / "verdict.json").read_text())["metrics"][0]["value"] is None
    assert not Verdict.load(tmp_path / "verdict.json").passed


def test_names_are_unique():
    twice = [Metric("m", "path", 1.0), Metric("m", "drift", 2.0)]
    with pytest.raises(DataError, match="two metrics are called 'm'"):
        Verdict(tuple(twice))
    with pytest.raises(DataError, match="'m'"):
        merge(twice[:1], twice[1:])


def test_metrics_are_found_by_name():
    verdict = merge([Metric("a", "path", 1.0)], [Metric("b", "drift", 2.0)])
    assert verdict["b"].value == 2.0
    with pytest.raises(KeyError):
        verdict["c"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"schema_version": 99, "metrics": []}',
        '{"schema_version": 1}',
        '{"schema_version": 1, "metrics": [{"name": "m"}]}',
        '{"schema_version": 1, "metrics": [{"value": 1.0, "colour": "red"}]}',
    ],
)
def test_what_is_no_verdict_is_refused(tmp_path, text):
    (tmp_path / "verdict.json").write_text(text)
    with pytest.raises(DataError, match=r"verdict\.json"):
        Verdict.load(tmp_path / "verdict.json")


@pytest.mark.parametrize(("limit", "direction"), [(float("inf"), "<="), (-float("inf"), ">=")])
def test_a_limit_that_nothing_crosses_is_no_limit(limit, direction):
    with pytest.raises(DataError, match="which no number crosses"):
        Metric("error", "path", 1.0, limit, direction)


def test_a_verdict_without_limits_does_not_say_passed():
    for rows in ((), (Metric("error", "path", 1.0),)):
        assert "passed" not in Verdict(rows).summary().title
    assert "passed, 1 of 1" in Verdict((Metric("error", "path", 1.0, 2.0),)).summary().title
