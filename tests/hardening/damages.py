"""Damage a run folder at random: each time it is told, or the verdict has the same bytes.

    python -m tests.hardening.damages --damages 1000 --seed 1
    python -m tests.hardening.damages --races 50 --seed 1

A small tolerance study is run once. Then, again and again, a copy of its folder is damaged: bits,
cuts, files swapped, taken from a run with another seed, put twice, links of both kinds, foreign
files, folders and pipes in the place of files. Whoever reads the folder must be told, or find every
result as it was. Then the study is run there once more: it must say what it computes again and end
with the bytes of the undamaged folder, or refuse the folder in a sentence. Nothing outside the
folder and no foreign file in it may change. Boards are made in this process: workers would take
most of the time.

Races start two processes on one folder, with one seed or two, at random moments. Each of them must
be refused, naming the other, or end well, and the folder must be that of a plan run alone.
"""

import argparse
import logging
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

from hwkit.errors import HwkitError
from hwkit.study import load_plan, run_study
from hwkit.study.kinds.tolerance.batches import worker
from hwkit.study.kinds.tolerance.plan import TolerancePlan
from hwkit.study.ownership import finished

STUDY = """
kind = "tolerance"
name = "damaged"
seed = {seed}
[data]
classes = [0, 1]
[machine]
n_hidden = 2
[protocol]
t_final = 0.2
dt = 0.02
[boards]
count = 12
paths = 4
dt = 0.02
batch = 4
[[spread]]
parts = "coupling"
sigma = 0.05
[[specification]]
metric = "path rms"
max = 0.05
[check]
boards = 0
[sensitivity]
paths = 2
"""
_UNCOMPARED = ("provenance.json", "report.html")  # times of day
KINDS = ("bit", "cut", "gone", "swap", "mix", "double", "link", "place", "foreign")
_FOREIGN = ("notes.txt", "page.html", ".env.template", ".a.nc.abcd1234", "x.json", "other.parquet")


@dataclass
class Told(logging.Handler):
    """What was said of results that are not as they were written."""

    messages: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        logging.Handler.__init__(self)

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())

    __hash__ = logging.Handler.__hash__


@dataclass(frozen=True)
class Outcome:
    """What came of one damage: its kind, how it was told, and what is wrong ("" if nothing)."""

    kind: str
    told: str
    wrong: str


def plan(folder: Path, seed: int = 1) -> TolerancePlan:
    """Return the small study."""
    file = folder / f"study-{seed}.toml"
    file.write_text(STUDY.format(seed=seed))
    return load_plan(file)


def content(folder: Path) -> dict[str, bytes]:
    """Return what a folder holds, without what tells one execution from another."""
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file() and file.name not in _UNCOMPARED
    }


def damage(kind: str, run: Path, other: Path, outside: Path, rng: random.Random) -> None:
    """Damage one thing in a run folder."""
    files = [f for f in sorted(run.rglob("*")) if f.is_file() and f.name not in _UNCOMPARED]
    file = rng.choice(files)
    second = rng.choice([f for f in files if f != file])
    match kind:
        case "bit":
            data = bytearray(file.read_bytes())
            for _ in range(rng.choice([1, 1, 3])):
                data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
            file.write_bytes(data)
        case "cut":
            data = file.read_bytes()
            start = rng.choice([0, rng.randrange(len(data))])
            file.write_bytes(data[start : rng.randrange(start, len(data))])
        case "gone":
            file.unlink()
        case "swap":
            here, there = file.read_bytes(), second.read_bytes()
            file.write_bytes(there), second.write_bytes(here)
        case "mix":  # as two seeds in one folder would have left it
            for one in rng.sample(files, rng.randrange(1, len(files))):
                shutil.copyfile(other / one.relative_to(run), one)
        case "double":
            file.write_bytes(file.read_bytes() * 2)
        case "link":
            place = rng.choice([file, run / "batches", run / "report.html", run / "verdict.json"])
            target = rng.choice([outside, outside / "precious.json", outside / "none", second])
            _clear(place)
            if target.is_file() and rng.random() < 0.3:
                os.link(target, place)
            else:
                place.symlink_to(target)
        case "place":
            place = rng.choice([file, run / "batches"])
            _clear(place)
            rng.choice([Path.mkdir, os.mkfifo, Path.touch])(place)
        case _:
            (rng.choice([run, run / "batches"]) / rng.choice(_FOREIGN)).write_text("precious")


def _clear(place: Path) -> None:
    if place.is_dir():
        shutil.rmtree(place)
    place.unlink(missing_ok=True)


