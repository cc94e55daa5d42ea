import pytest

import hwkit
from hwkit.validation import converge
from tests.machines import random_machine

DESIGN = hwkit.compile_model(random_machine(4, seed=4, n_visible=2))
TIMES = {"t_final": 0.5, "dt": 0.01, "n_trajectories": 6}


def test_the_reference_schemes_are_of_first_order_and_meet_at_zero():
    verdict = converge(DESIGN, level="reference", **TIMES)
    assert verdict.passed
    assert verdict["order of the path error"].stderr < 0.05
    assert verdict["path error at h = 0"].value < verdict["path error at h = 0.01"].value / 50


def test_the_step_that_it_names_meets_the_error():
    first = converge(DESIGN, level="reference", error=1e-3, **TIMES)
    h = first["step for this path error"]
    n_steps = 4 * round(TIMES["t_final"] / h.value / 4)
    again = converge(DESIGN, level="reference", **(TIMES | {"dt": TIMES["t_final"] / n_steps}))
    name = next(m.name for m in again.metrics if m.name.startswith("path error at h ="))
    assert again[name].value == pytest.approx(1e-3, rel=0.35)  # other noise: another path


@pytest.mark.spice
@pytest.mark.parametrize("level", ["full", "mixed"])
def test_spice_is_of_first_order_at_both_levels(level):
    seen = []

    def announce(stage):
        seen.append(stage)
        return lambda done, total: None

    verdict = converge(DESIGN, level=level, error=2e-3, announce=announce, **TIMES)
    assert verdict.passed
    assert verdict["order of the path error"].stderr < 0.1
    assert len(seen) == 3


@pytest.mark.spice
def test_a_fault_leaves_an_error_at_zero():
    verdict = converge(DESIGN, error=2e-3, fault="sign-flip", **TIMES)
    assert not verdict["path error at h = 0"].passed
    assert not verdict["order of the path error, lower limit"].passed


def test_what_makes_no_sense_is_refused():
    with pytest.raises(hwkit.ConfigError, match="2 runs or more"):
        converge(DESIGN, n_trajectories=1, level="reference")
    with pytest.raises(hwkit.ConfigError, match="fault is put into a circuit"):
        converge(DESIGN, level="reference", fault="swap")


def test_machines_with_inertia_are_refused():
    unit = hwkit.EnergyModel([[0.0]], [0.0], hwkit.Quartic(1.0, 0.0))
    for cell in ("rlc", "spu"):
        with pytest.raises(hwkit.ConfigError, match=f"which family {cell} is not"):
            converge(hwkit.compile_model(unit, cell))
