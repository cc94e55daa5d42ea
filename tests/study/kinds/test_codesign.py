import json
import re

import numpy as np
import pytest

from hwkit import ConfigError, DataError
from hwkit.study import estimate_study, load_plan, run_study, write_report
from hwkit.study.kinds.codesign.plan import CodesignPlan, GraphPlan, HardwarePlan
from tests.report.page_reader import PageReader

SMALL = """
kind = "codesign"
name = "small"
seed = 3
variants = ["aware", "robust", "calibrated"]
[data]
classes = [0, 1]
[graph]
n_hidden = 8
[hardware]
onsite = "cosh"
steepness = 1.5
[noising]
t_final = 1.0
dt = 4e-3
strength = 1.5
[mismatch]
coupling = 0.1
bias_offset = 1.0
[boards]
pilot = 2
fresh = 3
samples = 24
t_final = 1.0
dt = 5e-3
[robust]
factors = [0.5, 1.0]
[calibration]
runs = 8
t_final = 2.0
[limits]
variant = "calibrated"
recovered = 0.5
"""


def stop_at(stage):
    """Return an announcer that interrupts a study once two tasks of a stage are done."""

    def announce(name):
        def progress(n_done, _):
            if name == stage and n_done == 2:
                raise KeyboardInterrupt

        return progress

    return announce


def section_free(page):
    """Text of a page without the section on provenance, which has times."""
    return re.sub(r'<section id="provenance".*?</section>', "", page.read_text(), flags=re.DOTALL)


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("codesign")
    (folder / "small.toml").write_text(SMALL)
    plan = load_plan(folder / "small.toml")
    return plan, folder, run_study(plan, folder / "run", 2)


def test_every_variant_is_measured_on_the_same_boards(done):
    _, folder, verdict = done
    results = json.loads((folder / "run" / "codesign.json").read_text())
    assert list(results["boards"]) == ["ideal", "plain", "aware", "robust", "calibrated"]
    assert {len(entry["share"]) for entry in results["boards"].values()} == {3}
    assert set(results["pilot"]) == {"robust x 0.5", "robust x 1"}
    assert max(results["gradient"].values()) < 1e-9
    assert results["units"]["units"] == 72
    names = {metric.name for metric in verdict.metrics}
    assert {"plain: lost share", "robust: held-out loss per step"} <= names
    assert verdict["calibrated: recovered part of the loss"].limit == 0.5
    assert verdict["aware: recovered part of the loss"].limit is None
    assert verdict["aware: held-out loss per step"].value < (
        verdict["plain: held-out loss per step"].value
    )


def test_results_do_not_depend_on_the_number_of_workers(done, tmp_path):
    plan, folder, _ = done
    run_study(plan, tmp_path / "run", 1)
    for name in ("codesign.json", "verdict.json"):
        assert (tmp_path / "run" / name).read_bytes() == (folder / "run" / name).read_bytes()


def test_an_interrupted_study_goes_on_with_the_boards_that_are_missing(done, tmp_path):
    plan, folder, _ = done
    torn = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        run_study(plan, torn, 1, announce=stop_at("fresh boards"))
    assert (torn / "pilot-1.json").is_file()
    assert (torn / "fresh-0.json").is_file()
    assert not (torn / "fresh-2.json").exists()
    before = (torn / "fresh-0.json").stat().st_mtime_ns
    run_study(plan, torn, 1)
    assert (torn / "fresh-0.json").stat().st_mtime_ns == before
    for file in (folder / "run").glob("*.json"):
        if file.name != "provenance.json":
            assert (torn / file.name).read_bytes() == file.read_bytes(), file.name
    assert section_free(torn / "report.html") == section_free(folder / "run" / "report.html")


def test_the_provenance_names_every_stage(done):
    _, folder, _ = done
    stages = json.loads((folder / "run" / "provenance.json").read_text())["seconds"]
    assert list(stages) == ["training", "pilot boards", "fresh boards", "held-out losses"]
    assert all(seconds > 0 for seconds in stages.values())


def test_an_estimate_counts_the_samples_of_all_boards(done):
    plan, _, _ = done
    estimate = estimate_study(plan)
    assert estimate.runs == (2 * 3 + 3 * 5) * 24 + 3 * 8
    assert estimate.minutes > 0


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"noising": {"weights": [1.0]}}, "noising.weights has 1 numbers for 3 classes"),
        ({"noising": {"t_final": 1.0, "dt": 2.0}}, "dt"),
        ({"limits": {"variant": "robust"}}, "limits.variant is 'robust'"),
    ],
)
def test_a_plan_in_python_refuses_what_the_file_refuses(settings, words):
    with pytest.raises(ConfigError, match=words):
        CodesignPlan(name="x", **settings)