def try_one(kind: str, study: TolerancePlan, room: Path, rng: random.Random) -> Outcome:
    """Damage a copy of a finished folder, read it, run the study there again, and judge."""
    peace, run, outside = room.parent / "peace", room / "run", room / "outside"
    shutil.copytree(peace, run)
    outside.mkdir()
    (outside / "precious.json").write_text("precious")
    damage(kind, run, room.parent / "other", outside, rng)
    right, elsewhere, told = content(peace), content(outside), Told()
    changed = {name for name in right if not _same(run / name, peace / name)}
    foreign = {n: d for n, d in content(run).items() if n not in right and n.endswith(_FOREIGN)}
    whole = content(run) == content(room.parent / "other")  # all of a sound run
    wrong, refused = [], ""
    try:
        with finished(run):
            wrong += ["read without a word"] if changed and not whole else []
    except HwkitError as error:
        refused = f"reader: {error}"
    logging.getLogger("hwkit").addHandler(told)
    try:
        run_study(study, run, jobs=1)
        after = content(run)
        lost = [name for name in right if after.get(name) != right[name]]
        wrong += [f"other bytes in {lost}"] if lost else []
        wrong += ["computed again without a word"] if changed and not told.messages else []
        refused = refused or "; ".join(told.messages)
    except HwkitError as error:
        refused = f"writer: {error}"
    except Exception as error:
        wrong.append(f"{type(error).__name__}: {error}")
    finally:
        logging.getLogger("hwkit").removeHandler(told)
    after = content(run)
    if content(outside) != elsewhere or any(after.get(n) != d for n, d in foreign.items()):
        wrong.append("a file of others was touched")
    return Outcome(kind, refused, "; ".join(wrong))


def _same(file: Path, other: Path) -> bool:
    return file.is_file() and not file.is_symlink() and file.read_bytes() == other.read_bytes()


def _here(factory, setup, tasks, jobs, timeout, progress, handles, finished):
    """Make the boards that a worker would make."""
    run, results = worker(setup), []
    for index, task in enumerate(tasks):
        results.append(run(task))
        finished(index, results[-1])
    return results


@patch("hwkit.study.run.run_tasks", _here)
def damages(count: int, seed: int, folder: Path) -> list[Outcome]:
    """Try so many damages, all kinds in turn."""
    study, rng, found = plan(folder), random.Random(seed), []
    run_study(study, folder / "peace", jobs=1)
    run_study(plan(folder, 2), folder / "other", jobs=1)
    with patch("hwkit.study.runner._render"):  # pages would take most of the time
        for number in range(count):
            room = folder / f"room-{number}"
            room.mkdir()
            found.append(try_one(KINDS[number % len(KINDS)], study, room, rng))
            shutil.rmtree(room)
    return found


def races(count: int, seed: int, folder: Path) -> list[tuple[str, str]]:
    """Start two processes on one folder so many times; return how each ended, and what is wrong."""
    rng, found, alone = random.Random(seed), [], {}
    for own in (1, 2):
        plan(folder, own)
        began = time.monotonic()
        subprocess.run(_command(folder, own, folder / f"alone-{own}"), check=True, **_QUIET)
        seconds, alone[own] = time.monotonic() - began, content(folder / f"alone-{own}")
    for number in range(count):
        run, seeds = folder / f"race-{number}", (1, rng.choice([1, 2]))
        first = subprocess.Popen(_command(folder, seeds[0], run), **_PIPED)
        time.sleep(rng.choice([0.0, rng.uniform(0, 0.1), rng.uniform(0, seconds)]))
        second = subprocess.Popen(_command(folder, seeds[1], run), **_PIPED)
        ends = [(process.communicate()[1], process.returncode) for process in (first, second)]
        refused = [
            code == 2 and f"process {other.pid} on " in text and "is writing into" in text
            for (text, code), other in zip(ends, (second, first), strict=True)
        ]
        fine = all(code == 0 or no for (_, code), no in zip(ends, refused, strict=True))
        right = content(run) in [alone[own] for own in seeds]
        how = ("both refused" if all(refused) else "one refused") if any(refused) else "both right"
        found.append((how, "" if right and fine else f"right {right}: {ends}"))
        shutil.rmtree(run)
    return found


_QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
_PIPED = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}


def _command(folder: Path, seed: int, out: Path) -> list[str]:
    study = folder / f"study-{seed}.toml"
    verb = [sys.executable, "-m", "hwkit", "run", str(study)]
    return [*verb, "--out", str(out), "--jobs", "1"]


def main() -> None:
    """Damage and race as the command line says, and print what came of it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--damages", type=int, default=0)
    parser.add_argument("--races", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    logging.getLogger("hwkit").propagate = False
    with tempfile.TemporaryDirectory() as name:
        tried = damages(options.damages, options.seed, Path(name)) if options.damages else []
        raced = races(options.races, options.seed, Path(name)) if options.races else []
    wrong = [f"{one.kind}: {one.wrong} ({one.told})" for one in tried if one.wrong]
    for kind, number in sorted(Counter(one.kind for one in tried).items()):
        said = Counter(one.told.partition(":")[0] for one in tried if one.kind == kind)
        writer = said["writer"]
        print(f"{kind}: {number}, told {number - said['']}, the folder refused {writer}")
    for how, number in sorted(Counter(how for how, _ in raced).items()):
        print(f"races, {how}: {number}")
    wrong += [problem for _, problem in raced if problem]
    print(f"wrong: {len(wrong)}", *wrong[:20], sep="\n")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
