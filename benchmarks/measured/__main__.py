"""Do measured boards give back what they are?

    python -m benchmarks.measured coverage [--boards 200] [--simulator spice]   of drawn values
    python -m benchmarks.measured alarms   [--boards 3000] [--finer 10]   boards as intended
    python -m benchmarks.measured faults   [--boards 300]   each kind of planted fault
    python -m benchmarks.measured colour   [--boards 100] [--corner 0.3]   1/f noise of one unit
    python -m benchmarks.measured lengths  [--boards 100]   what a short record asks for
    python -m benchmarks.measured correction [--boards 20]  boards with offsets, corrected
    python -m benchmarks.measured size FILE.h5              10^7 samples of 12 channels
    python -m benchmarks.measured likelihood    against thermox; needs the extra `bench`

The first five with --channels plain, real or common, as in `boards`. Each board is a line of a
file in --rows; a command that was stopped goes on where it was.
"""

import argparse
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from tempfile import gettempdir

from benchmarks.measured.alarms import alarms
from benchmarks.measured.colour import colour
from benchmarks.measured.correction import correction
from benchmarks.measured.coverage import coverage
from benchmarks.measured.faults import faults
from benchmarks.measured.lengths import lengths
from benchmarks.measured.size import size

BOARDS = {
    "coverage": 200,
    "alarms": 3000,
    "faults": 300,
    "colour": 100,
    "lengths": 100,
    "correction": 20,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    for name, boards in BOARDS.items():
        command = commands.add_parser(name)
        command.add_argument("--boards", type=int, default=boards)
        if name != "correction":
            choices = ("plain", "real", "common")
            command.add_argument("--channels", choices=choices, default="plain")
        command.add_argument("--rows", type=Path, default=Path(gettempdir(), "hwkit-measured"))
        if name == "coverage":
            command.add_argument("--simulator", choices=("twin", "spice"), default="twin")
        if name == "colour":
            command.add_argument("--corner", type=float, default=0.3, help="over the bandwidth")
        if name == "alarms":
            command.add_argument("--finer", type=int, default=1, help="samples for each usual one")
    commands.add_parser("size").add_argument("file", type=Path)
    commands.add_parser("likelihood")
    asked = parser.parse_args()
    if asked.command == "likelihood":
        if find_spec("thermox") is None:
            raise SystemExit("thermox is not installed; install hwkit with the extra bench")
        import_module("benchmarks.measured.likelihood").likelihood()
    elif asked.command == "size":
        size(asked.file)
    elif asked.command == "correction":
        correction(asked.rows, asked.boards)
    elif asked.command == "alarms":
        alarms(asked.rows, asked.boards, asked.channels, asked.finer)
    elif asked.command == "colour":
        colour(asked.rows, asked.boards, asked.channels, asked.corner)
    elif asked.command == "coverage":
        coverage(asked.rows, asked.boards, asked.channels, asked.simulator)
    else:
        run = {"faults": faults, "lengths": lengths}[asked.command]
        run(asked.rows, asked.boards, asked.channels)


if __name__ == "__main__":
    main()
