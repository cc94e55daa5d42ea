"""One writer a folder, asked of several processes that do nothing but try."""

import fcntl
import os
import subprocess
import sys
import threading

import pytest

from hwkit import ConfigError
from hwkit.study.lock import HOLDER, FolderLock

# Each holder makes a file that must not be there; whoever meets it ends with an error.
TRY = """
import errno, fcntl, os, sys, time
from pathlib import Path
from hwkit import ConfigError
from hwkit.study.lock import FolderLock

def none(handle, kind):
    raise OSError(errno.ENOLCK, "no locks")

inside, flock = Path(sys.argv[1], "inside"), fcntl.flock
print(flush=True)
for line in sys.stdin:
    fcntl.flock = none if line.strip() == "none" else flock
    had, refused, end = 0, 0, time.monotonic() + 0.3
    while time.monotonic() < end:
        try:
            lock = FolderLock(inside.parent)
        except ConfigError:
            refused += 1
            continue
        os.close(os.open(inside, os.O_CREAT | os.O_EXCL))
        time.sleep(0.002)  # the other's turn
        had += 1
        inside.unlink()
        lock.release()
    print(had, refused, flush=True)
"""


def test_no_two_processes_are_in_a_folder_at_once(tmp_path):
    pipe, command = subprocess.PIPE, [sys.executable, "-c", TRY, str(tmp_path)]
    tries = [subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) for _ in range(2)]
    for one in tries:
        one.stdout.readline()
    for locks in ("flock", "none"):
        for one in tries:
            one.stdin.write(f"{locks}\n")
            one.stdin.flush()
        counts = [one.stdout.readline().split() for one in tries]
        had, refused = (sum(int(count[n]) for count in counts) for n in (0, 1))
        assert had > 5
        assert refused > 0  # control: they met
    for one in tries:
        one.communicate()
    assert [one.returncode for one in tries] == [0, 0]
    assert not list(tmp_path.iterdir())


def test_a_file_that_its_holder_removed_is_no_lock(tmp_path, monkeypatch):
    """Between opening and locking it, its holder ends and another process begins."""
    first, second, flock = FolderLock(tmp_path), [], fcntl.flock

    def between(handle, kind):
        monkeypatch.undo()
        first.release()
        second.append(FolderLock(tmp_path))
        flock(handle, kind)

    monkeypatch.setattr(fcntl, "flock", between)
    with pytest.raises(ConfigError, match="is writing into"):
        FolderLock(tmp_path)
    second[0].release()
    assert not list(tmp_path.iterdir())


def test_the_file_of_another_holder_stays(tmp_path):
    lock = FolderLock(tmp_path)
    (tmp_path / HOLDER).unlink()  # by somebody's hand
    other = FolderLock(tmp_path)
    lock.release()
    assert (tmp_path / HOLDER).exists()
    other.release()
    assert not list(tmp_path.iterdir())


def test_a_process_that_has_just_begun_is_named_when_it_says_who_it_is(tmp_path):
    lock = FolderLock(tmp_path)
    content = (tmp_path / HOLDER).read_text()
    os.truncate(tmp_path / HOLDER, 0)
    with pytest.raises(ConfigError, match="another process is writing into"):
        FolderLock(tmp_path)
    writer = threading.Timer(0.2, (tmp_path / HOLDER).write_text, [content])
    writer.start()
    with pytest.raises(ConfigError, match=f"process {os.getpid()} on .* is writing into"):
        FolderLock(tmp_path)
    writer.join()
    lock.release()
