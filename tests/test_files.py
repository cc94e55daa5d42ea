import os
import stat
import zipfile

import pytest

from hwkit.errors import ConfigError, DataError
from hwkit.files import load_json, read_text, reading, replacing, shown, write_text


def test_text_is_written_and_replaced(tmp_path):
    target = tmp_path / "new" / "folder" / "a.txt"
    write_text(target, "τ = 1 µs\n")
    assert target.read_text(encoding="utf-8") == "τ = 1 µs\n"
    write_text(target, "second\n")
    assert target.read_text(encoding="utf-8") == "second\n"
    assert os.listdir(target.parent) == ["a.txt"]


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path):
    target = tmp_path / "a.txt"
    write_text(target, "old")

    def fail_halfway():
        with replacing(target) as temporary:
            temporary.write_text("half of the new")
            raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError, match="the disk is full"):
        fail_halfway()
    assert target.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match=r"b\.txt can't be written: .*; name another place"):
        write_text(tmp_path / "file" / "b.txt", "text")
    (tmp_path / "folder" / "full").mkdir(parents=True)
    with pytest.raises(ConfigError, match=r"folder can't be written"):
        write_text(tmp_path / "folder", "text")
    assert sorted(os.listdir(tmp_path)) == ["file", "folder"]


def test_a_new_file_has_the_permissions_of_any_other(tmp_path):
    write_text(tmp_path / "ours", "")
    (tmp_path / "plain").touch()
    modes = {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("ours", "plain")}
    assert len(modes) == 1


def test_a_pipe_is_refused_and_stays_one(tmp_path):
    pipe = tmp_path / "pipe"  # stands for any device: a test must not try /dev/null itself
    os.mkfifo(pipe)
    (tmp_path / "link").symlink_to(pipe)
    for name in ("pipe", "link"):
        with pytest.raises(ConfigError, match=f"{name} can't be written: it is a device or a pipe"):
            write_text(tmp_path / name, "text")
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert sorted(os.listdir(tmp_path)) == ["link", "pipe"]


def test_what_a_link_points_to_is_replaced(tmp_path):
    (tmp_path / "a.txt").write_text("old")
    (tmp_path / "link").symlink_to("a.txt")
    write_text(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "a.txt").read_text() == "new"
    assert sorted(os.listdir(tmp_path)) == ["a.txt", "link"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_text_is_read_in_the_encodings_of_other_programs(tmp_path, encoding):
    text = "* a title\nC0 x0 0 0.5µ\n"
    mark = b"\xfe\xff" if encoding == "utf-16-be" else b""
    (tmp_path / "a").write_bytes(mark + text.replace("\n", "\r\n").encode(encoding))
    assert read_text(tmp_path / "a") == text


def test_latin1_is_read_only_where_it_is_asked_for(tmp_path):
    (tmp_path / "a").write_bytes("0.5µ".encode("latin-1"))
    assert read_text(tmp_path / "a", latin1=True) == "0.5µ"
    with pytest.raises(UnicodeDecodeError):
        read_text(tmp_path / "a")


def test_text_of_files_moves_no_terminal():
    assert shown("a\x1b]0;b\x07\x9b2J\r\té\n") == "a\\x1b]0;b\\x07\\x9b2J\\r\\té\n"


def test_the_mode_of_what_is_replaced_stays(tmp_path):
    target = tmp_path / "private.json"
    target.touch(mode=0o600)
    write_text(target, "text")
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    write_text(tmp_path / "new.json", "text")
    assert stat.S_IMODE((tmp_path / "new.json").stat().st_mode) != 0o600  # the control


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (RecursionError(), "nested too deeply"),
        (zipfile.BadZipFile(), "damaged or cut short"),
        (EOFError(), "damaged or cut short"),
        (KeyError("plan"), "it has no 'plan'"),
        (MemoryError(), "larger than the memory"),
        (RuntimeError("of a library"), "damaged or of another kind"),
    ],
)
def test_whatever_a_library_raises_is_one_sentence(error, words):
    sentence = rf"x\.nc can't be read as runs: .*{words}"
    with pytest.raises(DataError, match=sentence), reading("x.nc", "runs"):
        raise error


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "1" * 5000, "\x00", "nope"])
def test_damaged_json_is_one_sentence(tmp_path, text):
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(DataError, match=r"a\.json can't be read as JSON"):
        load_json(tmp_path / "a.json")


def test_json_that_is_no_file_or_gives_a_name_twice(tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "twice.json").write_text('{"a": [{"b": 1, "b": 1}]}')
    (tmp_path / "large.json").write_text("[" + "1, " * 1000 + "1]")
    assert len(load_json(tmp_path / "large.json")) == 1001
    (tmp_path / "nan.json").write_text("[NaN, -Infinity]")
    assert str(load_json(tmp_path / "nan.json")) == "[nan, -inf]"  # results of ours may hold them
    with pytest.raises(DataError, match=r"nan\.json can't be read as JSON: it holds NaN"):
        load_json(tmp_path / "nan.json", finite=True)
    monkeypatch.setattr("hwkit.files._MOST_JSON", 1000)
    for name, why in (("pipe", "not a file"), ("twice", "'b' twice"), ("large", "above the limit")):
        with pytest.raises(DataError, match=rf"{name}\.json can't be read as JSON: it .*{why}"):
            load_json(tmp_path / f"{name}.json")


def test_a_long_name_in_any_script_can_be_written(tmp_path):
    for name in ("a" * 255, "長" * 85):
        write_text(tmp_path / name, "text")
    assert len(os.listdir(tmp_path)) == 2
