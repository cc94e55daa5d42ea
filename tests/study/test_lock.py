"""One writer a folder, asked of several processes that do nothing but try."""

import os
import subprocess
import sys
import threading

import pytest

from hwkit import ConfigError
from hwkit.study.lock import HOLDER, FolderLock

# Each holder makes a file that must not be there; whoever meets it says so by its exit status.
TRY = """
import errno, fcntl, os, sys, time
from pathlib import Path
from hwkit import ConfigError
from hwkit.study.lock import FolderLock

folder, seconds, locks = Path(sys.argv[1]), float(sys.argv[2]), sys.argv[3]
inside, had, refused = folder / "inside", 0, 0
if locks == "none":
    def flock(handle, kind):
        raise OSError(errno.ENOLCK, "no locks")
    fcntl.flock = flock
print(flush=True)
sys.stdin.readline()
end = time.monotonic() + seconds
while time.monotonic() < end:
    try:
        lock = FolderLock(folder)
    except ConfigError:
        refused += 1
        continue
    os.close(os.open(inside, os.O_CREAT | os.O_EXCL))
    had += 1
    inside.unlink()
    lock.release()
print(had, refused)
"""


@pytest.mark.parametrize("locks", ["flock", "none"])
def test_no_two_processes_are_in_a_folder_at_once(tmp_path, locks):
    command = [sys.executable, "-c", TRY, str(tmp_path), "0.6", locks]
    pipe = subprocess.PIPE
    tries = [
        subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) for _ in range(2)
    ]
    for one in tries:
        one.stdout.readline()
    for one in tries:
        one.stdin.write("go\n")
        one.stdin.flush()
    ends = [one.communicate() for one in tries]
    answers = [(one.returncode, err) for one, (_, err) in zip(tries, ends, strict=True)]
    assert answers == [(0, "")] * len(tries)
    had, refused = (sum(int(out.split()[n]) for out, _ in ends) for n in (0, 1))
    assert had > 10
    assert refused > 0  # control: they met
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
