"""The sampler study: its plan, its budget, and the command line on a small one."""

from pathlib import Path

import numpy as np
import pytest

import hwkit
from hwkit.circuit.cells.spu import gaussian_machine
from hwkit.fidelity.lc_cells import cell_covariance
from hwkit.fidelity.lc_parts import fitted_covariance
from hwkit.study import estimate_study, load_plan, run_study
from hwkit.study.kinds.sampler.boards import board_error, fitted
from hwkit.study.kinds.sampler.plan import MatrixPlan, PartsPlan, SamplerPlan

STUDY = Path(__file__).parents[3] / "sims" / "spu.toml"
NONE = PartsPlan(capacitor=0, resistor=0, inductor=0, noise=0, readout=0, parasitic=0)


@pytest.fixture
def design():
    return hwkit.compile_model(gaussian_machine(MatrixPlan(cells=4).precision()), "spu")


def test_the_study_that_ships_is_valid():
    plan = load_plan(STUDY)
    assert plan.name == "spu"
    assert plan.samples.count == 12_000
    assert load_plan(STUDY, seed=5).seed == 5


def test_fitted_parts_sample_what_the_cells_do(design):
    expected = cell_covariance(design.model, 1.0, 0.1, "exact")
    np.testing.assert_allclose(fitted_covariance(design), expected, rtol=1e-9, atol=1e-12)
    hot = hwkit.circuit.with_fault(design, "temperature")
    np.testing.assert_allclose(fitted_covariance(hot), 1.1 * expected, rtol=1e-9, atol=1e-12)


def test_causes_of_error_are_switched_on_alone(design):
    assert board_error(design, NONE, 0, 1) < 1e-12
    for cause in ("capacitor", "resistor", "noise", "readout", "parasitic"):
        parts = NONE.model_copy(update={cause: 0.1})
        assert board_error(design, parts, 0, 1, cause) > 0.005
        assert board_error(design, parts, 0, 1) == board_error(design, parts, 0, 1, cause)
        assert board_error(design, parts, 0, 1, "inductor") < 1e-12
    # Without other errors inductors don't enter: an equilibrium knows only energies.
    coils = NONE.model_copy(update={"inductor": 0.2})
    assert board_error(design, coils, 0, 1) < 1e-12
    assert not np.array_equal(
        fitted(design, coils, 0, 1).group("inductor").values, design.group("inductor").values
    )


def test_boards_are_drawn_from_their_own_seeds(design):
    parts = PartsPlan()
    one, same, other = (fitted(design, parts, board, 3) for board in (0, 0, 1))
    for role in ("capacitor", "coupling", "loss", "inductor", "noise"):
        assert np.array_equal(one.group(role).values, same.group(role).values)
        assert not np.array_equal(one.group(role).values, other.group(role).values)


def test_bad_studies_are_refused(tmp_path):
    for text, words in (
        ("kind = 'sampler'\nname = 'a'\n[matrix]\ncells = 1\n", "matrix.cells"),
        ("kind = 'sampler'\nname = 'a'\ncells = 3\n", "cells is not a setting"),
        ("name = ", "is not valid TOML"),
    ):
        (tmp_path / "study.toml").write_text(text)
        with pytest.raises(hwkit.ConfigError, match=words):
            load_plan(tmp_path / "study.toml")
    with pytest.raises(hwkit.ConfigError, match="can't be read"):
        load_plan(tmp_path / "absent.toml")


@pytest.mark.spice
def test_a_small_study_is_whole_and_resumes(tmp_path):
    plan = SamplerPlan(
        name="small",
        matrix={"cells": 3},
        samples={"count": 1000, "dt": 0.1, "close": 0.3},
        parts={"boards": 5},
    )
    verdict = run_study(plan, tmp_path / "run", jobs=2)
    assert verdict.passed
    assert (tmp_path / "run" / "verdict.json").is_file()
    assert verdict["budget: sampling, correlated"].value > verdict["budget: sampling"].value
    alone = [verdict[f"budget: {cause}"].value for cause in ("capacitor", "noise", "readout")]
    assert verdict["budget: all parts together"].value > max(alone)
    before = {file.name: file.read_bytes() for file in (tmp_path / "run").iterdir()}
    (tmp_path / "run" / "one-board.npz").unlink()
    (tmp_path / "run" / "errors.json").unlink()
    assert run_study(plan, tmp_path / "run", jobs=1) == verdict
    after = {file.name: file.read_bytes() for file in (tmp_path / "run").iterdir()}
    changing = ("provenance.json", "report.html")  # hold times
    assert {n: b for n, b in after.items() if n not in changing} == {
        n: b for n, b in before.items() if n not in changing
    }
    page = (tmp_path / "run" / "report.html").read_text()
    assert "Parts that would make the published error alone" in page


def test_an_estimate_counts_runs():
    estimate = estimate_study(SamplerPlan(name="a"))
    assert estimate.runs == 24
    assert estimate.minutes > 0


def test_a_plan_in_python_is_held_to_the_same_rules():
    with pytest.raises(hwkit.ConfigError, match=r"samples\.count is 1201; give a multiple of 8"):
        SamplerPlan(name="a", samples={"count": 1201})
    with pytest.raises(hwkit.ConfigError, match=r"samples\.close is 0\.01, less than one step"):
        SamplerPlan(name="a", samples={"close": 0.01})
