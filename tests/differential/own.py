"""hwkit's own netlists, of every family, option, form and noise: they are of the grammar too."""

import random
from typing import Any

import numpy as np

from hwkit import EnergyModel, Scale, compile_model, render
from hwkit.circuit import RcOptions, ResistiveOptions, clamp_nodes
from hwkit.circuit.cells.rlc import RlcOptions
from hwkit.circuit.cells.spu import SpuOptions
from tests.differential.sample import Sample
from tests.machines import family_machine


def draw_own(rng: random.Random) -> Sample:
    """Render a random machine."""
    cell = rng.choice(["rc", "rc", "resistive", "rlc", "spu"])
    n, seed = rng.choice([1, 2, 2, 3]), rng.randrange(2**31)
    if cell == "spu":
        n = max(n, 2)
    options = {} if cell == "spu" else {"kT": rng.choice([0.1, 0.5])}
    machine: EnergyModel = family_machine(cell, n, seed, **options)
    if rng.random() < 0.2:
        machine = _named(machine, rng)
    scale = Scale(rng.choice([0.1, 0.2]), rng.choice([1e-6, 1e-7]), rng.choice([1e-12, 1e-11]))
    design = compile_model(machine, cell, scale, _options(cell, rng))
    if cell == "rc" and n > 1 and rng.random() < 0.15:
        design = clamp_nodes(design, {0: 0.5})
    noise: Any = rng.choice(["external", "trnoise", "pwl", "none"])
    start = np.random.default_rng(seed).normal(size=design.model.n_units) / 2
    netlist = render(
        design,
        noise=noise,
        form=rng.choice(["flat", "flat", "hierarchy"]),
        t_final=0.03,
        dt=0.01,
        x0=start if rng.random() < 0.5 else None,
        seed=rng.randrange(1000),
    )
    return Sample(netlist.text, True, f"own-{cell}")


def _named(machine: EnergyModel, rng: random.Random) -> EnergyModel:
    names = rng.sample(["eye", "ear", "Nose tip", "x7", "u_mouth", "a=b"], machine.n_units)
    return EnergyModel(
        machine.J, machine.b, machine.onsite, machine.kT, machine.mobility, None, names
    )


def _options(cell: str, rng: random.Random) -> Any:
    if cell == "rc":
        return RcOptions(
            output_ohm=rng.choice([np.inf, np.inf, 1e7]),
            parasitic_farad=rng.choice([0.0, 0.0, 1e-14]),
            series=rng.choice([None, None, "E24"]),
        )
    if cell == "resistive":
        return ResistiveOptions(bias=rng.choice(["current", "resistor"]))
    if cell == "rlc":
        return RlcOptions(couplings=rng.choice(["mutual", "transconductor"]))
    return SpuOptions(quality=rng.choice([1.0, 2.0]))
