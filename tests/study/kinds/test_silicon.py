"""Silicon studies without a simulator: bad input, what is judged, what a page shows."""

import pytest

from hwkit import ConfigError, DesignError
from hwkit.study import load_plan
from hwkit.study.kinds.silicon.plan import SiliconPlan
from hwkit.study.kinds.silicon.results import Boards, Drifts, Fault, Floor, Place, Shares
from hwkit.study.kinds.silicon.verdict import (
    judge_boards,
    judge_drift,
    judge_fault,
    judge_floor,
    judge_places,
    judge_shares,
)

PLAN = SiliconPlan(name="a", boards={"count": 2, "factors": [1.0, 2.0]})


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("[comparison]\nsteps = [1e-3, 1e-2]", "falling order"),
        ("[comparison]\nsteps = [1e-3]", "steps"),
        ('[comparison]\ncontrols = ["undecoupled", "undecoupled"]', "give each once"),
        ('[corners]\ncorner = ["tt"]', "corner 'tt' is unknown"),
        ("[corners]\ncelsius = [400.0]", "400"),
        ("[boards]\ncount = 1", "count"),
        ("[machine]\nJ2 = 1.0", "J2"),
    ],
)
def test_bad_settings_are_one_sentence(tmp_path, text, part):
    file = tmp_path / "a.toml"
    file.write_text(f'kind = "silicon"\nname = "a"\n{text}\n')
    with pytest.raises((ConfigError, DesignError), match=part):
        load_plan(file)


def test_drift_and_paths_are_judged_and_the_floor_reported():
    found = {m.name: m for m in judge_drift(PLAN, Drifts(1e-6, 0.02))}
    assert found["cell drift"].passed
    assert not found["machine drift"].passed
    floor = Floor([1e-2, 2.5e-3], [0.012, 0.009], 0.008, 0.4, 0.001)
    rows = {m.name: m for m in judge_floor(PLAN, floor)}
    assert rows["path error at h = 0.0025"].passed
    assert rows["path error: unexplained floor"].limit is None


def test_a_control_must_exceed_the_limit_of_its_level():
    assert judge_fault(Fault("no p device", "drift", 0.5, 0.01)).passed
    assert not judge_fault(Fault("undecoupled", "path", 0.005, 0.01)).passed


def test_shares_and_yields_have_limits_where_the_foundrys_mismatch_is():
    shares = Shares(0.96, 1.0, [0.5, 0.1, 0.36], [0.3, 0.3, 0.4], -0.04, 0.01)
    rows = {m.name: m for m in judge_shares(PLAN, shares)}
    assert rows["recognisable share"].passed
    assert not rows["rarest class"].passed
    assert not rows["share, paired difference"].passed
    boards = [Boards(f, 1e-9 / f**2, [1.0, 0.8], [0.3, 0.2], 0.5) for f in (1.0, 2.0)]
    one, two = judge_boards(PLAN, boards)
    assert one.limit == 0.9
    assert not one.passed
    assert two.limit is None
    [place] = judge_places([Place("ss", 85.0, 0.9, 0.2)])
    assert place.limit is None
