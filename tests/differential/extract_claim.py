"""The claim of extract and validate: a machine in model units, its starts and its noise."""

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hwkit import Cosh, EnergyModel
from hwkit.errors import HwkitError
from hwkit.netlist.extract import extract_file
from hwkit.netlist.foreign import ForeignNetlist, foreign_netlist
from hwkit.netlist.reader import read_elements
from hwkit.netlist.reading import read_netlist
from hwkit.units import THERMAL_VOLT
from tests.differential import bench
from tests.differential.bench import FloatArray
from tests.differential.consumers import Claim
from tests.differential.inductive_claim import claim_inductive
from tests.differential.noise import visible_noise
from tests.differential.parameters import check_parameters, parameter_probes
from tests.differential.questions import Question, Step, Vectors

_NAME = re.compile(r'^\* unit (\w+) is "(.*)"\r?$', re.MULTILINE | re.ASCII)
_OMEGA = 1e6
# s: time enough for start values, not for currents. Where `ic=` takes the place of `.ic`, ngspice
# begins to iterate at the latter and stops early (reltol), with a diode's current at a wrong
# voltage: at 1e-16 s it moved a capacitor by up to 8e-7 V.
_AT_ONCE = 1e-20
_LEAST_START = 0.01  # V
_RUN = "gmin=1e-18"  # as measurements of forces run a netlist, unless it says otherwise


def claim_extract(path: Path, text: str, rng: random.Random) -> Claim:
    """Extract the machine of a netlist, and read it as validate does."""
    model = extract_file(path)
    written = read_netlist(path).text
    called = {name: node for node, name in _NAME.findall(written)}
    units = [called.get(name, name).lower().removesuffix("__p") for name in model.unit_names]
    lower = "\n".join(bench.joined(written))
    if any(f"{unit}__flux" in lower for unit in units) or re.search(
        r"^l\S*\s", lower, re.MULTILINE
    ):
        coils = [unit.removesuffix("__flux") for unit in units]
        return claim_inductive(text, model, coils, _validated(path, model, coils), rng)
    rails = any(f"{unit}__p" in lower for unit in units)
    nodes = [f"{unit}__{end}" for unit in units for end in "pn"] if rails else units
    foreign = None if rails else _validated(path, model, units)
    starts = read_elements(written).starts
    drawing = _Drawing(text, model, nodes, rails, foreign, starts, rng)
    return Claim(drawing.questions(), drawing.check)


def _validated(path: Path, model: EnergyModel, units: Sequence[str]) -> ForeignNetlist | None:
    """Return the netlist as validate runs it; None if it refuses it."""
    try:
        mapping = dict(zip(model.unit_names, units, strict=True))
        return foreign_netlist(read_netlist(path), model.unit_names, mapping)
    except HwkitError:
        return None