def test_a_graph_that_can_not_hold_the_pictures_is_refused_before_anything_is_written(tmp_path):
    plan = CodesignPlan(name="x", graph={"kind": "chimera", "size": 1})
    with pytest.raises(ConfigError, match="has 8 units, but the pictures 64 pixels"):
        run_study(plan, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_the_page_shows_every_board_and_needs_no_other_file(done):
    _, folder, verdict = done
    page = write_report(folder / "run")
    text = page.read_text()
    assert write_report(folder / "run").read_text() == text
    for metric in verdict.metrics:
        assert metric.name in text
    assert text.count("<svg") == 4
    for marker in ("http:", "https:"):
        assert marker not in text.replace("http://www.w3.org", "")
    assert text.count("<script") == 1  # the page's own
    assert PageReader(text).problems == []


def test_a_folder_without_a_study_has_no_page(tmp_path):
    with pytest.raises(DataError, match="is not a finished run folder"):
        write_report(tmp_path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("kind = 'codesign'\nname = 'x'\nvariant = 1", "did you mean 'variants'"),
        ("kind = 'codesign'\nname = 'x'\n[graph]\nkind = 'star'", "graph.kind is 'star'"),
        (
            "kind = 'codesign'\nname = 'x'\n[limits]\nvariant = 'robust'",
            "limits.variant is 'robust', which is not",
        ),
        ("kind = 'codesign'\nname = 'x'\n[noising]\nweights = [1]", "1 numbers for 3 classes"),
        ("kind = 'codesign'\nname = 'x'\n[limits]\nplain_loses = 1", "mean 'min_plain_loss'"),
        ("name = ", "is not valid TOML"),
    ],
)
def test_studies_that_ask_for_what_is_not_there_are_refused(tmp_path, text, words):
    (tmp_path / "study.toml").write_text(text)
    with pytest.raises(ConfigError, match=words):
        load_plan(tmp_path / "study.toml")
    with pytest.raises(ConfigError, match="can't be read"):
        load_plan(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("graph", "units", "most"),
    [
        (GraphPlan(n_hidden=4), 20, 19),
        (GraphPlan(kind="bipartite", n_hidden=4), 20, 16),
        (GraphPlan(kind="king", codes=2), 64, 8),
        (GraphPlan(kind="nearest"), 64, 4),
        (GraphPlan(kind="regular", n_hidden=8, degree=5), 24, 5),
        (GraphPlan(kind="chimera", size=2), 32, 6),
    ],
)
def test_every_graph_gives_fields_and_couplings(graph, units, most):
    visible = np.random.default_rng(0).standard_normal((2, 16))
    fields, placement = graph.layout(visible)
    mask = graph.mask(16, placement)
    assert fields.shape == (2, units)
    assert mask.shape == (units, units)
    assert mask.sum(axis=1).max() <= most
    assert np.array_equal(fields[:, :16], visible)


def test_graphs_too_small_or_not_square_are_refused():
    with pytest.raises(ConfigError, match="needs square pictures, not 6 pixels"):
        GraphPlan(kind="king").layout(np.zeros((2, 6)))
    with pytest.raises(ConfigError, match="has 8 units, but the pictures 64 pixels"):
        GraphPlan(kind="chimera", size=1).layout(np.zeros((2, 64)))


def test_the_hardware_is_what_the_plan_says():
    onsite, transfer = HardwarePlan(onsite="cosh", steepness=2.0, saturation=3.0).device(1.0, 1.0)
    assert onsite.r == pytest.approx(2 * 12**0.5)
    assert transfer.g == 3.0
    assert HardwarePlan().device(1.0, 2.0)[1] is None


@pytest.mark.parametrize(
    "name", ["codesign-degree8", "codesign-diodes", "codesign-grid", "codesign-nominal",
             "codesign-offsets"]
)  # fmt: skip
def test_the_shipped_studies_are_valid(name):
    plan = load_plan(f"sims/{name}.toml")
    assert isinstance(plan, CodesignPlan)
    assert plan.name == name


@pytest.mark.study
@pytest.mark.parametrize("name", ["diodes", "nominal", "grid", "offsets", "degree8"])
def test_the_shipped_studies_meet_their_limits(tmp_path, name):
    verdict = run_study(load_plan(f"sims/codesign-{name}.toml"), tmp_path / "run")
    assert verdict.passed, [m.name for m in verdict.metrics if not m.passed]
