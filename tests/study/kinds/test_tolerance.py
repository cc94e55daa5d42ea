import json
import os
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import numpy as np
import pytest

import hwkit
from hwkit.plugins import installed
from hwkit.study import estimate_study, example_text, load_plan, run_study, write_report
from hwkit.study.kinds.tolerance import batches
from hwkit.study.kinds.tolerance.batches import read_table
from hwkit.study.kinds.tolerance.nominal import BoardMetrics
from hwkit.study.kinds.tolerance.plan import TolerancePlan
from hwkit.study.kinds.tolerance.smooth import SMOOTH, smooth_metric
from hwkit.study.kinds.tolerance.study import nominal_board
from hwkit.study.kinds.tolerance.verbs import board_netlist
from hwkit.tolerance import METRICS
from hwkit.tolerance.scaled_sigma import MOST_ADDED
from hwkit.twin import Boards

SIMS = Path(__file__).parents[3] / "sims"
SMALL = """
kind = "tolerance"
name = "small"
seed = 3
[data]
classes = [0, 1]
[machine]
n_hidden = 4
[protocol]
t_final = 0.2
dt = 0.01
[boards]
count = {count}
paths = 4
batch = 4
dt = 0.01
[[spread]]
parts = "coupling"
sigma = 0.2
[[spread]]
name = "C"
parts = "capacitor"
distribution = "uniform"
half_width = 0.1
share = "lot"
[[specification]]
metric = "path rms"
max = 0.01
[check]
boards = 0
[sensitivity]
top = 0
"""
MORE = """
[curves]
boards = 4
factors = [0.5, 4.0]
bits = [3, 10]
[budget]
boards = 4
target = 0.5
precision = 0.5
groups = ["C"]
trim = [0, 20]
cost.C = {"0.5" = 2.0, "1.0" = 1.0}
[rare]
boards = 12
scales = [2.0, 3.0, 4.0, 6.0]
"""


def study(tmp_path, count=12, more="", replace=()):
    text = SMALL.format(count=count) + more
    for old, new in replace:
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "study.toml"
    path.write_text(text, encoding="utf-8")
    return path


def contents(folder):
    """Every byte but those of provenance."""
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file() and file.name not in ("provenance.json", "report.html")
    }


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """An uninterrupted run with one worker."""
    folder = tmp_path_factory.mktemp("whole")
    run_study(load_plan(study(folder)), folder / "run", jobs=1)
    return folder / "run"


def test_a_study_writes_one_row_a_board(whole):
    table = read_table(whole / "results.parquet")
    assert table["board"] == list(range(12))
    assert set(METRICS) <= set(table)
    facts = json.loads((whole / "tolerance.json").read_text())
    passed = sum(value <= 0.01 for value in table["path rms"])
    assert 0 < passed < 12
    assert facts["yield"]["passed"] == passed
    assert facts["causes"] == {"path rms <= 0.01": 12 - passed, "simulation failed": 0}
    worst = facts["worst"][0]["board"]
    assert table["path rms"][worst] == max(table["path rms"])


def test_more_workers_and_a_resumed_run_give_the_same_bytes(tmp_path, whole):
    plan = load_plan(study(tmp_path))
    run_study(plan, tmp_path / "run", jobs=2)
    assert contents(tmp_path / "run") == contents(whole)
    for name in ("batches/boards-0000004.parquet", "results.parquet", "tolerance.json"):
        (tmp_path / "run" / name).unlink()
    run_study(plan, tmp_path / "run", jobs=1)
    assert contents(tmp_path / "run") == contents(whole)
    other = load_plan(study(tmp_path), seed=4)
    run_study(other, tmp_path / "run", jobs=1)
    assert contents(tmp_path / "run") != contents(whole)


