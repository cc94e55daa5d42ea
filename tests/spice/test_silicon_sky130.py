"""Family silicon on SKY130 in ngspice: models against the foundry's library, pair, machine."""

import numpy as np
import pytest

import hwkit
from hwkit import DesignError
from hwkit.circuit import Scale, SiliconOptions, compile_model
from hwkit.circuit.cells.silicon.bench import coupling_bench, onsite_bench
from hwkit.circuit.cells.silicon.kits import SKY130
from hwkit.circuit.cells.silicon.pair import fit_pair
from hwkit.circuit.cells.silicon.sizes import choose_pair
from hwkit.circuit.pdk import find_library, sky130
from hwkit.langevin import simulate_drift_machines
from hwkit.model import DriftMachine
from hwkit.spice import simulate_spice
from hwkit.spice.devices import sweep_currents
from hwkit.spice.silicon import curves_of
from hwkit.validation.silicon.comparison import machine_drift
from hwkit.validation.silicon.faults import exchange_inputs, without_p

pytestmark = pytest.mark.spice
SIZES = choose_pair(0.147, 3e-7, SKY130).sizes
TAILS = np.array([2e-9, 3e-8, 4e-7])


def benches(corner, models):
    process = sky130(corner, models)
    couplings = [coupling_bench(SIZES, TAILS, sign, process, 27.0) for sign in (True, False)]
    return [onsite_bench(SIZES, process, 27.0), *couplings]


def test_embedded_numbers_are_the_foundrys_library_at_all_corners():
    try:
        find_library(process="sky130")
    except DesignError as missing:
        pytest.skip(str(missing))
    ends = []
    for corner in ("tt", "ff", "ss", "fs", "sf"):
        _, ours = sweep_currents(benches(corner, "embedded"), 0, 0.25, 41)
        _, theirs = sweep_currents(benches(corner, "foundry"), 0, 0.25, 41, models="library")
        for first, second in zip(ours, theirs, strict=True):
            assert np.max(np.abs(first - second)) <= 1e-6 * np.max(np.abs(second))
        ends.append(ours[0][-1, 0])
    assert np.ptp(ends) > 0.01 * abs(ends[0])  # the control: corners do differ


def test_sizes_found_give_the_quartic_within_one_percent():
    asked = [(0.142, 2.5e-7), (0.147, 3e-7), (0.147, 1e-6), (0.152, 4e-7)]
    chosen = [choose_pair(*each, SKY130) for each in asked]
    benches_ = [onsite_bench(each.sizes, sky130(), 27.0) for each in chosen]
    volts, currents = sweep_currents(benches_, 0, 0.3)
    for (volt, ampere), current in zip(asked, currents, strict=True):
        fit = fit_pair(volts, current[:, 0])
        assert fit.volt == pytest.approx(volt, rel=0.005)
        assert fit.ampere == pytest.approx(ampere, rel=0.01)
        assert fit.odd <= 0.01
        assert 0.02 < fit.even < 0.035  # as the page says


def test_a_machine_follows_its_extracted_curves():
    generator = np.random.default_rng(3)
    J = generator.uniform(0.3, 1.0, (4, 4)) * generator.choice([-1, 1], (4, 4))
    np.fill_diagonal(J, 0)
    machine = DriftMachine(J, np.array([0.2, 0, -0.1, 0.05]), hwkit.Quartic())
    options = SiliconOptions(process="sky130")
    design = compile_model(machine, "silicon", Scale(0.147, 2e-6, 4e-12), options)
    reference = curves_of(design).machine(design)
    states = generator.uniform(-1.2, 1.2, (20, 4))
    drifts = [
        machine_drift(each, reference, states)
        for each in (design, exchange_inputs(design, 2), without_p(design, 1))
    ]
    starts = generator.uniform(-1, 1, (4, 4))
    real = simulate_spice(design, 1.25, 5e-3, 4, 3, starts, save_every=10)
    [ideal] = simulate_drift_machines([reference], 1.25, 5e-3, 4, 3, starts, save_every=10)
    path = float(np.sqrt(np.mean((real.x - ideal) ** 2)))
    print(f"drift {drifts[0]:.4f}, faults {drifts[1]:.3f} {drifts[2]:.3f}, path {path:.4f}")
    assert drifts[0] < 0.01
    assert min(drifts[1:]) > 0.03
    assert path < 0.01
