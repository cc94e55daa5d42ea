"""Verdicts on families rlc and spu: paths with inertia, samples, spectra; each beside a fault."""

from dataclasses import replace

import pytest

import hwkit
from hwkit.validation import validate_design, validate_spectra
from tests.machines import capacitive_machine, family_machine

pytestmark = pytest.mark.spice

RUNS = {"t_final": 0.5, "dt": 0.01, "n_trajectories": 4, "jobs": 2}


def failed(verdict):
    return {metric.name.split(",")[0] for metric in verdict.metrics if not metric.passed}


def test_a_design_with_inertia_is_held_against_paths_with_inertia():
    design = hwkit.compile_model(family_machine("rlc", 5, 1, n_visible=2), "rlc")
    verdict = validate_design(design, **RUNS)
    assert verdict.passed
    assert verdict["distance to backward Euler"].value < 1e-7
    assert verdict["path error"].value < 0.05
    assert verdict["path error"].limit is None
    assert failed(validate_design(design, fault="sign-flip", **RUNS)) == {
        "drift error",
        "extraction error",
        "distance to backward Euler",
    }


def test_a_sampler_is_held_against_the_sampling_floor():
    design = hwkit.compile_model(capacitive_machine(5, 1), "spu")
    verdict = validate_design(design)
    assert verdict.passed
    assert verdict["error of the step"].value > 0.05
    names = failed(validate_design(design, fault="temperature"))
    assert names == {"sampling error"}


@pytest.mark.parametrize("cell", ["rlc", "spu"])
def test_resistors_make_the_spectrum(cell):
    model = family_machine(cell, 3, 1, mobility=1.3)
    design = hwkit.compile_model(model, cell)
    if cell == "spu":
        verdict = validate_spectra(design, 0.02, 40, seed=1)
        assert len(verdict.metrics) == 8  # no reference: its paths are no gradient machine's
    else:
        verdict = validate_spectra(design)
        assert len(verdict.metrics) == 2  # quartic: small signals only
    assert verdict.passed
    assert verdict["spectrum by .noise of resistors"].value < 1e-6
    parts = tuple(
        hwkit.circuit.Parts(p.role, p.kind, p.nodes, 1.05 * p.values) if p.role == "loss" else p
        for p in design.parts
    )
    lossy = replace(design, parts=parts)
    rows = validate_spectra(lossy, 0.02, 4).metrics
    assert not rows[1].passed
