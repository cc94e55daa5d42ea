"""What `--dry-run` announces beside what a study takes: `python -m benchmarks.estimates`.

One small study of each kind is announced and then run, by the commands that a user gives, one after
the other. `--load N` has N processes compute beside all of it; `--study FILE` takes another study;
`--stages` prints both sides stage by stage.
"""

import argparse
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

# Small studies: what is left out is as in the kind's example (`hwkit new KIND`).
STUDIES: dict[str, dict[str, Any]] = {
    "storage": {"repeats.count": 4},
    "sampler": {"samples.count": 4800},
    "energy": {"digital.samples": 20},
    "codesign": {"boards.fresh": 6},
    "equivalence": {"checks.order_paths": 4, "generation.samples": 20},
    "tolerance": {"rare.boards": 0, "curves.boards": 0, "budget.boards": 0},
    "speedup": {"barriers.causes": []},
    "generative": {},
    "breadboard": {},
    "dataset": {},
}
USUAL = ("storage", "sampler", "energy", "codesign", "equivalence", "tolerance")


def hwkit(*words: str) -> str:
    """Run the command line and return what it prints; limits that are not met are no failure."""
    done = subprocess.run(
        [sys.executable, "-m", "hwkit", *words], capture_output=True, text=True, check=False
    )
    if done.returncode > 1:
        raise SystemExit(done.stderr)
    return done.stdout


def small_study(kind: str, folder: Path) -> Path:
    """Write a kind's example with the settings of STUDIES."""
    from hwkit.study import example_text
    from hwkit.study.reading import load_plan

    (folder / f"{kind}.toml").write_text(example_text(kind))
    settings = load_plan(folder / f"{kind}.toml").model_dump(exclude_defaults=True, mode="json")
    for place, value in STUDIES[kind].items():
        table, name = place.split(".")
        settings.setdefault(table, {})[name] = value
    file = folder / f"{kind}.toml"
    file.write_text(f'kind = "{kind}"\n' + "".join(lines(settings)))
    return file


def lines(settings: dict[str, Any]) -> Iterator[str]:
    """Yield the lines of a study file: JSON's values are TOML's, but for tables."""
    for name, value in settings.items():
        if name != "kind" and value is not None:
            yield f"{name} = {inline(value)}\n"


def inline(value: Any) -> str:
    """Return a value as TOML, tables inline."""
    if isinstance(value, dict):
        pairs = (f"{json.dumps(k)} = {inline(v)}" for k, v in value.items() if v is not None)
        return "{ " + ", ".join(pairs) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(inline, value)) + "]"
    return json.dumps(value)


def burn() -> None:
    """Take a processor's time until the process is ended."""
    while True:
        sum(k * k for k in range(100_000))


@contextmanager
def load(processes: int) -> Iterator[None]:
    """Have processes compute beside the block."""
    burners = [multiprocessing.Process(target=burn, daemon=True) for _ in range(processes)]
    for each in burners:
        each.start()
    try:
        yield
    finally:
        for each in burners:
            each.terminate()


def compared(file: Path, folder: Path, stages: bool) -> float:
    """Print a row and return announced over taken time."""
    started = time.perf_counter()
    announced = json.loads(hwkit("run", str(file), "--dry-run", "--json"))
    measured = time.perf_counter() - started
    out = folder / file.stem
    started = time.perf_counter()
    hwkit("run", str(file), "--out", str(out))
    taken = time.perf_counter() - started
    seconds = 60 * announced["minutes"]
    busy = os.getloadavg()[0]
    ratio = seconds / taken
    print(
        f"{file.stem:<14}{seconds:>11.1f}{taken:>9.1f}{ratio:>8.2f}{measured:>13.1f}{busy:>8.1f}",
        flush=True,
    )
    if stages:
        real = json.loads((out / "provenance.json").read_text())["seconds"]
        for name in dict.fromkeys([*announced["stages"], *real]):
            print(
                f"    {name:<44}{announced['stages'].get(name, 0):>8.2f}{real.get(name, 0):>8.2f}"
            )
    return ratio


def main() -> None:
    """Announce and run studies, and print one row for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kinds", nargs="*", default=USUAL, help="kinds of study")
    parser.add_argument("--load", type=int, default=0, help="processes that compute beside")
    parser.add_argument("--study", type=Path, action="append", default=[], help="a study file")
    parser.add_argument("--stages", action="store_true", help="print stage by stage")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, load(arguments.load):
        folder = Path(name)
        print("study         announced s  taken s   ratio  measured for s    load")
        files = arguments.study or [small_study(kind, folder) for kind in arguments.kinds]
        ratios = [compared(file, folder, arguments.stages) for file in files]
    within = sum(0.5 <= ratio <= 2 for ratio in ratios)
    print(f"{within} of {len(ratios)} within a factor of 2")


if __name__ == "__main__":
    main()
