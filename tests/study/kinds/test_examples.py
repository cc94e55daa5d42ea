"""What `hwkit new` writes runs as it is, for every kind of study that is installed with hwkit."""

import json

import pytest

from hwkit.study import (
    conclude_study,
    estimate_study,
    example_text,
    kind_names,
    load_kind,
    load_plan,
)
from tests.report.first_screen import check_first_screen

SPICE = {"breadboard", "energy", "equivalence", "sampler", "silicon", "speedup", "tolerance"}


def example(name, folder):
    file = folder / f"{name}.toml"
    file.write_text(example_text(name))
    return load_plan(file)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.spice] if name in SPICE else [])
        for name in kind_names()
        if name != "tolerance"  # it is run, and resumed, in test_tolerance.py
    ],
)
def test_an_example_runs(name, tmp_path):
    plan = example(name, tmp_path)
    assert load_kind(name).needs_spice(plan) == (name in SPICE)
    counted = estimate_study(plan).stages
    outcome = conclude_study(plan, tmp_path / "run", jobs=1)
    timed = json.loads((tmp_path / "run" / "provenance.json").read_text("utf-8"))["seconds"]
    assert not counted or timed.keys() <= counted.keys()  # an estimate leaves no stage out
    assert outcome.verdict.metrics
    assert outcome.verdict.passed
    page = outcome.page.read_text("utf-8")
    assert plan.name in page
    check_first_screen(page, outcome.answer)