def start(path, out):
    command = [sys.executable, "-m", "hwkit", "run", str(path), "--out", str(out)]
    return subprocess.Popen(
        [*command, "--jobs", "1"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )  # fmt: skip


def wait_for_batches(process, out, at_least):
    deadline = time.monotonic() + 120
    while len(list((out / "batches").glob("boards-*.parquet"))) < at_least:
        assert process.poll() is None, "the study ended before it could be stopped"
        assert time.monotonic() < deadline
        time.sleep(0.002)


@pytest.mark.study
def test_killed_at_any_time_and_started_again_it_ends_with_the_same_bytes(tmp_path):
    path, out = study(tmp_path, count=60), tmp_path / "run"
    plan = load_plan(path)
    run_study(plan, tmp_path / "whole", jobs=2)
    process = start(path, out)
    wait_for_batches(process, out, 3)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert not (out / "tolerance.json").exists()
    assert 3 <= len(list((out / "batches").glob("boards-*.parquet"))) < 15
    run_study(plan, out, jobs=1)
    assert contents(out) == contents(tmp_path / "whole")


@pytest.mark.study
def test_ctrl_c_ends_cleanly(tmp_path):
    path, out = study(tmp_path, count=60), tmp_path / "run"
    process = start(path, out)
    wait_for_batches(process, out, 1)
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "finished stages are in" in said
    for file in (out / "batches").glob("boards-*.parquet"):
        assert len(read_table(file)["board"]) == 4


@pytest.mark.study
def test_a_dask_cluster_gives_the_same_bytes(tmp_path, whole):
    distributed = pytest.importorskip("distributed")
    plan = load_plan(study(tmp_path))
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, processes=True
    ) as cluster:
        run_study(plan, tmp_path / "run", scheduler=cluster.scheduler_address)
    assert contents(tmp_path / "run") == contents(whole)


@pytest.mark.study
def test_no_scheduler_is_said(tmp_path):
    pytest.importorskip("distributed")
    plan = load_plan(study(tmp_path))
    with pytest.raises(hwkit.ConfigError, match="no Dask scheduler answers"):
        run_study(plan, tmp_path / "run", scheduler="tcp://127.0.0.1:9")


@pytest.mark.study
def test_every_question_has_an_answer(tmp_path):
    plan = load_plan(study(tmp_path, more=MORE))
    run_study(plan, tmp_path / "run")
    facts = json.loads((tmp_path / "run" / "tolerance.json").read_text())
    assert [c["group"] for c in facts["curves"]] == ["all entries", "coupling", "C", "bits"]
    for curve in facts["curves"][:3]:
        loose, tight = (point["value"] for point in reversed(curve["points"]))
        assert tight >= loose
    assert facts["budget"]["loosest"][0]["group"] == "C"
    assert facts["budget"]["cheapest"]["cost"] in (1.0, 2.0)
    none, some = (row["value"] for row in facts["budget"]["trimming"])
    assert some >= none
    assert facts["rare"]["outcome"] == "can't tell"  # the capacitors are uniform
    assert "needs Gaussian deviations, which 'C' does not have" in facts["rare"]["text"]


def test_the_stop_rule_makes_fewer_boards(tmp_path):
    more = "[stop]\nhalf_width = 0.4\nleast = 4\nwave = 1\n"
    run_study(load_plan(study(tmp_path, more=more)), tmp_path / "run", jobs=1)
    assert len(read_table(tmp_path / "run" / "results.parquet")["board"]) == 4


def test_waves_of_a_stop_rule_are_one_stage_and_each_batch_is_read_once(tmp_path, monkeypatch):
    more = "[stop]\nhalf_width = 0.1\nleast = 12\nwave = 1\n"
    stages, moves, read = [], [], []

    def announce(stage):
        stages.append(stage)
        return lambda done, total: moves.append((done, total)) if stage == "boards" else None

    monkeypatch.setattr(batches, "read_table", lambda path: read.append(path) or read_table(path))
    plan = load_plan(study(tmp_path, more=more))
    run_study(plan, tmp_path / "run", jobs=1, announce=announce)
    assert stages.count("boards") == 1
    assert list(dict.fromkeys(moves)) == [(1, 3), (2, 3), (3, 3)]
    assert len(read) == len(set(read)) == 3


def test_a_board_can_be_had_as_a_netlist(tmp_path):
    plan = load_plan(study(tmp_path))
    texts = [board_netlist(plan, tmp_path / "run", board).read_text() for board in (2, 2, 3)]
    assert texts[0] == texts[1] != texts[2]
    with pytest.raises(hwkit.ConfigError, match="0 to 11"):
        board_netlist(plan, tmp_path / "run", 12)
    with pytest.raises(hwkit.ConfigError, match="holds files but is not a run folder"):
        board_netlist(plan, tmp_path, 2)
    other = load_plan(study(tmp_path), seed=9)
    with pytest.raises(hwkit.ConfigError, match="holds results of another plan"):
        board_netlist(other, tmp_path / "run", 2)


