"""Run every study of sims/, made small: in peace, interrupted, on a cluster; the same bytes.

    python -m tests.hardening.sims --seed 1
    python -m tests.hardening.sims storage tolerance --kills 5

Each study runs once in peace; once killed at three random moments and resumed after each; once on a
Dask cluster of two workers on this machine. All files of the three folders are compared byte by
byte, without the host and the times. One line a study says what came of it; `--keep FOLDER` leaves
the small study files and the run folders there. An energy study times a digital computer, this one,
so that no two runs agree on it: its ledger is compared without those times, and the other files
that quote them are left out.
"""

import argparse
import json
import random
import resource
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from distributed import LocalCluster

from tests.hardening.interruptions import compare, contents, finish, results, start, tear
from tests.hardening.shrunk import SIMS, shrunk, written

_JOBS, _OTHER_JOBS = 2, 1  # of the run in peace and of the others: results don't depend on it
_AFTER = 4  # files that a run writes after its last result
# Kind -> files that are left out; the ledger of an energy study is not one of them.
_TIMED = {"energy": ("digital-0.json", "digital-1.json", "manifest.json", "report.html")}


@dataclass(frozen=True)
class Outcome:
    """What three runs of a study came to.

    Attributes:
        name: of the study.
        seconds: of processor time, in peace.
        files: in the folder.
        progress: files that were there at each kill.
        torn: files that differ after kills.
        spread: files that differ on a cluster.
        left: unfinished files that were not removed.
    """

    name: str
    seconds: float
    files: int
    progress: list[int]
    torn: list[str]
    spread: list[str]
    left: list[str]

    @property
    def fine(self) -> bool:
        """Whether it was interrupted, and all files are the same."""
        return bool(self.progress) and not (self.torn or self.spread or self.left)

    def line(self) -> str:
        """Say so in one line."""
        kills = f"killed at {self.progress}" if self.progress else "never killed"
        return (
            f"{self.name}: {self.seconds:.0f} s of CPU, {self.files} files, {kills}; different "
            f"after kills: {self.torn or 'none'}; on the cluster: {self.spread or 'none'}; "
            f"left over: {self.left or 'none'}"
        )


def try_study(name, folder, address, kills, seed):
    """Run a study in peace, with kills, and on a cluster, into folders of `folder`."""
    folder.mkdir(parents=True)
    study, peace, torn = folder / "study.toml", folder / "peace", folder / "torn"
    study.write_text(written(shrunk(name)), encoding="utf-8")
    before, began = _cpu(), time.monotonic()
    finish(start(study, peace, _JOBS), study)
    seconds, wall = _cpu() - before, time.monotonic() - began
    total, rng = len(results(peace)) - _AFTER, random.Random(seed)
    progress = tear(study, torn, kills, rng, _OTHER_JOBS, results, total, wall / 2)
    finish(start(study, folder / "cluster", _OTHER_JOBS, "--scheduler", address), study)
    files = contents(peace)
    left = [str(path) for path in torn.rglob(".*")]
    kind = shrunk(name)["kind"]
    differ = [_differ(kind, peace, other) for other in (torn, folder / "cluster")]
    return Outcome(name, seconds, len(files), progress, *differ, left)


def _differ(kind, one, other):
    """Names of the files that differ between two run folders, measured times aside."""
    found = [name for name in compare(one, other) if name not in _TIMED.get(kind, ())]
    if kind == "energy" and _ledger(one) == _ledger(other):
        found = [name for name in found if name != "ledger.json"]
    return found


def _ledger(folder):
    """What a ledger says of the circuits."""
    content = json.loads((folder / "ledger.json").read_text(encoding="utf-8"))
    return {name: value for name, value in content.items() if name != "digital"}


def _cpu():
    """Processor time of all ended children, in seconds."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main():
    """Do so for the named studies, or all; exit with 1 if anything differs."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", help="files in sims/ without .toml; all if none")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--keep", type=Path, help="folder for the run folders")
    options = parser.parse_args()
    names = options.names or sorted(path.stem for path in SIMS.glob("*.toml"))
    wrong = 0
    with (
        tempfile.TemporaryDirectory() as temporary,
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
    ):
        address, folder = cluster.scheduler_address, options.keep or Path(temporary)
        for name in names:
            try:
                found = try_study(name, folder / name, address, options.kills, options.seed)
            except RuntimeError as error:
                print(f"{name}: {error}", flush=True)
                wrong += 1
                continue
            print(found.line(), flush=True)
            wrong += not found.fine
    print(f"studies: {len(names)}, wrong: {wrong}")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
