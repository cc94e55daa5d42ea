"""States of the page's engine: those of the twin in double precision."""

import numpy as np
import pytest

import hwkit
from hwkit import Cosh
from hwkit.circuit import RcOptions
from hwkit.explore.controls import default_controls
from hwkit.explore.description import Bench, describe
from hwkit.training import normalized_patterns
from tests.explore.benches import CELLS, drawn, small_bench, states
from tests.explore.node import called, needs_node

pytestmark = needs_node

PATHS, NOISE = 5, 11
TURNED = {"couplings": 0.05, "offsets": 4e-3, "capacitors": 0.1, "onsite": 0.1, "noise": 0.2}
COMBINATIONS = {
    "rc": [
        TURNED | {"saturation": 0.1, "supply": 0.05},
        TURNED | {"saturation": 0.02, "temperature": 85.0, "bits": 4},
        {"offsets": 0.02, "supply": 0.02, "noise power": 4.0, "couplings": 0.2},
    ],
    "resistive": [
        TURNED | {"converters": 0.005, "noise power": 2.0},
        TURNED | {"temperature": 85.0, "bits": 5},
        {"temperature": -20.0, "noise power": 0.5, "offsets": 0.01},
    ],
}


def ends(controls):
    for control in controls:
        yield {control.name: control.low}
        yield {control.name: control.high}
        if control.off:
            yield {control.name: None}


def calls_of(bench, cases, steps, paths):
    description = describe(bench)
    return [
        ["run", description, values, "5", number, steps, paths, str(NOISE)]
        for values, number in cases
    ]


@pytest.mark.parametrize("cell", CELLS)
def test_every_control_at_both_ends_and_combinations(cell):
    bench = small_bench(cell)
    cases = [(values, 2) for values in (*ends(bench.controls), *COMBINATIONS[cell])]
    found = called(*calls_of(bench, cases, 200, PATHS))
    moved = {}
    nominal = states(bench, {}, None, PATHS, NOISE)[1]
    for (values, number), run in zip(cases, found, strict=True):
        starts, expected = states(bench, values, drawn(bench, values, 5, number)[1], PATHS, NOISE)
        np.testing.assert_allclose(run["starts"], starts.ravel(), rtol=0, atol=1e-12)
        if not np.isfinite(expected).all():
            assert run["problem"] or not np.all(np.abs(run["states"]) < 1e3)
            continue
        np.testing.assert_allclose(run["states"], expected.ravel(), rtol=0, atol=1e-9)
        for name in values:
            moved[name] = max(moved.get(name, 0), np.max(np.abs(expected - nominal)))
    assert all(change > 1e-3 for change in moved.values()), moved  # every control shows


@pytest.mark.parametrize("cell", CELLS)
def test_states_after_a_thousand_steps_of_the_digits(cell, digits):
    onsite = hwkit.Quartic() if cell == "rc" else Cosh.from_quartic()
    model = hwkit.train(digits[:3], 64, onsite=onsite).model
    design = hwkit.compile_model(model, cell)
    patterns = normalized_patterns(digits[:3])
    bench = Bench("digits", design, None, patterns, ("0", "1", "2"), default_controls(design))
    assert len(str(describe(bench))) < 1e6
    values = {"couplings": 0.02, "offsets": 1e-3, "capacitors": 0.05}
    nominal, board = called(*calls_of(bench, [({}, None), (values, 3)], 1000, 2))
    starts, ideal = states(bench, {}, None, 2, NOISE)
    _, expected = states(bench, values, drawn(bench, values, 5, 3)[1], 2, NOISE)
    np.testing.assert_allclose(nominal["starts"], starts.ravel(), rtol=0, atol=1e-12)
    np.testing.assert_allclose(nominal["states"], ideal.ravel(), rtol=0, atol=1e-9)
    np.testing.assert_allclose(board["states"], expected.ravel(), rtol=0, atol=1e-9)
    assert nominal["rows"] == 128  # the rails' means are left out where nothing drives them
    assert board["rows"] == (128 if cell == "rc" else 256)
    assert np.max(np.abs(ideal - expected)) > 1e-2


def test_other_options_of_the_family():
    machine = small_bench("rc").design.model
    options = RcOptions(
        output_ohm=2e7, parasitic_farad=2e-13, driver_second=5e-8, saturation_volt=0.3
    )
    design = hwkit.compile_model(machine, "rc", options=options)
    bench = Bench(
        "real", design, options, np.eye(3, 5), ("a", "b", "c"), default_controls(design, options),
        0.5, 2.5e-3,
    )  # fmt: skip
    [run] = called(*calls_of(bench, [({"couplings": 0.1}, 1)], 200, PATHS))
    boards = drawn(bench, {"couplings": 0.1}, 5, 1)[1]
    expected = states(bench, {"couplings": 0.1}, boards, PATHS, NOISE)[1]
    np.testing.assert_allclose(run["states"], expected.ravel(), rtol=0, atol=1e-9)


def test_a_machine_of_hundreds_of_units():
    bench = small_bench("rc", 260, t_final=0.05)
    values = {"couplings": 0.05, "offsets": 1e-3}
    [run] = called(*calls_of(bench, [(values, 1)], 20, 2))
    expected = states(bench, values, drawn(bench, values, 5, 1)[1], 2, NOISE)[1]
    np.testing.assert_allclose(run["states"], expected.ravel(), rtol=0, atol=1e-9)


def test_a_wrong_parameter_would_be_noticed():
    bench = small_bench("rc")
    [run] = called(*calls_of(bench, [({"couplings": 0.05}, 2)], 200, PATHS))
    other = states(bench, {"couplings": 0.05}, drawn(bench, {"couplings": 0.0501}, 5, 2)[1], PATHS,
                   NOISE)[1]  # fmt: skip
    assert np.max(np.abs(other.ravel() - run["states"])) > 1e-6


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("n", [6, 9])
def test_without_webassembly_the_bits_are_the_same(cell, n):
    bench = small_bench(cell, n)
    limit = {"saturation": 0.1} if cell == "rc" else {}
    [call] = calls_of(bench, [({"couplings": 0.1} | limit, 2)], 60, PATHS)
    vectors, plain = called(call, [*call, False])
    assert vectors["states"] == plain["states"]
