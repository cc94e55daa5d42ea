"""Speed of a bench page's engine: `python -m benchmarks.explore`.

Steps of 16 samples of the digits machine, 64 + 64 units, ideal and board both on the same noise, in
node, against the twin of hwkit on one core: in single precision, and in double precision, which is
the same arithmetic. The processor's time is beside that on the clock, since machines are shared.
"""

import argparse
import json
import shutil
import statistics
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np

import hwkit
from benchmarks.timing import Spent, spent
from hwkit.circuit.variation.drawing import Drawing
from hwkit.explore.controls import default_controls, variation
from hwkit.explore.description import Bench, describe
from hwkit.explore.engine import engine_source
from hwkit.patterns import digit_patterns
from hwkit.training import normalized_patterns
from hwkit.twin import Boards, bind, simulate_boards

CLASSES = [0, 1, 2]
SETTINGS = {"couplings": 0.02, "offsets": 1e-3, "capacitors": 0.05}
BAR = 1500
SCRIPT = Path(__file__).with_suffix(".js")


def bench_of(cell):
    """Return the digits bench of a family."""
    onsite = hwkit.Quartic() if cell == "rc" else hwkit.Cosh.from_quartic()
    patterns = digit_patterns(CLASSES)
    design = hwkit.compile_model(hwkit.train(patterns, 64, onsite=onsite).model, cell)
    labels = tuple(map(str, CLASSES))
    return Bench("", design, None, normalized_patterns(patterns), labels, default_controls(design))


def engine_times(bench, node, samples, steps, rounds):
    """Return what the engine took: name -> rounds of Spent."""
    content = {
        "source": engine_source(), "description": describe(bench), "settings": SETTINGS,
        "samples": samples, "steps": steps, "rounds": rounds,
    }  # fmt: skip
    words = [node, str(SCRIPT)]
    done = subprocess.run(words, input=json.dumps(content), capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    return {
        name: [Spent(**each) for each in rounds] for name, rounds in json.loads(done.stdout).items()
    }


def twin_times(bench, mode, samples, steps, rounds):
    """Return what the twin took for the same, in rounds of Spent."""
    own = Drawing(bench.design, variation(bench.controls, SETTINGS), 0).board(0)
    groups = {parts.role: parts.values for parts in bench.design.parts}
    boards = Boards({name: np.stack([groups[name], row]) for name, row in own.items()}, 2)
    bound, found = bind(bench.design), []
    run = {"bound": bound, "boards": boards, "mode": mode, "threads": 1, "seed": 1}
    for length in (1, *[steps] * rounds):  # the first compiles
        call = partial(simulate_boards, bench.design, length * bench.dt, bench.dt, samples, **run)
        found.append(spent(call))
    return found[1:]


def median(rounds, name):
    return statistics.median(getattr(each, name) for each in rounds)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=16)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    node = shutil.which("node") or shutil.which("nodejs")
    if node is None:
        sys.exit("node is not installed; the engine is timed in it (Debian package nodejs)")
    size = (arguments.samples, arguments.steps, arguments.rounds)
    for cell in ("rc", "resistive"):
        bench = bench_of(cell)
        rows = engine_times(bench, node, *size)
        for mode in ("fast", "double"):
            rows[f"twin, {mode}"] = twin_times(bench, mode, *size)
        print(f"{cell}, {arguments.samples} samples of 64 + 64 units, ideal and board")
        base = median(rows["vectors"], "processor")
        for name, rounds in rows.items():
            clock, processor = (median(rounds, kind) for kind in Spent._fields)
            bar = f" (bar {BAR})" if name == "vectors" and cell == "rc" else ""
            print(
                f"  {name:12} {arguments.steps / processor:6.0f} steps per processor second{bar}, "
                f"{arguments.steps / clock:6.0f} on the clock, {processor / base:5.2f} x vectors"
            )


if __name__ == "__main__":
    main()
