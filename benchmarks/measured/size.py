"""What 10^7 samples of 12 channels from an HDF5 file take: checked, then judged."""

from pathlib import Path

import h5py

from benchmarks.measured.boards import RESTART, SCALE, STEP, Subject
from benchmarks.timing import peak_gigabytes, spent
from hwkit.measured import Measurement, Record, check_measurement
from hwkit.measured.arrays import array_of_hdf5
from hwkit.measured.judgement import judge_board

TOTAL, RESTARTS = 10_000_000, 256


def size(path: Path) -> None:
    """Print seconds and memory; the file is written first, from one board's restarts in turn."""
    subject = Subject(1, 12, "plain", "")
    held = subject.records(RESTARTS)
    piece = held.records[0].read()
    with h5py.File(path, "w") as file:
        table = file.create_dataset("volts", (TOTAL, 12), dtype="f4")
        for start in range(0, TOTAL, len(piece)):
            table[start : start + len(piece)] = piece[: TOTAL - start]
    samples = round(RESTART / STEP)
    whole, rest = divmod(TOTAL, samples)
    segments = (samples,) * whole + (rest,) * bool(rest)
    for what, work in (
        ("checked", lambda measured: check_measurement(measured, subject.model)),
        ("judged", lambda measured: judge_board(measured, subject.model, subject.question())),
    ):
        table = array_of_hdf5(path, "volts")
        record = Record("long", "switched", table, STEP * SCALE.second, 0.0, segments, 0.0)
        measured = Measurement(held.channels, (record,), SCALE.second)
        clock, processor = spent(lambda work=work, measured=measured: work(measured))
        print(
            f"10^7 samples x 12 channels {what}: {clock:.0f} s, {processor:.0f} s of the processor"
        )
    print(f"  {peak_gigabytes():.2f} GB at most (the making of the records included)")
