"""Equivalence studies: what they are said to take."""

from unittest.mock import patch

import pytest

from hwkit.study import estimate_study
from hwkit.study.kinds.equivalence.plan import EquivalencePlan
from tests.study.kinds.conftest import SECOND


def estimate(**settings):
    small = {
        "name": "a",
        "data": {"classes": [0, 1]},
        "machine": {"n_hidden": 2},
        "protocol": {"dt": 0.05},
        "distribution": {"spice_runs": 0},
    }
    with patch.object(EquivalencePlan, "check_here"):
        return estimate_study(EquivalencePlan(**small, **settings))


def test_an_estimate_counts_drift_and_known_answers():
    counted = estimate().stages
    assert counted["drift"] > 0
    assert counted["known answer: kT/C"] > 0


@pytest.mark.parametrize(("level", "runs"), [("full", 4), ("mixed", 5), ("twin", 4)])
def test_an_estimate_counts_the_error_budget_by_its_level(level, runs):
    """Ideal parts, slow sources, the cause, all together; mixed: the full netlist too."""
    causes = [{"name": "snapped", "options": {"series": "E24"}}]
    without, found = (
        estimate(),
        estimate(budget={"runs": 1000, "level": level, "causes": causes}),
    )
    assert found.runs - without.runs == 1000 * runs
    assert found.stages["error budget"] > 1000 * runs * 10 * SECOND
