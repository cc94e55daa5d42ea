"""What a command takes beside its work: `python -m benchmarks.startup`.

Processor time (of the command and its workers) is printed beside the time on the clock, since it
says as much on a busy machine. `validate` of a machine of two units is hardly any work: what it
takes is the overhead of a verb that runs ngspice. With 80 units, all coupled, a single run of one
step still has 50 states whose force is measured, and three loads of 6,000 elements.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import hwkit

COMMANDS = {
    "python, numpy alone": ["-c", "import numpy"],
    "import hwkit": ["-c", "import hwkit"],
    "hwkit --version": ["-m", "hwkit", "--version"],
    "hwkit validate --help": ["-m", "hwkit", "validate", "--help"],
    "what a worker loads": ["-c", "from hwkit.spice.session import session; session()"],
    "all kinds of study": [
        "-c",
        "from hwkit.study import kind_names, load_kind; [load_kind(k) for k in kind_names()]",
    ],
    "hwkit doctor": ["-m", "hwkit", "doctor"],
    "hwkit validate, 2 units, one step": [
        *("-m", "hwkit", "validate", "pair.npz", "-n", "1", "--t-final", "0.0025"),
        *("--out", "pair.json"),
    ],
    "hwkit validate, one step": [
        *("-m", "hwkit", "validate", "model.npz", "-n", "1", "--t-final", "0.0025"),
        *("--out", "one.json"),
    ],
    "hwkit validate, 4 runs": [
        "-m",
        "hwkit",
        "validate",
        "model.npz",
        "-n",
        "4",
        "--out",
        "v.json",
    ],
}


def used(words: list[str], folder: Path) -> tuple[float, float]:
    """Run a command in a folder and return seconds of processors and on the clock."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([sys.executable, *words], cwd=folder, capture_output=True, check=True)
    clock, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, clock


def save_machine(file: Path, n: int) -> None:
    """Write a machine, all of its units coupled."""
    upper = np.triu(np.random.default_rng(0).standard_normal((n, n)), 1) / 10
    hwkit.save_model(hwkit.EnergyModel(upper + upper.T, np.zeros(n), kT=0.1), file)


def main() -> None:
    """Print a row for each command; the first round fills the caches and is left out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="commands whose name holds this")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        save_machine(folder / "model.npz", 80)
        save_machine(folder / "pair.npz", 2)
        print(f"{'command':<36}{'processor s':>12}{'clock s':>10}")
        for title, words in COMMANDS.items():
            if arguments.only not in title:
                continue
            used(words, folder)
            rounds = np.array([used(words, folder) for _ in range(arguments.rounds)])
            processor, clock = np.median(rounds, axis=0)
            print(f"{title:<36}{processor:>12.2f}{clock:>10.2f}", flush=True)


if __name__ == "__main__":
    main()
