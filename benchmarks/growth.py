"""How training of gated machines grows: `python -m benchmarks.growth --data FOLDER`.

The machine of `sims/dataset-mnist.toml`, trained on more and more pictures with 50 experts, and
with more and more experts on 4,000 pictures, each in a process of its own with one thread. Printed:
seconds of the processor, the most memory, and by how much each doubling multiplies the seconds;
then all 8,000 pictures with 100 experts, and 1,000 samples of that machine.
"""

import argparse
import json
import os
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import numpy as np

from benchmarks.timing import peak_gigabytes
from hwkit.langevin import prepare_states, simulate_gated
from hwkit.patterns import whole_set
from hwkit.study.kinds.dataset.plan import DatasetPlan
from hwkit.training import slowed, train_gated

STUDY = Path(__file__).parents[1] / "sims" / "dataset-mnist.toml"
PICTURES, EXPERTS = (1000, 2000, 4000, 8000), (25, 50, 100, 200)
AT_PICTURES, AT_EXPERTS, SAMPLES = 4000, 50, 1000


def measured(folder, pictures, experts, samples):
    """Train in this process; return seconds of training and of sampling, and gigabytes."""
    plan = DatasetPlan.model_validate(tomllib.loads(STUDY.read_text(encoding="utf-8")))
    gates = plan.machine.model_copy(update={"experts": experts})
    training, _ = whole_set("mnist", folder).split(8000, 2000, plan.data.split_seed)
    began = time.process_time()
    made = train_gated(
        training.pictures[:pictures], gates.groups(784), labels=training.labels[:pictures],
        segments=gates.segments, samples=plan.noising.samples, protocol=plan.noising.protocol(),
        seed=1,
    )  # fmt: skip
    trained = time.process_time() - began
    began = time.process_time()
    if samples:
        protocol = plan.noising.protocol()
        machine, t = slowed(made.machine, protocol, plan.machine.slowness)
        x0 = prepare_states(machine, t, protocol.dt, samples, 2)
        runs = simulate_gated(machine, t, protocol.dt, samples, 3, x0)
        assert np.all(np.isfinite(runs.final))
    return {
        "train": trained,
        "sample": time.process_time() - began,
        "gigabytes": peak_gigabytes(),
    }


def in_a_process(folder, pictures, experts, samples=0):
    command = [sys.executable, "-m", "benchmarks.growth", "--data", folder, "--one"]
    words = [*command, str(pictures), str(experts), str(samples)]
    one = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    done = subprocess.run(words, check=True, capture_output=True, text=True, env=os.environ | one)
    return json.loads(done.stdout)


def row(what, found, before):
    times = "" if before is None else f"{found['train'] / before['train']:.2f}"
    print(
        f"| {what} | {found['train']:.0f} s | {found['gigabytes']:.1f} GB | {times} |", flush=True
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", required=True, help="folder of MNIST's idx files")
    parser.add_argument("--one", nargs=3, type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps(measured(asked.data, *asked.one)))
        return
    print("\n| machine | processor | memory | times the row above |\n| --- | --- | --- | --- |")
    for cases in (
        [(n, AT_EXPERTS) for n in PICTURES],
        [(AT_PICTURES, n) for n in EXPERTS],
    ):
        before = None
        for pictures, experts in cases:
            found = in_a_process(asked.data, pictures, experts)
            row(f"{pictures:,} pictures, {experts} experts", found, before)
            before = found
    found = in_a_process(asked.data, 8000, 100, SAMPLES)
    row("8,000 pictures, 100 experts", found, None)
    print(f"\n{SAMPLES:,} samples of the last machine: {found['sample']:.0f} s of the processor")


if __name__ == "__main__":
    main()
