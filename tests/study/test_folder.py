import errno
import fcntl
import json
import os
import subprocess

import numpy as np
import pytest

from hwkit import ConfigError, DataError, Trajectories
from hwkit.files import write_text
from hwkit.study import write_report
from hwkit.study.folder import RunFolder
from hwkit.study.lock import HOLDER
from hwkit.study.ownership import finished
from tests.study.folders import STAMP, finished_files, snapshot, text_result


def test_a_result_is_computed_once(tmp_path):
    calls = []
    for _ in range(2):
        with RunFolder(tmp_path / "run", STAMP) as folder:
            assert text_result(folder, "a.json", "1", calls) == "1"
    assert calls == ["a.json"]


def test_a_result_that_fails_is_not_there(tmp_path):
    folder = RunFolder(tmp_path, STAMP)
    with pytest.raises(ZeroDivisionError):
        folder.result("a.json", lambda: 1 / 0, write_text, lambda path: path.read_text())
    assert text_result(folder, "a.json", "1", []) == "1"


@pytest.mark.parametrize(
    ("ended", "times"), [("SIGKILL", 2), ("SIGTERM", 2), ("SIGSEGV", 1), ("exit status 7", 1)]
)
def test_runs_whose_worker_was_killed_are_made_again(tmp_path, ended, times):
    x = np.zeros((2, 3, 1))
    x[1] = np.nan
    runs = Trajectories(np.arange(3.0), x, {1: f"its worker process ended ({ended}), 2 times"})
    calls = []

    def compute():
        calls.append(1)
        return runs

    for _ in range(2):
        with RunFolder(tmp_path, STAMP) as folder:
            folder.trajectories("x.nc", compute)
    assert len(calls) == times


@pytest.mark.parametrize("other", [{"hwkit": "2", "plan": {"seed": 1}}, {**STAMP, "plan": {}}])
def test_results_of_another_plan_or_version_are_removed_and_nothing_else(tmp_path, other):
    with RunFolder(tmp_path, STAMP) as folder:
        text_result(folder, "a.nc", "old", [])
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "more").mkdir()
    folder, calls = RunFolder(tmp_path, other), []
    assert text_result(folder, "a.nc", "new", calls) == "new"
    assert calls == ["a.nc"]
    folder.close()
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"a.nc", "manifest.json", "more", "notes.txt", "plan.json"}
    assert json.loads((tmp_path / "plan.json").read_text()) == other


def test_a_result_that_somebody_changed_stays_when_the_folder_is_emptied(tmp_path):
    with RunFolder(tmp_path, STAMP) as folder:
        text_result(folder, "a.json", "1", [])
        text_result(folder, "b.json", "2", [])
    (tmp_path / "a.json").write_text("by hand")
    RunFolder(tmp_path, {**STAMP, "plan": {}}).close()
    assert (tmp_path / "a.json").read_text() == "by hand"
    assert not (tmp_path / "b.json").exists()


@pytest.mark.parametrize("plan", [None, "", "{}", "[1]", "3", "no json", '{"plan": 1}', b"\xff"])
def test_a_foreign_folder_is_refused_and_left_alone(tmp_path, plan):
    (tmp_path / "precious.nc").write_text("data")
    if plan is not None:
        content = plan if isinstance(plan, bytes) else plan.encode()
        (tmp_path / "plan.json").write_bytes(content)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(ConfigError, match=r"not a run folder .*plan\.json"):
        RunFolder(tmp_path, STAMP)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="file can't be written"):
        RunFolder(tmp_path / "file", STAMP)


HIDDEN = [".env.template", ".bashrc.original", ".bash_history.20240101", ".a.nc.abcd1234"]


def test_hidden_files_of_others_stay(tmp_path):
    for name in HIDDEN:
        (tmp_path / name).write_text("precious")
    before = snapshot(tmp_path)
    with pytest.raises(ConfigError, match="not a run folder"):
        RunFolder(tmp_path, STAMP)
    assert snapshot(tmp_path) == before
    with RunFolder(tmp_path / "own", STAMP):
        for name in HIDDEN:
            (tmp_path / "own" / name).write_text("precious")
    for stamp in (STAMP, {**STAMP, "plan": {}}):  # resumed, and emptied
        RunFolder(tmp_path / "own", stamp).close()
        assert {name for name in HIDDEN if (tmp_path / "own" / name).exists()} == set(HIDDEN)