def test_an_estimate_counts_boards(tmp_path):
    found = estimate_study(load_plan(study(tmp_path, more=MORE)))
    boards = 12 + 4 * (2 * 3 + 2) + 4 * (6 + 2 + 2) + 12 * (4 + MOST_ADDED)
    assert found.runs == 4 * boards
    assert f"{boards} boards with 4 paths each, in the twin's fast mode" in found.note
    assert found.minutes > 0
    assert not (tmp_path / "runs").exists()


@pytest.fixture(scope="module")
def nominal(tmp_path_factory, trained):
    plan = load_plan(study(tmp_path_factory.mktemp("nominal")))
    model = hwkit.train(plan.data.patterns(), 4).model
    return nominal_board(plan, model)


@pytest.mark.parametrize("name", SMOOTH)
def test_smooth_metrics_have_the_derivative_of_finite_differences(nominal, name):
    metric = smooth_metric(name, nominal)
    x = nominal.final + 0.3 * nominal.patterns[[0, 1, 0, 1]] @ np.eye(64, 68)
    value, slope = metric(x)
    assert np.isfinite(value)
    for unit in (0, 17, 66):
        up, down = x.copy(), x.copy()
        up[1, unit] += 1e-6
        down[1, unit] -= 1e-6
        numerical = (metric(up)[0] - metric(down)[0]) / 2e-6
        assert slope[1, unit] == pytest.approx(numerical, rel=1e-5, abs=1e-9)


def test_the_nominal_board_is_at_no_distance_from_itself(nominal):
    found = BoardMetrics(nominal)(Boards({}, 1))
    for name in ("path rms", "recognisable change", "heat change", "drift"):
        assert found[name][0] == 0
    twice = Boards({"bias": 2 * nominal.design.group("bias").values[None]}, 1)
    assert BoardMetrics(nominal)(twice)["drift"][0] > 0.01
    assert found["power"][0] > 0


def test_a_failed_board_is_a_row_of_its_own(nominal):
    cubic = np.outer([1.0, -9.0], nominal.design.group("onsite-cubic").values)
    found, failures = BoardMetrics(nominal).measured(Boards({"onsite-cubic": cubic}, 2))
    assert list(failures) == [1]
    assert all(np.isnan(values[1]) and np.isfinite(values[0]) for values in found.values())


BAD = [
    (
        ('metric = "path rms"', 'metric = "path rmse"'),
        r"'path rmse', not a metric; did you mean 'path",
    ),
    (('parts = "coupling"', 'parts = "couplng"'), r"'couplng'; did you mean coupling"),
    (("sigma = 0.2", "sigma = -0.2"), r"sigma is -0.2"),
    (("sigma = 0.2", "sgma = 0.2"), r"no 'sgma'; did you mean 'sigma'"),
    (
        ('distribution = "uniform"', 'distribution = "unifrom"'),
        r"'unifrom' is unknown; did you mean 'uniform'",
    ),
    (("batch = 4", "bach = 4"), r"boards.bach is not a setting; did you mean 'batch'"),
    (('share = "lot"', 'share = "lots"'), r"share is 'lots'"),
    (("max = 0.01", ""), r"give min or max"),
    (("top = 0", 'metric = "path rms"'), r"has no derivative"),
    (("count = 12", "count = 0"), r"boards.count is 0"),
    (("[sensitivity]", '[budget]\nboards = 2\ngroups = ["D"]\n[sensitivity]'), r"names 'D'"),
    (
        ("[sensitivity]", "[budget]\nboards = 0\ntarget = 0.9\n[sensitivity]"),
        r"target changes nothing",
    ),
    (("[machine]", "[machin]"), r"machin is not a setting; did you mean 'machine'"),
]


