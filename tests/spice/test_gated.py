"""Gated and segmented machines in ngspice: force, paths on the same noise, controls."""

import numpy as np
import pytest

import hwkit
from hwkit.circuit import (
    GATE_FAULTS,
    compile_cells,
    compile_model,
    compile_segments,
    with_fault,
)
from hwkit.langevin import simulate_gated, simulate_gated_implicit
from hwkit.validation import validate_gated
from hwkit.validation.gated import class_metric, gated_drift
from tests.gated_machines import small_gated, small_segmented

N, H, T = 4, 0.01, 0.6
RUNS = {
    "n_trajectories": 3,
    "seed": 7,
    "x0": 0.5 * np.random.default_rng(0).standard_normal((3, N)),
}
STATES = 0.7 * np.random.default_rng(1).standard_normal((50, N))


def apart(one, other):
    return np.abs(one.final - other.final).max()


@pytest.mark.spice
@pytest.mark.parametrize("sharpness", [3.0, 300.0])  # fields of hundreds: a gate must not overflow
def test_the_force_is_the_machine_s(sharpness):
    design = compile_model(small_gated(sharpness=sharpness))
    assert gated_drift(design, STATES).value < 1e-6


@pytest.mark.spice
@pytest.mark.parametrize("fault", GATE_FAULTS)
def test_faults_of_gates_are_rejected_at_drift(fault):
    design = with_fault(compile_model(small_gated()), fault)
    assert gated_drift(design, STATES[:10]).value > 1e-2


@pytest.mark.spice
def test_the_mixed_level_reads_its_gates_from_the_circuit():
    verdict = validate_gated(compile_cells(small_gated()), T, H, 6, level="mixed")
    assert verdict.passed, verdict
    values = {metric.name: metric.value for metric in verdict.metrics}
    assert values["drift error"] < 1e-6
    assert values["distance to semi-implicit Euler"] < 1e-6


@pytest.mark.spice
def test_segments_take_turns_in_one_netlist():
    machine, hold = small_segmented(), 0.2
    design = compile_segments(machine, T, hold=hold)
    runs = hwkit.simulate_spice(design, T + hold, H, tight=True, save_every=(20, 80), **RUNS)
    held = simulate_gated_implicit(machine, T, H, n_trajectories=3, x0=runs.x[:, 1],
                                   increments=_later(20))  # fmt: skip
    assert apart(runs, held) < 1e-6
    other = simulate_gated_implicit(machine.segments[0], T, H, n_trajectories=3, x0=runs.x[:, 1],
                                    increments=_later(20))  # fmt: skip
    assert apart(runs, other) > 1e-2


def _later(first):
    from hwkit.wiener import increments

    return increments(7, range(3), 80, N, H)[:, first:]


@pytest.mark.spice
@pytest.mark.parametrize("gates", [True, False])
def test_segments_take_turns_beside_ngspice(gates):
    machine = small_segmented()
    design = compile_cells(machine, T, gates=gates)
    runs = hwkit.simulate_spice(design, T, H, level="mixed", tight=True, **RUNS)
    assert apart(runs, simulate_gated_implicit(machine, T, H, couplings="explicit", **RUNS)) < 1e-6
    assert "no full netlist" in runs.attributes["lag_check"]


@pytest.mark.spice
def test_what_doesn_t_fit_is_refused():
    design = compile_cells(small_segmented(), T)
    for arguments, words in (
        ((0.7, H), "segments end at 0.6, but the run at 0.7"),
        ((T, 0.03), "ends at 0.2, which is no multiple of the step 0.03"),
    ):
        with pytest.raises(hwkit.ConfigError, match=words):
            hwkit.simulate_spice(design, *arguments, level="mixed")
    with pytest.raises(hwkit.ConfigError, match="beside its netlist; choose level 'mixed'"):
        hwkit.simulate_spice(design, T, H)
    with pytest.raises(hwkit.ConfigError, match="not of a gated machine"):
        validate_gated(compile_model(hwkit.EnergyModel(np.zeros((2, 2)), np.zeros(2))))


def test_classes_are_compared_run_by_run():
    machine = small_gated()
    ideal = simulate_gated(machine, T, H, **RUNS)
    metric = class_metric(ideal, ideal, lambda x: x[:, 0] > 0)
    assert metric.value == 1
    assert metric.passed
    turned = simulate_gated(machine, T, H, **RUNS | {"seed": 8})
    assert not class_metric(ideal, turned, lambda x: x.round(6)[:, 0]).passed


@pytest.mark.spice
@pytest.mark.study
def test_a_verdict_passes_and_its_controls_fail_at_both_levels():
    design = compile_model(small_gated())
    for level in ("full", "mixed"):
        assert validate_gated(design, 2.5, 5e-3, 20, level=level).passed
        for fault in GATE_FAULTS:
            verdict = validate_gated(design, 2.5, 5e-3, 20, level=level, fault=fault)
            failed = {metric.level for metric in verdict.metrics if not metric.passed}
            assert {"drift", "path"} <= failed
