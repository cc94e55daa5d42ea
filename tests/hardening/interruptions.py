"""Kill a tolerance study again and again: the resumed results are those of an undisturbed run.

    python -m tests.hardening.interruptions --boards 10000 --kills 20 --seed 1

One run in peace, then one whose whole process group gets SIGKILL at random moments and is started
again each time. All files of both folders are compared byte by byte, without the host and the times
(provenance.json and its section of the page).
"""

import argparse
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

STUDY = """
kind = "tolerance"
name = "interrupted"
seed = 7
[machine]
n_hidden = 0
[protocol]
t_final = 0.5
dt = 0.05
[boards]
count = {boards}
paths = 2
batch = {batch}
dt = 0.05
[[spread]]
parts = "coupling"
sigma = 0.05
[[spread]]
parts = "bias"
sigma = 0.05
[[specification]]
metric = "path rms"
max = 0.02
[check]
boards = 0
[sensitivity]
paths = 2
"""
_EARLY = 0.2  # share of kills before the first new batch: imports, training, reading
# Hosts and times; everything else is compared.
_OUTSIDE = ("provenance.json",)
_SECTION = re.compile(rb'<section id="provenance".*?</section>', re.DOTALL)


@dataclass(frozen=True)
class Outcome:
    """What an interrupted run came to."""

    kills: int
    seconds_in_peace: float
    leftovers: list[str]
    different: list[str]
    files: int
    progress: list[int]  # batches on disk at each kill


def start(study, folder, jobs, *words):
    """Start the study in a process group of its own; its messages are added to a file."""
    command = [sys.executable, "-m", "hwkit", "run", str(study), "--out", str(folder)]
    command += ["--jobs", str(jobs), *words]
    with study.with_suffix(".log").open("ab") as log:
        return subprocess.Popen(command, start_new_session=True, stdout=log, stderr=log)


def finish(process, study):
    """Wait for the end of a study.

    Raises:
        RuntimeError: with the end of its messages, if it fails.
    """
    status = process.wait()
    if status not in (0, 1):
        said = study.with_suffix(".log").read_text()[-500:]
        raise RuntimeError(f"{study.name} ends with status {status}: {said}")


def contents(folder):
    """Bytes of each file of a run folder."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        str(path.relative_to(folder)): _SECTION.sub(b"", path.read_bytes())
        for path in files
        if path.name not in _OUTSIDE
    }


def batches(folder):
    """Batches of boards on disk."""
    return list(folder.glob("batches/[!.]*.parquet"))


def results(folder):
    """Files of a run folder that are there."""
    return [path for path in folder.rglob("[!.]*") if path.is_file()]


def _reached(process, folder, done, count, seconds):
    """Wait for so many results, or for some seconds if given; say whether it still runs."""
    end = float("inf") if seconds is None else time.monotonic() + seconds
    while process.poll() is None:
        if time.monotonic() > end or len(done(folder)) > count:
            return True
        time.sleep(0.005)
    return False


def tear(study, folder, kills, rng, jobs, done, total, first):
    """Kill a study at random moments, then let it end; return how many results each kill met.

    Args:
        study: its file.
        folder: where it runs.
        kills: how often; fewer if it ends before.
        rng: draws the moments.
        jobs: worker processes.
        done: returns the results in a folder, by which moments are chosen.
        total: number of them at the end.
        first: seconds until the first one is there; a share of the kills comes before.
    """
    progress = []
    while len(progress) < kills:
        process = start(study, folder, jobs)
        here = len(done(folder))
        further = rng.uniform(0.0, 1.5 * (total - here) / (kills - len(progress) + 1))
        early = rng.random() < _EARLY
        seconds = rng.uniform(0, first) if early else None
        if not _reached(process, folder, done, here + further, seconds):
            break
        time.sleep(rng.uniform(0.0, 0.05))
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        progress.append(len(done(folder)))
    finish(start(study, folder, jobs), study)
    return progress


def compare(one, other):
    """Names of the files that differ between two run folders, times and hosts aside."""
    mine, theirs = contents(one), contents(other)
    return sorted(n for n in mine.keys() | theirs.keys() if mine.get(n) != theirs.get(n))


def interrupt(folder, boards, kills, seed, jobs=2):
    """Run a study in peace and with interruptions; return how the two compare."""
    study, rng = folder / "study.toml", random.Random(seed)
    study.write_text(STUDY.format(boards=boards, batch=max(10, boards // 400)), encoding="utf-8")
    began = time.monotonic()
    peace, torn = folder / "peace", folder / "torn"
    process = start(study, peace, jobs)
    _reached(process, peace, batches, 0, None)
    first = time.monotonic() - began
    finish(process, study)
    seconds = time.monotonic() - began
    progress = tear(study, torn, kills, rng, jobs, batches, len(batches(peace)), first)
    files = contents(torn)
    leftovers = [name for name in files if Path(name).name.startswith(".")]
    different = compare(peace, torn)
    return Outcome(len(progress), seconds, leftovers, different, len(files), progress)


def main():
    """Do so, say what came of it, exit with 1 if anything differs."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--boards", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = interrupt(Path(folder), **vars(options))
    print(
        f"{options.boards} boards, {found.kills} times killed at {found.progress} batches, "
        f"{found.files} files compared; different: {found.different or 'none'}; "
        f"left over: {found.leftovers or 'none'}; {found.seconds_in_peace:.0f} s in peace"
    )
    met = len(set(found.progress)) > options.kills // 4  # the study in different states
    sys.exit(bool(found.different or found.leftovers or found.kills < options.kills or not met))


if __name__ == "__main__":
    main()
