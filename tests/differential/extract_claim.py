"""The claim of extract and validate: a machine in model units, and the strength of its noise."""

import random
import re
from pathlib import Path

import numpy as np

from hwkit import Cosh, EnergyModel, extract_model
from hwkit.files import read_text
from tests.differential import bench
from tests.differential.bench import FloatArray
from tests.differential.consumers import Claim
from tests.differential.oracle import Vectors

_NAME = re.compile(r'^\* unit (\w+) is "(.*)"\r?$', re.MULTILINE | re.ASCII)
_PARAMETERS = ("volt", "second", "kt", "mobility", "visible")


def claim_extract(path: Path, text: str, rng: random.Random) -> Claim:
    """Extract the machine of a netlist."""
    written = read_text(path, latin1=True)
    model = extract_model(written)
    called = {name: node for node, name in _NAME.findall(written)}
    units = [called.get(name, name).lower().removesuffix("__p") for name in model.unit_names]
    lower = written.lower()
    if any(f"{unit}__flux" in lower for unit in units) or re.search(r"\n\s*l\w*\s", lower):
        from tests.differential.inductive_claim import claim_inductive

        return claim_inductive(text, model, units, rng)
    rails = any(f"{unit}__p" in lower for unit in units)
    nodes = [f"{unit}__{end}" for unit in units for end in "pn"] if rails else units
    largest = 0.06 if isinstance(model.onsite, Cosh) else 0.15
    volts = np.array([[rng.uniform(-largest, largest) for _ in units] for _ in range(bench.STATES)])
    clamped = np.repeat(volts / 2, 2, axis=1) * np.tile([1, -1], len(units)) if rails else volts
    amplitudes = bench.amplitudes(rng, len(nodes))
    asked = bench.question(text, nodes, clamped, amplitudes, 1e6, parameter_probes(lower))

    def check(answers: list[list[Vectors]]) -> list[str]:
        [answer] = answers
        found, values = check_parameters(model, answer[0])
        farad = bench.small(answer, len(nodes)).imag / 1e6 / amplitudes
        current = bench.currents(answer, len(nodes))
        rate = -current / farad * values["second"] / values["volt"]
        if rails:
            rate = (rate[:, ::2] - rate[:, 1::2])
        force = model.force(volts / values["volt"])
        found += bench.differ("force", force, rate)
        if not bench.waveform_noise(text):
            scale = float(np.max(np.abs(current)))
            seen = bench.over_time(answer, len(nodes))
            found += bench.differ("later, A", np.broadcast_to(current[-1], seen.shape), seen, scale)
        return found

    return Claim([asked], check)


def parameter_probes(lower: str) -> list[str]:
    """Return sources that show the parameters of the machine as ngspice reads them."""
    given = [name for name in _PARAMETERS if f"hwkit_{name}" in lower]
    return [f"vhwp_{name} hwp_{name} 0 dc {{hwkit_{name}}}" for name in given]


def check_parameters(model: EnergyModel, vectors: Vectors) -> tuple[list[str], dict[str, float]]:
    """Compare the parameters; return ngspice's values too."""
    values = {name: float(vectors[f"hwp_{name}"][0]) for name in _PARAMETERS}
    mine = np.array([model.kT, model.mobility, float(model.n_visible or 0)])
    theirs = np.array([values[name] for name in ("kt", "mobility", "visible")])
    words: list[str] = []
    for name, a, b in zip(("kt", "mobility", "visible"), mine, theirs, strict=True):
        words += bench.differ(f"hwkit_{name}", np.array([a]), np.array([b]))
    return words, values


