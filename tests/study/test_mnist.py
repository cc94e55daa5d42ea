"""The paper's study on MNIST digits: 28x28 pixels, cells in ngspice, the crossbar beside them."""

from pathlib import Path

import pytest

from hwkit import Trajectories
from hwkit.model import load_model
from hwkit.study import load_plan, run_study

pytestmark = pytest.mark.spice

SIMS = Path(__file__).parents[2] / "sims"


def smaller(plan, **sections):
    """The plan with some values changed, section by section."""
    document = plan.model_dump()
    for section, values in sections.items():
        document[section] |= values
    return type(plan).model_validate(document)


@pytest.fixture(scope="module")
def plan():
    """The committed study with fewer hidden units and samples, and a shorter time."""
    return smaller(
        load_plan(SIMS / "mnist.toml"),
        machine={"n_hidden": 16},
        protocol={"t_final": 0.5},
        generation={"samples": 3, "ideal_samples": 20, "save_every": 100},
        checks={"order_paths": 2, "implicit_paths": 1},
        limits={"share_difference": None},
    )


def test_the_study_runs_at_mixed_level_and_meets_its_limits(plan, tmp_path):
    verdict = run_study(plan, tmp_path / "run", jobs=1)
    assert [m.name for m in verdict.metrics if not m.passed] == []
    assert verdict["path error"].limit == 5e-3
    assert verdict["path error"].value > 0
    assert verdict["path correlation"].limit == 0.9999
    assert verdict["distance to semi-implicit Euler"].limit == 1e-6
    model = load_model(tmp_path / "run" / "model.npz")
    assert (model.n_units, model.n_visible) == (800, 784)
    runs = Trajectories.load(tmp_path / "run" / "spice.nc")
    assert runs.attributes["level"] == "mixed"
    assert runs.x.shape == (3, 3, 800)
    assert runs.failures == {}


@pytest.mark.study
def test_the_paper_s_machine_meets_every_limit(tmp_path):
    verdict = run_study(load_plan(SIMS / "mnist.toml"), tmp_path / "run")
    assert [m.name for m in verdict.metrics if not m.passed] == []
    assert verdict["path error"].n == 100
