"""Twelve units in transistors, 40 couplings: drift, paths, samples, boards, corners, controls.

The pictures are the first of the digits 0, 6 and 7 on 4 x 3 pixels; 2 pF.
"""

import numpy as np
import pytest

from hwkit import EnergyModel
from hwkit.circuit import Scale, SiliconOptions, compile_model
from hwkit.circuit.pdk import CORNERS
from hwkit.netlist import render
from hwkit.patterns import first_pictures
from hwkit.spice.session import session
from hwkit.spice.silicon import curves_of
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


def test_drift_with_each_couplings_own_curve(trained):
    generation = Generation(samples=20)
    starts = start_states(trained.reference, generation)
    paths = ideal_paths(trained.reference, generation, starts)
    flat = paths.reshape(-1, 12)
    states = flat[np.linspace(0, len(flat) - 1, 50).astype(int)]
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
    options = SiliconOptions(bias="mirrors", dac_bits=6)
    design = compile_model(trained.machine, "silicon", SCALE, options)
    generation = Generation(t_final=1.5, samples=10, dt=COARSE)
    starts = start_states(trained.reference, generation)
    boards = [mismatch_board(design, 11, board) for board in range(100)]
    shares = board_shares(boards, trained.patterns, generation, starts, jobs=2)
    good = shares.meets(0.9, 0.1)
    print(np.mean(good), shares.share.min(), shares.class_shares.min())
    assert np.mean(good) >= 0.9


def test_corners_and_temperatures_are_reported(trained):
    generation = Generation(samples=60, dt=COARSE)
    starts = start_states(trained.reference, generation)
    places = [(corner, 27.0) for corner in CORNERS] + [("typical", -20.0), ("typical", 85.0)]
    made = [at_corner(trained.design, *place) for place in places]
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
