"""Twelve units in transistors, 40 couplings: drift, paths, samples, boards, corners, controls.

The pictures are the first of the digits 0, 6 and 7 on 4 x 3 pixels; 2 pF. With `-s` the tests print
the figures of docs/silicon.md.
"""

import numpy as np
import pytest

from hwkit import EnergyModel
from hwkit.circuit import Scale, SiliconOptions, compile_model
from hwkit.circuit.noise_bits import noise_increments
from hwkit.circuit.pdk import CORNERS
from hwkit.netlist import render
from hwkit.patterns import first_pictures
from hwkit.spice.power import measure_power
from hwkit.spice.session import session
from hwkit.spice.silicon import curves_of
from hwkit.training import recognise
from hwkit.validation.silicon import (
    Generation,
    at_corner,
    board_shares,
    compare_samples,
    exchange_inputs,
    ideal_paths,
    machine_drift,
    mismatch_board,
    path_error,
    start_states,
    step_fit,
    train_for_transistors,
    transistor_paths,
    undecoupled,
    without_p,
)
from hwkit.validation.silicon.floor import euler_paths
from hwkit.wiener import child_seed

pytestmark = [pytest.mark.spice, pytest.mark.study]

SCALE = Scale(0.131, 2e-6, 2e-12)
COARSE = 1e-2


@pytest.fixture(scope="module")
def trained():
    return train_for_transistors(first_pictures([0, 6, 7], 4, 3), SCALE, n_pairs=20)


def runs(trained, generation, design=None):
    starts = start_states(trained.reference, generation)
    ideal = ideal_paths(trained.reference, generation, starts)
    return ideal, transistor_paths(design or trained.design, generation, starts, jobs=2)


def states_of(trained, count):
    """States of generated paths, (count, 12)."""
    generation = Generation(samples=20)
    starts = start_states(trained.reference, generation)
    flat = ideal_paths(trained.reference, generation, starts).reshape(-1, 12)
    return flat[np.linspace(0, len(flat) - 1, count).astype(int)]


def with_mirrors(trained, **options):
    options = SiliconOptions(bias="mirrors", **options)
    return compile_model(trained.machine, "silicon", SCALE, options)


def test_drift_with_each_couplings_own_curve(trained):
    states = states_of(trained, 50)
    assert trained.design.n_transistors == 266
    assert machine_drift(trained.design, trained.reference, states) <= 0.01
    assert machine_drift(exchange_inputs(trained.design, 7), trained.reference, states) > 0.1
    assert machine_drift(without_p(trained.design, 3), trained.reference, states) > 0.1


def test_path_is_a_floor_and_a_slope(trained):
    errors = []
    for dt in (1e-2, 2.5e-3):
        ideal, real = runs(trained, Generation(samples=10, dt=dt))
        errors.append(path_error(ideal, real.x))
    fit = step_fit((1e-2, 2.5e-3), (errors[0], errors[1]))
    print(errors, fit)
    assert errors[1] <= 0.01
    ideal, alone = runs(trained, Generation(samples=10), undecoupled(trained.design))
    assert path_error(ideal, alone.x) > 1.2 * errors[1]


def test_samples_are_recognisable_and_classes_fair(trained):
    ideal, real = runs(trained, Generation(samples=300, dt=COARSE))
    samples = compare_samples(ideal, real, trained.patterns)
    print(samples.real.share, samples.real.class_shares, samples.paired_difference)
    assert samples.real.share >= 0.95
    assert samples.real.class_shares.min() >= 0.12
    assert abs(samples.paired_difference) <= 0.03


def test_boards_of_foundry_mismatch(trained):
    generation = Generation(samples=20, dt=COARSE)
    starts = start_states(trained.reference, generation)
    boards = [mismatch_board(trained.design, 11, board) for board in range(100)]
    shares = board_shares(boards, trained.patterns, generation, starts, jobs=2)
    good = shares.meets(0.9, 0.1)
    print(np.mean(good), shares.share.min(), shares.class_shares.min())
    assert np.mean(good) >= 0.9


def test_boards_with_converters_of_six_bits(trained):
    """Every bias current by mirrors of one reference, the mismatch of each leg drawn."""
    design = with_mirrors(trained, dac_bits=6)
    generation = Generation(t_final=1.5, samples=10, dt=COARSE)
    starts = start_states(trained.reference, generation)
    boards = [mismatch_board(design, 11, board) for board in range(100)]
    shares = board_shares(boards, trained.patterns, generation, starts, jobs=2)
    good = shares.meets(0.9, 0.1)
    print(np.mean(good), shares.share.min(), shares.class_shares.min())
    assert np.mean(good) >= 0.9


def test_table_of_mirrors_power_and_area(trained):
    made = [trained.design, with_mirrors(trained), with_mirrors(trained, noise="bits")]
    assert [design.n_transistors for design in made] == [266, 678, 753]
    states = states_of(trained, 10)
    watts = np.array([measure_power(design, states) for design in made])
    areas = np.array([design.realisability.gate_area for design in made])
    sample = SCALE.second * (1.25 + 1.5)  # preparation and generation
    print(watts, areas, watts * sample)
    assert watts == pytest.approx([26e-6, 28e-6, 60e-6], rel=0.03)
    assert areas == pytest.approx([1.86e-9, 26.7e-9, 29.6e-9], rel=0.01)