@dataclass
class _Drawing:
    text: str
    model: EnergyModel
    nodes: list[str]
    rails: bool
    foreign: ForeignNetlist | None
    starts: Mapping[str, float]
    rng: random.Random

    def __post_init__(self) -> None:
        n = len(self.nodes) // 2 if self.rails else len(self.nodes)
        largest = 0.06 if isinstance(self.model.onsite, Cosh) else 0.15
        drawn = [[self.rng.uniform(-largest, largest) for _ in range(n)] for _ in range(5)]
        self.volts = np.array(drawn)
        self.amplitudes = bench.amplitudes(self.rng, len(self.nodes))

        pairs = zip(self.nodes[::2], self.nodes[1::2], strict=True) if self.rails else None
        self.ends = list(pairs) if pairs else [(node, "0") for node in self.nodes]
        self.has_starts = "ic" in self.text.lower() and "all" not in self.nodes  # all is a word

    def questions(self) -> list[Question]:
        clamped = self.volts
        if self.rails:
            clamped = np.repeat(clamped / 2, 2, axis=1) * np.tile([1, -1], clamped.shape[1])
        extra = parameter_probes(self.text.lower())
        asked = [bench.question(self.text, self.nodes, clamped, self.amplitudes, _OMEGA, extra)]
        if self.foreign is not None:
            run = self.foreign.quiet_form(_RUN)
            asked.append(bench.question(run.text, run.nodes, clamped, self.amplitudes, _OMEGA))
        if self.has_starts:
            run = f"tran {_AT_ONCE!r} {_AT_ONCE!r} uic"
            asked.append(Question(self.text, (), (Step((run,), tuple(self.nodes)),)))
        return asked

    def check(self, answers: list[list[Vectors]]) -> list[str]:
        n, model = len(self.nodes), self.model
        answer = answers[0]
        visible = visible_noise(self.text, self.ends)
        noisy = visible is not None and bool(np.any(visible))
        held, unseen = bench.count(self.text, "v"), visible is None and "noise" in self.text.lower()
        found, values = check_parameters(model, answer[0], held, noisy or unseen)
        farad = bench.small(answer, n).imag / _OMEGA / self.amplitudes
        current = bench.currents(answer, n)
        with np.errstate(all="ignore"):
            rate = -current / farad * values["second"] / values["volt"]
        if self.rails:
            rate = rate[:, ::2] - rate[:, 1::2]
        if noisy:
            found += bench.differ("noise of kT", self._noise(farad, values), visible)
        force = at_thermal_volt(model, float(answer[0]["thermal_volt"][0])).force(
            self.volts / values["volt"]
        )
        found += bench.differ("force", force, rate)
        if not bench.waveform_noise(self.text):
            seen = bench.over_time(answer, n)
            scale = bench.time_scale(current, farad, answer)
            found += bench.differ("later, A", np.broadcast_to(current[-1], seen.shape), seen, scale)
        if self.foreign is not None:
            found += self._validated(answers[1], current, farad)
        if self.has_starts:
            [first] = answers[-1]
            seen = np.array([first[node][0] for node in self.nodes])
            own = np.array([self.starts.get(node, 0.0) for node in self.nodes])
            drift = float(np.max(np.abs(current / farad))) * _AT_ONCE / bench.TOLERANCE
            largest = max(float(np.max(np.abs(seen))), _LEAST_START, 10 * drift)
            found += bench.differ("start, V", own, seen, largest)
        return found

    def _noise(self, farad: FloatArray, values: dict[str, float]) -> FloatArray:
        """Return the root of the two-sided density that kT means for each unit, A/sqrt(Hz).

        C volt dx/dt = i, or 2 i if i flows from one rail of C into the other.
        """
        own = farad[::2] / 2 if self.rails else farad
        per_second = 2 * self.model.kT / values["second"]
        return np.asarray(own * values["volt"] * np.sqrt(per_second))

    def _validated(self, run: list[Vectors], current: FloatArray, farad: FloatArray) -> list[str]:
        assert self.foreign is not None
        n = len(self.nodes)
        found = bench.differ("validate: force, A", bench.currents(run, n), current)
        own = bench.small(run, n).imag / _OMEGA / self.amplitudes
        found += bench.differ("validate: capacitance, relative", own / farad, np.ones(n))
        visible = visible_noise(self.text, self.ends)
        if visible is not None:
            found += bench.differ("noise", np.nan_to_num(self.foreign.noise), visible)
        return found


def at_thermal_volt(model: EnergyModel, volt: float) -> EnergyModel:
    """Return a machine of diodes at ngspice's value of k T / q, whose last digits are older."""
    if not isinstance(model.onsite, Cosh):
        return model
    ratio = THERMAL_VOLT / volt
    onsite = Cosh(np.multiply(model.onsite.J2, ratio), np.multiply(model.onsite.r, ratio))
    return EnergyModel(
        model.J, model.b, onsite, model.kT, model.mobility, model.n_visible, model.names
    )
