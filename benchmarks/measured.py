"""Do measured boards give back what they are? Coverage, false alarms and named faults.

Run with: python -m benchmarks.measured [--boards 200] [--units 8] [--channels plain|real]
          python -m benchmarks.measured --faults 30      (each kind of planted fault on so many)
          python -m benchmarks.measured --size           (10^7 samples of 12 channels)

Boards are emulated (`hwkit.measured.EmulatedInstrument`): the twin of a circuit whose parts have
drawn values, behind a converter, in restarts of 60 units of model time each. Every board has its
own machine, values and noise; the estimator sees the records and the intended machine alone. "real"
channels have 8 bits, gain errors of 1 %, offsets of 5 mV, a bandwidth of ten times the cell's rate
and jitter of 2 % of the interval, rms, and calibration records.
"""

import argparse

import h5py
import numpy as np

from benchmarks.timing import peak_gigabytes, spent
from hwkit.circuit import Design, Scale
from hwkit.measured import Channel, Measurement, Record
from hwkit.measured.converter import EmulatedConverter
from hwkit.measured.emulated import EmulatedCircuit, EmulatedInstrument
from hwkit.measured.instrument import Request, measure
from hwkit.measured.judgement import Board, Question, judge_board
from hwkit.model import EnergyModel, Quartic
from hwkit.twin import Boards

SCALE = Scale(0.1, 1e-6, 1e-12)
STEP, DT, SAMPLES = 0.05, 1e-3, 1200
CELL_RATE = 2.0  # 2 J2, per unit of model time
SPREAD = {"coupling": 0.05, "bias": 0.05, "noise": 0.05}  # relative, normal


def machine(units: int, seed: int) -> EnergyModel:
    rng = np.random.default_rng(seed)
    J = np.triu(rng.normal(0, 1.2 / units**0.5, (units, units)), 1)
    return EnergyModel(J + J.T, rng.normal(0, 0.3, units), Quartic(1.0, 1.0), kT=0.1)


