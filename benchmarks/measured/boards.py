"""Boards of the benchmark: emulated ones (`hwkit.measured.EmulatedInstrument`).

A circuit, in the twin unless SPICE is asked for, whose parts have drawn values, or a planted fault,
behind a converter, in restarts of 15 units of model time. Every board has its own machine, values
and noise; the estimator sees the records and the intended machine alone. Channels:

    plain     12 bits over -2 to 2 in x
    real      8 bits, gain errors of 1 % and offsets of 5 mV (rms), a bandwidth of ten times the
              cell's rate, 1 mV of noise, jitter of 2 % of the interval (rms); clamped inputs too
    common    as real, with jitter that all channels of a sample share
"""

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from hwkit.circuit import Design, Scale
from hwkit.measured import Measurement
from hwkit.measured.converter import EmulatedConverter
from hwkit.measured.emulated import EmulatedCircuit, EmulatedInstrument, Simulator
from hwkit.measured.estimated import Question
from hwkit.measured.instrument import Request, measure
from hwkit.model import EnergyModel, Quartic
from hwkit.twin import Boards

FloatArray = NDArray[np.float64]
Channels = Literal["plain", "real", "common"]

SCALE = Scale(0.1, 1e-6, 1e-12)
STEP, RESTART = 0.05, 15.0  # in model time
DT = 2.5e-4  # of the simulation: at 1e-3 the twin's noise and rates are 0.3 % low, which shows
COARSE_DT = 1e-3  # in SPICE, whose rule is better, and where all steps are held
STATED_BITS = {"plain": 12, "real": 8, "common": 8}
CELL_RATE = 2.0  # 2 J2, per unit of model time
LAG = 1 / (10 * CELL_RATE)
SPREAD = {"coupling": 0.05, "bias": 0.05, "noise": 0.05}  # relative, normal


def machine(units: int, seed: int) -> EnergyModel:
    """Return an intended machine."""
    rng = np.random.default_rng(seed)
    J = np.triu(rng.normal(0, 1.2 / units**0.5, (units, units)), 1)
    return EnergyModel(J + J.T, rng.normal(0, 0.3, units), Quartic(1.0, 1.0), kT=0.1)


class Fabrication:
    """Values of one board, drawn or with a planted fault; `truth` is what the machine becomes.

    A fault is "flip", "hot", "dead", or "" for none; None draws all values.
    """

    def __init__(self, model: EnergyModel, seed: int, fault: str | None = None) -> None:
        rng = np.random.default_rng([seed, 1])
        n = model.n_units
        spread = {name: share if fault is None else 0.0 for name, share in SPREAD.items()}
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
        """Return what a parameter is on this board."""
        match kind:
            case "coupling":
                return float(np.asarray(model.J)[places] * self.pair[places])
            case "bias":
                return float((model.b * self.bias)[places[0]])
            case "noise":
                return float(model.kT * self.noise[places[0]])
        return 1.0  # J2 and J4


class Subject:
    """A board behind its converter, with the machine that it is meant to be.

    Attributes:
        model: as intended.
        made: what the board is.
    """

    def __init__(
        self,
        seed: int,
        units: int,
        channels: Channels,
        fault: str | None = None,
        *,
        bits: int | None = None,
        calibrated: bool | None = None,
        simulator: Simulator = "twin",
        corner: float = 0.0,
    ) -> None:
        """Make a board.

        Args:
            seed: of its machine, its values, and its noise.
            units: of the machine.
            channels: see above.
            fault: as of `Fabrication`.
            bits: of the converter, where they are not those that are stated.
            calibrated: whether clamped inputs are recorded too; None as the channels need it.
            simulator: of the circuit.
            corner: of 1/f noise of `Fabrication.unit`, in cycles per model time.
        """
        self.model = machine(units, seed)
        self.made = Fabrication(self.model, seed, fault)
        self._channels: Channels = channels
        self._calibrated = channels != "plain" if calibrated is None else calibrated
        corners = np.zeros(units)
        corners[self.made.unit] = corner / SCALE.second
        dt = DT if simulator == "twin" and corner == 0 else COARSE_DT
        circuit = EmulatedCircuit(
            self.model, "rc", SCALE, self.made, simulator, dt, tuple(corners.tolist())
        )
        self._board = EmulatedInstrument(circuit, _converter(seed, units, channels, bits), seed)

    def records(self, restarts: int, step: float = STEP) -> Measurement:
        """Return records of so many restarts; each call takes new ones."""
        interval, samples = step * SCALE.second, round(RESTART / step)
        halves = (restarts,) if self._channels == "plain" else (restarts // 2, -(-restarts // 2))
        requests = [  # behind a channel all steps are held, so that one record would be too large
            Request(f"run{k or ''}", "switched", samples, interval, each, 0.0)
            for k, each in enumerate(halves)
        ]
        if self._calibrated:
            n = self.model.n_units
            for name, volt in (("low", -0.1), ("high", 0.1)):
                clamped = (volt,) * n
                requests.append(Request(name, "calibration", 20_000, interval, clamped=clamped))
        return measure(self._board, requests, SCALE.second)

    def question(self, **asked: float) -> Question:
        """Return what is asked of the board: the bits, and the lag, are stated."""
        bits = STATED_BITS[self._channels]
        if not self._calibrated:
            return Question(bits=bits, readout=0.0, **asked)
        lag = 0.0 if self._channels == "plain" else LAG
        return Question("calibration", bits=bits, lag=lag, **asked)


def _converter(seed: int, units: int, channels: Channels, bits: int | None) -> EmulatedConverter:
    rng = np.random.default_rng([seed, 2])
    errors: dict[str, Any] = {}
    if channels != "plain":
        errors = {
            "gain": tuple(1 + 0.01 * rng.standard_normal(units)),
            "offset": tuple(5e-3 * rng.standard_normal(units)),
            "bandwidth": 1 / (2 * np.pi * LAG * SCALE.second),
            "jitter": 0.02 * STEP * SCALE.second,
            "common_jitter": channels == "common",
            "noise": 1e-3,
        }
    span = (-2 * SCALE.volt, 2 * SCALE.volt)
    return EmulatedConverter(span, bits or STATED_BITS[channels], **errors)