def test_what_killed_writers_left_is_removed_where_the_folder_is_ours(tmp_path):
    RunFolder(tmp_path / "own", STAMP).close()
    left = [tmp_path / "own" / ".a.nc.abcd1234.hwkit-part", tmp_path / ".a.nc.abcd1234.hwkit-part"]
    for file in left:
        file.touch()
    RunFolder(tmp_path / "own", STAMP).close()
    assert [file.exists() for file in left] == [False, True]


def test_files_that_are_not_results_stay_when_a_folder_is_emptied(tmp_path):
    with RunFolder(tmp_path, STAMP) as folder:
        text_result(folder, "a.json", "1", [])
    for name in ("settings.json", "model.npz", "page.html"):
        (tmp_path / name).write_text("mine")
    RunFolder(tmp_path, {**STAMP, "plan": {}}).close()
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"settings.json", "model.npz", "page.html", "plan.json", "manifest.json"}


@pytest.mark.parametrize(
    "name", ["a.json", "report.html", "verdict.json", "plan.json", "manifest.json", "batches"]
)
@pytest.mark.parametrize("target", ["file", "folder", "nothing"])
def test_links_that_lead_out_are_refused(tmp_path, name, target):
    outside, run = tmp_path / "outside", tmp_path / "run"
    (outside / "folder").mkdir(parents=True)
    (outside / "folder" / "results.parquet").write_text("precious")
    (outside / "file").write_text("precious")
    with RunFolder(run, STAMP) as folder:
        text_result(folder, "a.json", "1", [])
    (run / name).unlink(missing_ok=True)
    (run / name).symlink_to(outside / target)
    before = snapshot(tmp_path)
    for stamp in (STAMP, {**STAMP, "plan": {}}):
        with pytest.raises(ConfigError, match=r"is a link|not a run folder"):
            RunFolder(run, stamp)
        with pytest.raises((ConfigError, DataError), match=r"is a link|not a finished run folder"):
            finished_files(run)
    assert snapshot(tmp_path) == before


def test_links_that_the_user_typed_are_followed(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    with RunFolder(tmp_path / "link", STAMP) as folder:
        text_result(folder, "a.json", "1", [])
    assert (tmp_path / "real" / "a.json").read_text() == "1"
    assert finished_files(tmp_path / "link") == {"a.json"}


def test_a_folder_has_one_writer(tmp_path):
    with RunFolder(tmp_path, STAMP) as folder:
        text_result(folder, "a.json", "1", [])
        for other in (STAMP, {**STAMP, "plan": {}}):
            with pytest.raises(ConfigError, match=rf"process {os.getpid()} on .* is writing into"):
                RunFolder(tmp_path, other)
        with pytest.raises(ConfigError, match="is writing into"):
            finished_files(tmp_path)
    RunFolder(tmp_path, STAMP).close()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "a.json", "manifest.json", "plan.json",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("holder", "refused"),
    [
        ({}, False),
        ({"process": 2**22 + 1}, False),  # more than Linux gives
        ({"started": "long ago"}, False),  # the number was given again
        ({"host": "elsewhere"}, True),
    ],
    ids=["none", "gone", "another", "elsewhere"],
)
def test_where_the_system_has_no_locks_the_holder_is_asked(tmp_path, monkeypatch, holder, refused):
    def unsupported(handle, kind):
        raise OSError(errno.ENOTSUP, "no locks")

    monkeypatch.setattr(fcntl, "flock", unsupported)
    with RunFolder(tmp_path, STAMP):
        with pytest.raises(ConfigError, match="is writing into"):
            RunFolder(tmp_path, STAMP)
        content = json.loads((tmp_path / HOLDER).read_text())
    if holder:
        (tmp_path / HOLDER).write_text(json.dumps(content | holder))
    if refused:
        with pytest.raises(ConfigError, match=r"on elsewhere .* is writing into"):
            RunFolder(tmp_path, STAMP)
    else:
        RunFolder(tmp_path, STAMP).close()