class Fabrication:
    """Values of one board; what they make of the machine is `truth`."""

    def __init__(self, model: EnergyModel, seed: int, fault: str = "") -> None:
        rng = np.random.default_rng([seed, 1])
        n = model.n_units
        spread = {name: 0.0 if fault else share for name, share in SPREAD.items()}
        pair = np.triu(spread["coupling"] * rng.standard_normal((n, n)), 1)
        self.pair = 1 + pair + pair.T
        self.bias = 1 + spread["bias"] * rng.standard_normal(n)
        self.noise = 1 + spread["noise"] * rng.standard_normal(n)
        self.farad = np.ones(n)
        self.unit = int(rng.integers(n))
        flat = np.argsort(np.abs(np.asarray(model.J)[np.triu_indices(n, 1)]))
        middle = flat[len(flat) // 2]
        self.couple = tuple(int(k[middle]) for k in np.triu_indices(n, 1))
        i, j = self.couple
        if fault == "flip":
            self.pair[i, j] = self.pair[j, i] = -1.0
        if fault == "hot":
            self.noise[self.unit] = 1.1
        if fault == "dead":
            self.farad[self.unit] = 1e6

    def __call__(self, design: Design) -> Boards:
        ends = design.group("coupling").nodes
        places = {int(node): unit for unit, node in enumerate(design.terminals[:, 0])}
        driven = [(places[int(a)], places[int(b)]) for a, b in ends]
        factors = np.array([self.pair[i, j] for i, j in driven])
        values = {
            "coupling": design.group("coupling").values * factors,
            "bias": design.group("bias").values * self.bias,
            "noise": design.group("noise").values * self.noise,
            "capacitor": design.group("capacitor").values * self.farad,
        }
        return Boards({name: numbers[None] for name, numbers in values.items()}, 1)

    def truth(self, model: EnergyModel, kind: str, places: tuple[int, ...]) -> float:
        match kind:
            case "coupling":
                return float(np.asarray(model.J)[places] * self.pair[places])
            case "bias":
                return float((model.b * self.bias)[places[0]])
            case "noise":
                return float(model.kT * self.noise[places[0]])
        return 1.0


def take(model: EnergyModel, made: Fabrication, seed: int, channels: str, restarts: int, bits: int):
    """Return a board's records, and what is asked of them."""
    rng, n = np.random.default_rng([seed, 2]), model.n_units
    span = (-2 * SCALE.volt, 2 * SCALE.volt)
    converter = EmulatedConverter(span, bits)
    question = Question(bits=12, readout=0.0)
    if channels == "real":
        converter = EmulatedConverter(
            span,
            8,
            gain=tuple(1 + 0.01 * rng.standard_normal(n)),
            offset=tuple(5e-3 * rng.standard_normal(n)),
            bandwidth=10 * CELL_RATE / (2 * np.pi * SCALE.second),
            jitter=0.02 * STEP * SCALE.second,
            noise=1e-3,
        )
        question = Question("calibration", bits=8, lag=1 / (10 * CELL_RATE))
    board = EmulatedInstrument(EmulatedCircuit(model, "rc", SCALE, made, dt=DT), converter, seed)
    interval = STEP * SCALE.second
    requests = [Request("run", "switched", SAMPLES, interval, restarts, 0.0)]
    if channels == "real":
        for name, volt in (("low", -0.1), ("high", 0.1)):
            requests.append(Request(name, "calibration", 20_000, interval, clamped=(volt,) * n))
    return measure(board, requests, SCALE.second), question


def judged(units: int, seed: int, fault: str, channels: str, restarts: int) -> tuple:
    model = machine(units, seed)
    made = Fabrication(model, seed, fault)
    records, question = take(model, made, seed, channels, restarts, 6 if fault == "6 bits" else 12)
    return model, made, judge_board(records, model, question)


def coverage(count: int, units: int, channels: str, restarts: int) -> None:
    """Print how often intervals hold the truth."""
    shares, rms, together, widest = [], [], 0, []
    for seed in range(count):
        model, made, board = judged(units, seed, "", channels, restarts)
        rows = board.quantities.rows
        truths = np.array([made.truth(model, row.kind, row.places) for row in rows])
        z = np.array([(row.value - t) / row.stderr for row, t in zip(rows, truths, strict=True)])
        shares.append(np.mean(np.abs(z) <= 1.96))
        rms.append(np.mean(z**2))
        together += bool(np.abs(z).max() <= board.quantities.simultaneous(0.95))
        widest.append(board.resolved)
    error = np.std(shares, ddof=1) / np.sqrt(count)
    print(f"{count} boards of {units} units, {channels} channels, {restarts} restarts:")
    print(f"  95 % intervals hold {100 * np.mean(shares):.2f} % (+-{100 * error:.2f}, by board)")
    print(f"  rms of errors over their standard errors: {np.sqrt(np.mean(rms)):.3f}")
    print(f"  all at once, 95 %: {together} of {count} boards")
    print(f"  resolved of kT: {100 * np.median(widest):.2g} % (median)")


def alarms(count: int, units: int, channels: str, restarts: int) -> None:
    """Print how often boards as intended are said to differ."""
    levels = [judged(units, seed, "none", channels, restarts)[2] for seed in range(count)]
    false = [board for board in levels if board.different]
    print(f"{count} boards as intended: {len(false)} false alarms at 1 %")
    for board in false:
        print("  ", "; ".join(board.faults))


def faults(count: int, units: int, restarts: int) -> None:
    """Print how often planted faults are named, and nothing else is."""
    for fault in ("flip", "hot", "dead", "6 bits"):
        right, wrong = 0, []
        for seed in range(count):
            _, made, board = judged(units, seed, fault, "plain", restarts)
            i, j = made.couple
            expected = {
                "flip": [f"coupling {i}-{j} has the wrong sign"],
                "hot": [f"noise of unit {made.unit} "],
                "dead": [f"unit {made.unit} is dead"],
                "6 bits": [f"readout of channel CH{k + 1} resolves 6 bits" for k in range(units)],
            }[fault]
            named = _all_named(board, expected)
            right += named
            if not named:
                wrong.append("; ".join(board.faults))
        print(f"{fault}: named in {right} of {count}", *wrong, sep="\n   ")


def _all_named(board: Board, expected: list[str]) -> bool:
    if len(board.faults) != len(expected):
        return False
    return all(any(words.startswith(start) for words in board.faults) for start in expected)


def size(path: str) -> None:
    """Print what 10^7 samples of 12 channels from an HDF5 file take."""
    model = machine(12, 1)
    made = Fabrication(model, 1, "none")
    records, question = take(model, made, 1, "plain", 64, 12)
    piece = records.records[0].read()
    total, n = 10_000_000, len(piece)
    with h5py.File(path, "w") as file:
        table = file.create_dataset("volts", (total, 12), dtype="f4")
        for start in range(0, total, n):
            rows = min(n, total - start)
            table[start : start + rows] = piece[:rows]
    with h5py.File(path) as file:
        segments = [SAMPLES] * (total // SAMPLES) + [total % SAMPLES] * bool(total % SAMPLES)
        record = Record(
            "long", "switched", file["volts"], STEP * SCALE.second, 0.0, tuple(segments), 0.0
        )
        channels = tuple(Channel(f"CH{k + 1}", k, SCALE.volt, 0.0, (-0.2, 0.2)) for k in range(12))
        measurement = Measurement(channels, (record,), SCALE.second)
        clock, processor = spent(lambda: judge_board(measurement, model, question))
    print(f"10^7 samples x 12 channels: {clock:.0f} s, {processor:.0f} s of the processor,")
    print(f"  {peak_gigabytes():.2f} GB at most (the making of the records included)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--boards", type=int, default=200)
    parser.add_argument("--units", type=int, default=8)
    parser.add_argument("--channels", choices=("plain", "real"), default="plain")
    parser.add_argument("--restarts", type=int, default=64)
    parser.add_argument("--alarms", type=int, default=0)
    parser.add_argument("--faults", type=int, default=0)
    parser.add_argument("--size", metavar="FILE.h5", default="")
    asked = parser.parse_args()
    if asked.size:
        size(asked.size)
    elif asked.faults:
        faults(asked.faults, asked.units, asked.restarts)
    elif asked.alarms:
        alarms(asked.alarms, asked.units, asked.channels, asked.restarts)
    else:
        coverage(asked.boards, asked.units, asked.channels, asked.restarts)


if __name__ == "__main__":
    main()