def test_table_of_mirrors_drift(trained):
    states = states_of(trained, 50)
    asked = {}
    for bits in (4, 6, 8):
        design = with_mirrors(trained, dac_bits=bits)
        own = machine_drift(design, trained.curves.machine(design), states)
        asked[bits] = machine_drift(design, trained.reference, states)
        print(bits, own, asked[bits])
        assert own <= 0.01
    assert asked[6] <= 0.015
    assert asked[4] > 2 * asked[6]


def test_noise_from_bits_paths(trained):
    generation = Generation(t_final=1.5, samples=16, dt=COARSE)
    starts = start_states(trained.reference, generation)
    design = with_mirrors(trained, noise="bits")
    ideal = paths_on_noise(trained.curves.machine(design), design, generation, starts)
    real = transistor_paths(design, generation, starts)
    samples = compare_samples(ideal, real, trained.patterns)
    print(path_error(ideal, real.x), samples.ideal.share, samples.real.share)
    assert path_error(ideal, real.x) <= 0.01
    assert abs(samples.paired_difference) <= 1 / 16


def test_noise_from_bits_samples(trained):
    generation = Generation(t_final=1.5, samples=300, dt=COARSE)
    starts = start_states(trained.reference, generation)
    noises = {
        "Gaussian": {},
        **{hold: {"noise": "bits", "bit_hold": hold} for hold in (0.05, 0.02)},
    }
    shares = {}
    for name, options in noises.items():
        design = with_mirrors(trained, **options)
        paths = paths_on_noise(trained.reference, design, generation, starts)
        shares[name] = recognise(paths[:, -1], trained.patterns).share
    print(shares)
    assert min(shares.values()) >= 0.94


def paths_on_noise(machine, design, generation, starts):
    """Paths (samples, T, 12) of a machine on the noise that drives a design."""
    seed, n_steps = child_seed(generation.seed, "generation"), generation.grid.n_steps
    noise = noise_increments(design, seed, range(len(starts)), n_steps, generation.dt)
    return euler_paths(machine, noise, generation.dt, starts, generation.save_every, np.eye(12))


@pytest.mark.parametrize(("mirrors", "samples"), [(False, 60), (True, 6)], ids=["ideal", "mirrors"])
def test_corners_and_temperatures_are_reported(trained, mirrors, samples):
    generation = Generation(samples=samples, dt=COARSE)
    starts = start_states(trained.reference, generation)
    places = [(corner, 27.0) for corner in CORNERS] + [("typical", -20.0), ("typical", 85.0)]
    design = with_mirrors(trained) if mirrors else trained.design
    made = [at_corner(design, *place) for place in places]
    shares = board_shares(made, trained.patterns, generation, starts, jobs=2)
    print(dict(zip(places, shares.share.tolist(), strict=True)))
    assert np.all(shares.share[: len(CORNERS)] > 0.8)


def test_more_capacitance_lowers_the_floor(trained):
    generation = Generation(samples=6)
    errors = {}
    for farad in (2e-12, 8e-12):
        scale = Scale(0.131, 1e6 * farad, farad)
        design = compile_model(trained.machine, "silicon", scale)
        ideal, real = runs(trained, generation, design)
        errors[farad] = path_error(ideal, real.x)
    assert errors[8e-12] < errors[2e-12]


def test_the_foundrys_own_draw_has_the_spread_of_ours():
    """The library's agauss in ngspice against numbers drawn in Python: offsets of a pair."""
    count, options = 150, SiliconOptions(models="foundry")
    unit = EnergyModel(np.zeros((1, 1)), np.zeros(1))
    alone = compile_model(unit, "silicon", SCALE, options)
    text = _switched_on(alone)
    simulator, theirs = session(), []
    for seed in range(count):
        simulator.command(f"setseed {seed + 1}")
        simulator.load(text, [])
        simulator.command("op")
        theirs.append(-simulator.vector("vclamp0#branch")[0])
        simulator.unload()
    ours = []
    for board in range(count):
        netlist = render(mismatch_board(alone, 3, board), noise="none")
        simulator.load(netlist.text.replace(".end\n", "Vclamp0 x0 0 dc 0\n.end\n"), [])
        simulator.command("op")
        ours.append(-simulator.vector("vclamp0#branch")[0])
        simulator.unload()
    ratio = np.std(theirs) / np.std(ours)
    assert 0.75 < ratio < 1.33  # 4 standard errors of a ratio of two spreads


def _switched_on(design):
    text = render(design, noise="none", models="library").text
    switch = ".param sw_stat_mismatch=1\n"
    return text.replace(".end\n", f"{switch}Vclamp0 x0 0 dc 0\n.end\n")


def test_curves_at_a_corner_are_those_of_the_corner(trained):
    slow = at_corner(trained.design, "ss")
    states = np.random.default_rng(0).normal(0, 0.6, (20, 12))
    assert machine_drift(slow, curves_of(slow).machine(slow), states) <= 0.01
    assert machine_drift(slow, trained.reference, states) > 0.01