@pytest.mark.parametrize(
    ("name", "make", "outcome"),
    [
        ("a.json", os.mkfifo, r"a\.json .* a device or a pipe"),
        ("a.json", os.mkdir, r"a\.json .* it is a folder"),
        ("a.json", os.mknod, "told"),
        ("manifest.json", os.mkfifo, r"manifest\.json .* a device or a pipe"),
        ("manifest.json", os.mkdir, r"manifest\.json .* it is a folder"),
        ("manifest.json", os.mknod, "told"),
        ("plan.json", os.mkfifo, "is not a run folder"),
        ("plan.json", os.mkdir, "is not a run folder"),
        ("plan.json", os.mknod, "is not a run folder"),
        ("batches", os.mkfifo, "batches is not a folder"),
        ("batches", os.mkdir, "harmless"),
        (HOLDER, os.mkfifo, "running.json is not a file"),
        (HOLDER, os.mkdir, "running.json: it is a folder"),
        (HOLDER, os.mknod, "harmless"),
    ],
)
def test_what_stands_in_the_place_of_a_file(tmp_path, name, make, outcome, caplog):
    with RunFolder(tmp_path, STAMP) as folder:
        text_result(folder, "a.json", "1", [])
    (tmp_path / name).unlink(missing_ok=True)
    make(tmp_path / name)
    calls = []

    def again():
        with RunFolder(tmp_path, STAMP) as folder:
            text_result(folder, "a.json", "1", calls)

    if outcome in ("told", "harmless"):
        again()
        assert (calls == ["a.json"]) == (caplog.text != "") == (outcome == "told")
    else:
        with pytest.raises(ConfigError, match=outcome):
            again()


def test_a_hard_link_leads_nowhere(tmp_path):
    (tmp_path / "precious").write_text("mine")
    with RunFolder(tmp_path / "run", STAMP) as folder:
        os.link(tmp_path / "precious", tmp_path / "run" / "a.json")
        text_result(folder, "a.json", "1", [])
    assert (tmp_path / "precious").read_text() == "mine"


def test_a_process_killed_before_it_stamped_the_folder_leaves_it_usable(tmp_path):
    for name in (HOLDER, ".plan.json.abcd1234.hwkit-part"):
        (tmp_path / name).touch()
    RunFolder(tmp_path, STAMP).close()
    assert sorted(os.listdir(tmp_path)) == ["manifest.json", "plan.json"]


def test_a_result_written_beside_another_is_made_with_it(tmp_path):
    calls = []

    def compute():
        calls.append(1)
        folder.write_text("b.json", "1")
        return 1

    for damaged in (None, None, "a.json", "b.json"):
        if damaged:
            (tmp_path / damaged).write_text("2")
        with RunFolder(tmp_path, STAMP) as folder:
            folder.value("a.json", int, compute, "b.json")
    assert len(calls) == 3
    assert finished_files(tmp_path) == {"a.json", "b.json"}


def test_nobody_writes_while_a_folder_is_read(tmp_path):
    RunFolder(tmp_path, STAMP).close()
    with finished(tmp_path), pytest.raises(ConfigError, match="is writing into"):
        RunFolder(tmp_path, STAMP)
    RunFolder(tmp_path, STAMP).close()


def test_workers_of_a_killed_process_keep_the_folder(tmp_path):
    """Until they end nobody else begins, or what they write last would be another run's."""
    folder = RunFolder(tmp_path, STAMP)
    worker = subprocess.Popen(["sleep", "1"], pass_fds=folder.handles)
    content = (tmp_path / HOLDER).read_text()
    os.close(*folder.handles)  # as the system does when it kills the process
    folder._release.detach()
    with pytest.raises(ConfigError, match=rf"process {os.getpid()} on .* is writing into"):
        RunFolder(tmp_path, STAMP)
    (tmp_path / HOLDER).write_text(content.replace(f": {os.getpid()},", ": 4194305,"))
    RunFolder(tmp_path, STAMP).close()
    assert worker.poll() == 0


def test_a_folder_of_an_earlier_version_is_named(tmp_path, caplog):
    old = {"hwkit": "0.1.0", "plan": {"name": "digits", "seed": 1}}
    (tmp_path / "plan.json").write_text(json.dumps(old))
    (tmp_path / "ideal.nc").write_text("old")
    with pytest.raises(DataError, match=r"filled by hwkit 0\.1\.0; run its study again|manifest"):
        write_report(tmp_path)
    with RunFolder(tmp_path, STAMP):
        pass
    assert "made by hwkit 0.1.0; they are computed again" in caplog.text
    assert (tmp_path / "ideal.nc").read_text() == "old"  # not listed, so not ours to remove
