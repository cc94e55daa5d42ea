"""Results that were damaged or exchanged are told, and computed again."""

import numpy as np
import pytest

from hwkit import DataError, Trajectories
from hwkit.manifest import Digest, load_manifest, plan_digest, save_manifest
from hwkit.study.folder import RunFolder
from tests.study.folders import STAMP, finished_files, text_result


def damaged(content):
    return {
        "bit": bytes([content[0] ^ 1, *content[1:]]), "cut": content[:-1], "empty": b"",
        "longer": content + b" ", "same": content,
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["bit", "cut", "empty", "longer", "gone", "swapped", "same"])
def test_a_result_with_other_bytes_is_told_and_computed_again(tmp_path, kind, caplog):
    with RunFolder(tmp_path, STAMP) as folder:
        for name, text in (("a.json", "first"), ("b.json", "other")):
            text_result(folder, name, text, [])
    a, b = tmp_path / "a.json", tmp_path / "b.json"
    if kind == "gone":
        a.unlink()
    elif kind == "swapped":
        a.rename(tmp_path / "c"), b.rename(a), (tmp_path / "c").rename(b)
    else:
        a.write_bytes(damaged(a.read_bytes())[kind])
    if kind != "same":
        with pytest.raises(DataError, match=r"a\.json is not as hwkit wrote it"):
            finished_files(tmp_path)
    calls = []
    with RunFolder(tmp_path, STAMP) as folder:
        assert text_result(folder, "a.json", "first", calls) == "first"
        assert text_result(folder, "b.json", "other", calls) == "other"
    wrong = {"same": [], "swapped": ["a.json", "b.json"]}.get(kind, ["a.json"])
    assert calls == wrong
    assert [name in caplog.text for name in wrong] == [True] * len(wrong)
    assert finished_files(tmp_path) == {"a.json", "b.json"}


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[]", "null", '{"schema_version": 2}', '{"schema_version": 1, "files": 3}',
        "[" * 100_000, '{"schema_version": 1, "plan": "x", "files": {}}',
    ],
)  # fmt: skip
def test_a_damaged_manifest_is_told(tmp_path, text, caplog):
    with RunFolder(tmp_path, STAMP) as folder:
        text_result(folder, "a.json", "1", [])
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(DataError, match=r"manifest\.json"):
        finished_files(tmp_path)
    calls = []
    with RunFolder(tmp_path, STAMP) as folder:
        text_result(folder, "a.json", "1", calls)
    assert calls == ["a.json"]
    assert "manifest.json" in caplog.text


@pytest.mark.parametrize(
    "name",
    ["../a.json", "/etc/passwd", "notes.txt", "x/../../a", ".a", "a/b/c", "a//b", "sub/a.json"],
)
def test_a_manifest_names_no_file_elsewhere(tmp_path, name):
    RunFolder(tmp_path / "run", STAMP).close()
    stamp = plan_digest((tmp_path / "run" / "plan.json").read_text())
    (tmp_path / "a.json").write_text("precious")
    save_manifest(tmp_path / "run", stamp, {name: Digest("0", 0)})
    with pytest.raises(DataError, match="damaged entry"):
        load_manifest(tmp_path / "run", stamp)
    RunFolder(tmp_path / "run", {**STAMP, "plan": {}}).close()
    assert (tmp_path / "a.json").exists()


def test_damage_after_a_folder_was_opened_is_told_when_it_is_read(tmp_path, caplog):
    with RunFolder(tmp_path, STAMP) as folder:
        text_result(folder, "a.json", "1", [])
        folder.check("a.json")
        (tmp_path / "a.json").write_text("2")
        with pytest.raises(DataError, match="is not as hwkit wrote it"):
            folder.check("a.json")
        text_result(folder, "a.json", "1", calls := [])
    assert calls == ["a.json"]
    assert "a.json is not as it was written" in caplog.text


NAMES = ["a.nc", "b.json", "c.npz"]


def test_a_manifest_that_is_not_written_each_time_is_complete_in_the_end(tmp_path, monkeypatch):
    monkeypatch.setattr("hwkit.study.folder._SHARE", 1e-9)
    with RunFolder(tmp_path, STAMP) as folder:
        for name in NAMES:
            (tmp_path / name).write_text(name)
            folder.record(name)
        assert load_manifest(tmp_path) == {}
    assert finished_files(tmp_path) == set(NAMES)


def test_a_single_file_of_a_run_folder_is_checked_when_it_is_read(tmp_path):
    run = tmp_path / "run"
    runs = Trajectories(np.arange(3.0), np.zeros((2, 3, 1)))
    with RunFolder(run, STAMP) as folder:
        folder.trajectories("x.nc", lambda: runs)
    (tmp_path / "link.nc").symlink_to(run / "x.nc")
    runs.save(run / "mine.nc")
    for file in (run / "x.nc", run / "mine.nc", tmp_path / "link.nc"):
        Trajectories.load(file)
    other = Trajectories(np.arange(3.0), np.ones((2, 3, 1)))
    for name in ("x.nc", "mine.nc"):
        other.save(run / name)
    Trajectories.load(run / "mine.nc")  # not hwkit's, and nobody says what its bytes were
    for file in (run / "x.nc", tmp_path / "link.nc"):
        with pytest.raises(DataError, match=r"\.nc is not as hwkit wrote it"):
            Trajectories.load(file)
    (run / "manifest.json").write_text("{}")
    with pytest.raises(DataError, match=r"manifest\.json"):
        Trajectories.load(run / "x.nc")


def test_the_manifest_of_another_program_means_nothing(tmp_path):
    runs = Trajectories(np.arange(3.0), np.zeros((2, 3, 1)))
    runs.save(tmp_path / "x.nc")
    (tmp_path / "manifest.json").write_text('{"name": "an app"}')
    Trajectories.load(tmp_path / "x.nc")


def test_runs_that_were_damaged_are_told_and_made_again(tmp_path, caplog):
    calls, runs = [], Trajectories(np.arange(3.0), np.zeros((2, 3, 1)))

    def compute():
        calls.append(1)
        return runs

    for flipped in (None, None, -9):
        if flipped:
            data = bytearray((tmp_path / "x.nc").read_bytes())
            data[flipped] ^= 16
            (tmp_path / "x.nc").write_bytes(data)
        with RunFolder(tmp_path, STAMP) as folder:
            assert np.array_equal(folder.trajectories("x.nc", compute).x, runs.x)
    assert len(calls) == 2
    assert "x.nc is not as it was written" in caplog.text


def test_a_manifest_that_names_files_behind_a_link_removes_nothing(tmp_path):
    (tmp_path / "userdata").mkdir()
    (tmp_path / "userdata" / "a.json").write_text("precious")
    RunFolder(tmp_path / "run", STAMP).close()
    (tmp_path / "run" / "sub").symlink_to("../userdata")
    stamp = plan_digest((tmp_path / "run" / "plan.json").read_text())
    save_manifest(tmp_path / "run", stamp, {"sub/a.json": Digest("0", 0)})
    for other in (STAMP, {**STAMP, "plan": {}}):
        RunFolder(tmp_path / "run", other).close()
    assert (tmp_path / "userdata" / "a.json").read_text() == "precious"
