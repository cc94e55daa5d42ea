"""Estimates grow in proportion to what a study is asked for, stage by stage."""

import pytest

from hwkit.study import estimate_study, example_text, load_plan


@pytest.fixture
def plan_of(tmp_path):
    def load(kind):
        file = tmp_path / f"{kind}.toml"
        file.write_text(example_text(kind))
        return load_plan(file)

    return load


def changed(plan, place, value):
    """The plan with another value at a place such as "runs.samples" or "circuits.0.samples"."""
    settings = plan.model_dump(exclude_unset=True)
    *tables, name = place.split(".")
    inner = settings
    for table in tables:
        inner = inner[int(table)] if table.isdigit() else inner.setdefault(table, {})
    inner[name] = value
    return type(plan)(**settings)


@pytest.mark.parametrize(
    ("kind", "place", "values", "stages"),
    [
        ("storage", "repeats.count", (4, 8), ["curves", "full precision and control"]),
        ("sampler", "samples.count", (8000, 16000), ["SPICE runs: ideal parts"]),
        ("sampler", "parts.boards", (10, 20), ["boards", "parts that make the published error"]),
        ("energy", "circuits.0.samples", (4, 8), ["rails: SPICE, generation"]),
        ("energy", "circuits.0.halved", (2, 4), ["rails: SPICE, half the step"]),
        ("codesign", "boards.fresh", (4, 8), ["fresh boards"]),
        ("equivalence", "generation.samples", (20, 40), ["SPICE runs (full)"]),
        ("equivalence", "checks.drift_states", (20, 40), ["drift"]),
        ("tolerance", "boards.count", (400, 800), ["boards"]),
        ("tolerance", "sensitivity.sobol_boards", (100, 200), ["Sobol indices"]),
        ("tolerance", "check.boards", (2, 4), ["check in SPICE", "check in the twin"]),
        ("speedup", "speed.runs", (40, 80), ["SPICE runs: distribution-1"]),
        ("speedup", "barriers.runs", (10, 20), ["SPICE runs: barrier-0-16"]),
        ("generative", "heat.samples", (128, 256), ["samples and heat"]),
        ("generative", "training.batch_cycles", (400, 800), ["training"]),
        ("breadboard", "runs.samples", (40, 80), ["SPICE runs: samples", "SPICE runs: bits"]),
        ("breadboard", "boards.count", (10, 20), ["boards"]),
    ],
)
def test_twice_the_work_is_twice_the_time(kind, place, values, stages, plan_of):
    plan = plan_of(kind)
    if kind == "energy":
        plan = changed(plan, "circuits.0.samples", 4)  # as many as are repeated at most
    once, twice = (estimate_study(changed(plan, place, value)) for value in values)
    for stage in stages:
        assert twice.stages[stage] == pytest.approx(2 * once.stages[stage], rel=0.1)
    assert twice.minutes == pytest.approx(sum(twice.stages.values()) / 60)


def test_machines_of_a_data_set_are_counted_one_by_one(plan_of):
    once, twice = (
        estimate_study(changed(plan_of("dataset"), "samples.seeds", value)) for value in (2, 4)
    )
    assert twice.stages["machines"] > once.stages["machines"] > 0


def test_minutes_are_those_of_all_stages(plan_of):
    found = estimate_study(plan_of("storage"))
    assert found.minutes == pytest.approx(sum(found.stages.values()) / 60)
    assert {"training", "curves", "start", "page"} <= found.stages.keys()