@pytest.mark.parametrize(("change", "message"), BAD)
def test_bad_studies_are_refused_before_anything_is_written(tmp_path, change, message):
    path = study(tmp_path, replace=[change])
    with pytest.raises(hwkit.ConfigError, match=message):
        run_study(load_plan(path), tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(("change", "message"), BAD)
def test_a_plan_made_in_python_refuses_what_a_file_refuses(tmp_path, change, message):
    content = tomllib.loads(study(tmp_path, replace=[change]).read_text())
    with pytest.raises(hwkit.ConfigError, match=message):
        TolerancePlan(**content)


def test_a_page_asked_for_again_has_the_same_bytes(whole):
    before = (whole / "report.html").read_bytes()
    write_report(whole)
    assert (whole / "report.html").read_bytes() == before


@pytest.mark.spice
def test_the_example_runs_and_a_resumed_one_keeps_every_byte(tmp_path):
    (tmp_path / "example.toml").write_text(example_text("tolerance"))
    plan = load_plan(tmp_path / "example.toml")
    assert {name for name in TolerancePlan.model_fields if getattr(plan, name)} >= {
        "stop", "spread", "gradient", "drift", "fault", "quantised", "specification",
    }  # fmt: skip
    verdict = run_study(plan, tmp_path / "run", jobs=2)
    assert verdict["twin, backward Euler, against SPICE"].passed
    before = contents(tmp_path / "run")
    for name in ("verdict.json", "tolerance.json", "sensitivity.json"):
        (tmp_path / "run" / name).unlink()
    run_study(plan, tmp_path / "run", jobs=1)
    assert contents(tmp_path / "run") == before


# ---- metrics of other packages ----------------------------------------------------------------

LENGTH = """
import numpy as np
from hwkit.tolerance import BoardMetric

length = BoardMetric(
    "length change", "relative difference of the mean length of end states",
    lambda runs: float(np.linalg.norm(runs.final) / np.linalg.norm(runs.reference.final) - 1),
)
wrong = "no metric"
"""


@pytest.fixture
def added(tmp_path, monkeypatch):
    """A package with a metric, installed in a folder of its own, also for worker processes."""
    site = tmp_path / "site"
    info = site / "lengths-1.0.dist-info"
    info.mkdir(parents=True)
    (site / "lengths.py").write_text(LENGTH)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: lengths\nVersion: 1.0\n")
    points = "[hwkit.metrics]\nlength change = lengths:length\nwrong = lengths:wrong\n"
    (info / "entry_points.txt").write_text(points)
    monkeypatch.syspath_prepend(site)
    installed.cache_clear()
    yield site
    installed.cache_clear()


LIMIT = ('metric = "path rms"\nmax = 0.01', 'metric = "length change"\nmin = -0.01\nmax = 0.01')


def test_a_metric_of_another_package_judges_boards(tmp_path, added):
    plan = load_plan(study(tmp_path, replace=[LIMIT]))
    run_study(plan, tmp_path / "run", jobs=2)
    table = read_table(tmp_path / "run" / "results.parquet")
    values = np.array(table["length change"])
    assert np.ptp(values) > 0
    facts = json.loads((tmp_path / "run" / "tolerance.json").read_text())
    assert facts["yield"]["passed"] == np.count_nonzero(np.abs(values) <= 0.01)
    assert facts["nominal"]["length change"] == 0
    assert "length change" in (tmp_path / "run" / "report.html").read_text()


def test_a_metric_that_no_study_names_changes_no_byte(tmp_path, whole, added):
    run_study(load_plan(study(tmp_path)), tmp_path / "run", jobs=1)
    assert contents(tmp_path / "run") == contents(whole)


def test_a_metric_that_is_not_installed_is_refused_with_those_that_are(tmp_path):
    change = (LIMIT[0], LIMIT[1].replace("length change", "zzz"))
    with pytest.raises(
        hwkit.ConfigError, match=r"'zzz', not a metric; known: recognisable share, "
    ):
        load_plan(study(tmp_path, replace=[change]))


def test_an_entry_point_that_is_no_metric_is_refused_before_anything_is_written(tmp_path, added):
    change = (LIMIT[0], LIMIT[1].replace("length change", "wrong"))
    plan = load_plan(study(tmp_path, replace=[change]))
    with pytest.raises(hwkit.ConfigError, match=r"'wrong' of hwkit.metrics is not the BoardMetric"):
        run_study(plan, tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("path", sorted(SIMS.glob("tolerance*.toml")), ids=lambda p: p.stem)
def test_the_studies_that_ship_are_valid(path):
    plan = load_plan(path)
    plan.check_here()
    assert plan.name == path.stem
    assert plan.title
