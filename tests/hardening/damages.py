"""Damage a run folder at random: each time it is told, or the verdict has the same bytes.

    python -m tests.hardening.damages --damages 1000 --seed 1
    python -m tests.hardening.damages --races 50 --seed 1

A small tolerance study is run once. Then, again and again, a copy of its folder is damaged (bits,
cuts, swaps, links, foreign files) and the study is run there once more. Its verdict must be that of
the undamaged folder, to the byte, or the folder must be refused in a sentence. A damage that
changed a result must be told, and nothing outside the folder may change.

Races start two processes on one folder, with one seed or two, at random moments. One of them must
be refused, or the folder must be that of a plan run alone.
"""

import argparse
import logging
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from hwkit.errors import HwkitError
from hwkit.report import write_tolerance_report
from hwkit.study import TolerancePlan, load_tolerance_plan
from hwkit.study.folder import finished_files
from hwkit.study.tolerance import run_tolerance

STUDY = """
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
_UNCOMPARED = ("provenance.json", "report.html")


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
    """What came of one damage: its kind, whether it was told, and what is wrong ("" if nothing)."""

    kind: str
    told: bool
    wrong: str


def plan(folder: Path, seed: int = 1) -> TolerancePlan:
    """Return the small study."""
    file = folder / f"study-{seed}.toml"
    file.write_text(STUDY.format(seed=seed))
    return load_tolerance_plan(file)


def content(folder: Path) -> dict[str, bytes]:
    """Return what a folder holds, without what tells one execution from another."""
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file() and file.name not in _UNCOMPARED
    }


def damage(run: Path, outside: Path, rng: random.Random) -> str:
    """Damage one thing in a run folder and return what was done."""
    files = [f for f in sorted(run.rglob("*")) if f.is_file() and f.name not in _UNCOMPARED]
    file, kind = rng.choice(files), rng.choice(["bit", "cut", "swap", "link", "foreign", "gone"])
    if kind == "bit":
        data = bytearray(file.read_bytes())
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        file.write_bytes(data)
    elif kind == "cut":
        file.write_bytes(file.read_bytes()[: rng.randrange(file.stat().st_size)])
    elif kind == "gone":
        file.unlink()
    elif kind == "swap":
        other = rng.choice([f for f in files if f != file])
        first, second = file.read_bytes(), other.read_bytes()
        file.write_bytes(second)
        other.write_bytes(first)
    elif kind == "link":
        place = rng.choice([file, run / "batches", run / "report.html", run / "verdict.json"])
        if place.is_dir():
            shutil.rmtree(place)
        place.unlink(missing_ok=True)
        place.symlink_to(rng.choice([outside, outside / "precious.json", outside / "nothing"]))
    else:
        name = rng.choice(["notes.txt", "page.html", ".env.template", ".a.nc.abcd1234", "x.json"])
        (rng.choice([run, run / "batches"]) / name).write_text("precious")
    return kind


def try_one(study: TolerancePlan, peace: Path, room: Path, rng: random.Random) -> Outcome:
    """Damage a copy of a finished folder, run the study there again, and judge."""
    run, outside = room / "run", room / "outside"
    shutil.copytree(peace, run)
    outside.mkdir()
    (outside / "precious.json").write_text("precious")
    kind = damage(run, outside, rng)
    damaged, told = content(run) != content(peace), Told()
    foreign = {n: d for n, d in content(run).items() if n not in content(peace)}
    elsewhere = content(outside)
    logging.getLogger("hwkit").addHandler(told)
    refused, wrong = False, ""
    try:
        run_tolerance(study, run, jobs=1)
        finished_files(run)
    except HwkitError:
        refused = True
    except Exception as error:
        wrong = f"{type(error).__name__}: {error}"
    finally:
        logging.getLogger("hwkit").removeHandler(told)
    after = content(run)
    if content(outside) != elsewhere or any(after.get(n) != d for n, d in foreign.items()):
        wrong = "a file of others was touched"
    elif (
        not refused and (run / "verdict.json").read_bytes() != (peace / "verdict.json").read_bytes()
    ):
        wrong = "another verdict"
    elif damaged and not foreign and not (refused or told.messages):
        wrong = wrong or "not told"
    return Outcome(kind, refused or bool(told.messages), wrong)


def damages(count: int, seed: int, folder: Path) -> list[Outcome]:
    """Try so many damages."""
    study, rng, found = plan(folder), random.Random(seed), []
    run_tolerance(study, folder / "peace", jobs=1)
    write_tolerance_report(folder / "peace")
    for number in range(count):
        room = folder / f"room-{number}"
        room.mkdir()
        found.append(try_one(study, folder / "peace", room, rng))
        shutil.rmtree(room)
    return found


def races(count: int, seed: int, folder: Path) -> list[str]:
    """Start two processes on one folder so many times; return what is wrong of each ("" if not)."""
    rng, found, alone = random.Random(seed), [], {}
    for own in (1, 2):
        plan(folder, own)
        subprocess.run(_command(folder, own, folder / f"alone-{own}"), check=True, **_QUIET)
        alone[own] = content(folder / f"alone-{own}")
    for number in range(count):
        run, seeds = folder / f"race-{number}", (1, rng.choice([1, 2]))
        first = subprocess.Popen(_command(folder, seeds[0], run), **_PIPED)
        time.sleep(rng.uniform(0, 3))
        second = subprocess.Popen(_command(folder, seeds[1], run), **_PIPED)
        ends = [(p.communicate()[1], p.returncode) for p in (first, second)]
        refused = [code == 2 and "is writing into" in text for text, code in ends]
        right = content(run) in alone.values()
        fine = all(code == 0 or no for (_, code), no in zip(ends, refused, strict=True))
        found.append("" if right and fine else f"exit {[code for _, code in ends]}: {ends}")
        shutil.rmtree(run)
    return found


_QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
_PIPED = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}


def _command(folder: Path, seed: int, out: Path) -> list[str]:
    study = folder / f"study-{seed}.toml"
    return [
        sys.executable,
        "-m",
        "hwkit",
        "tolerance",
        str(study),
        "--out",
        str(out),
        "--jobs",
        "1",
    ]


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
    wrong = [f"{one.kind}: {one.wrong}" for one in tried if one.wrong] + [w for w in raced if w]
    for kind, number in sorted(Counter(one.kind for one in tried).items()):
        print(f"{kind}: {number}, told {sum(one.told for one in tried if one.kind == kind)}")
    if raced:
        print(f"races: {len(raced)}, right {raced.count('')}")
    print(f"wrong: {len(wrong)}", *wrong[:20], sep="\n")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
