"""Write the page of all costs: `python -m benchmarks > docs/performance.md`.

Each section runs in a process of its own and can be run alone: `python -m benchmarks.reference`.
"""

import argparse
import os
import platform
import subprocess
import sys

from hwkit.workers import available_cores

HEADER = """\
# Performance

This page is written by

    python -m benchmarks --ngspice LIBRARY > docs/performance.md

(`--ngspice` times another ngspice as well) and each of its sections by the command that is
above it (`pip install 'hwkit[bench]'` for the peers). Both sides of a ratio are timed in turn in
one run; the median is before the range. The
machine: {cores} shared cores, {machine}, Python {python}."""

TWIN = """
## Many boards at once

    python -m benchmarks.twin

```text"""

STARTUP = """
## Start-up

    python -m benchmarks.startup

```text"""

ESTIMATES = """
## Estimates

What `hwkit run --dry-run` announces for small studies, beside what they take, with another process
at work:

    python -m benchmarks.estimates --load 1

```text"""


def run_section(module, *arguments, **variables):
    """Run a section; show its output as it comes, so that a long run can be followed."""
    command = [sys.executable, "-u", "-m", f"benchmarks.{module}", *arguments]
    sys.stdout.flush()
    subprocess.run(command, check=True, env=os.environ | variables)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mnist", help="folder of MNIST's idx files, for ten thousand images")
    parser.add_argument(
        "--ngspice", action="append", default=[], help="library of another ngspice, timed as well"
    )
    parser.add_argument("--cycles", type=int, default=900, help="of gradient descent; 0: none")
    arguments = parser.parse_args()
    print(
        HEADER.format(
            cores=available_cores(), machine=platform.machine(), python=platform.python_version()
        )
    )
    run_section("spice")
    for library in arguments.ngspice:
        run_section("spice", "--samples", "0", NGSPICE_LIBRARY_PATH=library)
    run_section("reference")
    folder = ["--mnist", arguments.mnist] if arguments.mnist else []
    run_section("training", "--cycles", str(arguments.cycles), *folder)
    for heading, words in (
        (TWIN, ["twin"]),
        (STARTUP, ["startup"]),
        (ESTIMATES, ["estimates", "--load", "1"]),
    ):
        print(heading)
        run_section(*words)
        print("```")


if __name__ == "__main__":
    main()
