"""Benches for the tests: small machines of both families, and the trained digits."""

import numpy as np

import hwkit
from hwkit.circuit.variation.drawing import Drawing
from hwkit.explore.controls import affected_design, default_controls, variation
from hwkit.explore.description import Bench
from hwkit.langevin import prepare_states
from hwkit.twin import Boards, simulate_boards
from hwkit.wiener import child_seed
from tests.machines import family_machine

CELLS = ("rc", "resistive")


def small_bench(cell, n=9, **settings):
    """A random machine of a family, 5 of its units visible."""
    machine = family_machine(cell, n, 4, n_visible=5, size=0.4, mobility=1.2)
    design = hwkit.compile_model(machine, cell, settings.pop("scale", None))
    patterns = np.random.default_rng(2).standard_normal((3, 5))
    controls = settings.pop("controls", None) or default_controls(design)
    labels = ("a", "b", "c")
    return Bench(
        "small",
        design,
        None,
        patterns,
        labels,
        controls,
        **{"t_final": 0.5, "dt": 2.5e-3} | settings,
    )


def design_of(bench, values):
    """The design of a bench with its controls at some values."""
    return affected_design(bench.design, bench.options, bench.controls, values)


def starts_of(bench, paths, noise_seed):
    """Starts of the page's paths, and the seed of their noise."""
    seeds = [child_seed(noise_seed, name, "boards") for name in ("preparation", "generation")]
    return prepare_states(bench.design.model, bench.t_final, bench.dt, paths, seeds[0]), seeds[1]


def states(bench, values, boards, paths, noise_seed):
    """Starts, and end states (boards, paths, N) of the double-precision twin, as the page's."""
    starts, seed = starts_of(bench, paths, noise_seed)
    run = (design_of(bench, values), bench.t_final, bench.dt, paths, seed, starts)
    return starts, simulate_boards(*run, boards=boards, mode="double").x[:, :, -1]


def drawn(bench, values, seed, number):
    """The values of a board, as hwkit draws them, and as Boards."""
    drawing = Drawing(design_of(bench, values), variation(bench.controls, values), seed)
    own = drawing.board(number)
    return own, Boards({name: row[None] for name, row in own.items()}, 1)
