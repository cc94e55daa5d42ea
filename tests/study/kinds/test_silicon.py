"""Silicon studies without a simulator: bad input, what is judged, what a page shows."""

from dataclasses import fields

import numpy as np
import pytest

from hwkit import ConfigError, DesignError
from hwkit.circuit import Scale, compile_model
from hwkit.model import DriftMachine, Quartic
from hwkit.report.formats import quantity
from hwkit.study import load_plan
from hwkit.study.finished import FinishedRun
from hwkit.study.kinds.silicon.chips import Variant, chip_boards, judged, variants, varied
from hwkit.study.kinds.silicon.page_answer import answer
from hwkit.study.kinds.silicon.page_chips import chips_drawing
from hwkit.study.kinds.silicon.plan import PlacesPlan, SiliconPlan
from hwkit.study.kinds.silicon.results import (
    MACHINE_ENDS,
    SAMPLES,
    Boards,
    Drifts,
    Facts,
    Fault,
    Floor,
    Place,
    Shares,
)
from hwkit.study.kinds.silicon.verdict import (
    judge_boards,
    judge_chip,
    judge_drift,
    judge_fault,
    judge_floor,
    judge_places,
    judge_shares,
)
from hwkit.study.values import save_array, save_value
from hwkit.trajectories import Trajectories
from hwkit.validation.silicon import BoardShares

CHIPS = {"area": [0.25, 4.0], "corner": ["typical", "ss"], "celsius": [27.0, 85.0], "count": 3}
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
        ("[chips]\narea = [1.0, 0.5]", "chips.area is .* rising order"),
        ("[chips]\ndac_bits = [6]", "chips.dac_bits changes nothing while circuit.bias"),
        ("[circuit]\ndac_bits = 4", "circuit.dac_bits changes nothing"),
        ('[circuit]\nbias = "mirrors"\n[chips]\ndac_bits = [6, 9]', "dac_bits is 9"),
        ('[chips]\ncorner = ["tt"]', "corner 'tt' is unknown"),
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
    [good] = judge_boards(PLAN, [Boards(1.0, 1e-9, [1.0] * 2, [0.3] * 2, 1.0)])
    assert "100.0% (34.2 to 100.0%) of boards" in good.note  # two boards say little
    assert good.stderr > 0.3
    warm = PLAN.model_copy(
        update={"corners": PlacesPlan(corner=["ss"], celsius=[85.0], samples=20)}
    )
    [place] = judge_places(warm, [Place("ss", 85.0, 0.9, 0.2)])
    assert place.limit is None
    assert place.n == 20
    assert "90.0% (69.9 to 97.2%)" in place.note


@pytest.fixture(scope="module")
def design():
    machine = DriftMachine(np.array([[0, 0.8], [-0.6, 0]]), np.array([0.2, 0.0]), Quartic())
    return compile_model(machine, "silicon", Scale(0.131, 2e-6, 2e-12))


def test_area_divides_the_mismatch_by_its_root_and_a_board_stays_itself(design):
    """Each board runs at every corner and temperature with the same transistors."""
    plan = SiliconPlan(name="a", chips=CHIPS)
    small, large = (list(chip_boards(plan.chips, design, 1, area)) for area in (0.25, 4.0))
    assert len(small) == 3 * 4
    shifts = [board.transistors[0].threshold for board in small]
    assert all(np.array_equal(each, shifts[0]) for each in shifts[:4])
    assert not np.array_equal(shifts[4], shifts[0])
    np.testing.assert_allclose(large[0].transistors[0].threshold, shifts[0] / 4)
    places = [(board.process.corner, board.celsius) for board in small[:4]]
    assert places == plan.chips.places


def test_an_area_that_leaves_no_capacitor_is_refused(design):
    chips = SiliconPlan(name="a", chips=CHIPS).chips
    with pytest.raises(DesignError, match=r"use at most .* times, or a larger C"):
        next(chip_boards(chips, design, 1, 1000.0))


def test_powers_and_bits_are_designs_of_their_own():
    mirrors = SiliconPlan(name="a", circuit={"bias": "mirrors"}, chips={"power": [1.0, 2.0]})
    assert variants(mirrors) == [Variant(1.0, 6), Variant(2.0, 6)]
    bits = SiliconPlan(name="a", circuit={"bias": "mirrors"}, chips={"dac_bits": [4, 8]})
    assert variants(bits) == [Variant(1.0, 4), Variant(1.0, 8)]
    other = varied(bits, Variant(2.0, 8)).circuit
    assert (other.farad, other.dac_bits) == (2 * bits.circuit.farad, 8)
    assert varied(mirrors, Variant(1.0, 6)) == mirrors
    assert variants(PLAN) == []


def test_a_good_board_is_good_at_all_places_and_the_picture_has_a_line_for_each_power(design):
    plan = SiliconPlan(name="a", chips=CHIPS)
    share = np.array([1.0, 1.0, 1.0, 1.0, 1.0, 0.8, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0])
    found = BoardShares(share, np.full((12, 2), 0.5))
    chips = [judged(plan.chips, Variant(p, None), 4.0, design, p * 1e-6, found) for p in (1, 2)]
    assert chips[0].place_good == pytest.approx([1, 2 / 3, 1, 1])
    assert chips[0].good == pytest.approx(2 / 3)
    assert chips[0].gate_area == pytest.approx(4 * design.realisability.gate_area)
    metric = judge_chip(plan, chips[1])
    assert metric.name == "yield at 4 times the area, 2 times the power"
    svg = chips_drawing([[chips[0]], [chips[1]]], 8).svg
    assert quantity(1e-6, "W") in svg
    assert quantity(2e-6, "W") in svg


def test_the_first_screen_shows_what_transistors_and_their_machine_generate(tmp_path):
    plan = SiliconPlan(name="a", pictures={"classes": [0, 7], "rows": 3, "columns": 2},
                       comparison={"samples": 3})  # fmt: skip
    patterns, ends = plan.pictures.patterns(), tmp_path / MACHINE_ENDS
    states = np.vstack([patterns, [patterns.mean(axis=0), [1, -1, 1, -1, 1, -1]]])
    facts = Facts(**{field.name: 1 for field in fields(Facts)})
    save_value(facts, Facts, tmp_path / "facts.json")
    save_value(Shares(0.5, 1.0, [0.5, 0.5], [0.5, 0.5], 0.0, 0.1), Shares, tmp_path / "shares.json")
    save_value(Floor([0.1, 0.05], [0.2, 0.1], 0.0, 2.0, None), Floor, tmp_path / "floor.json")
    results = ["facts.json", "shares.json", "floor.json"]
    older = answer(plan, FinishedRun(tmp_path, frozenset(results), {}))
    assert older.drawing is not None, "runs from before both sides were kept show their paths"
    save_array(states, ends)
    Trajectories(np.array([0.0, 1.0]), np.stack([states] * 2, axis=1)).save(tmp_path / SAMPLES)
    both = frozenset([*results, MACHINE_ENDS, SAMPLES])
    learnt, machine, circuit = answer(plan, FinishedRun(tmp_path, both, {})).gallery.strips
    assert [picture.caption for picture in learnt.pictures] == ["0", "7"]
    assert [p.caption for p in circuit.pictures][:2] == ["0 · 1.00", "7 · 1.00"]
    assert [p.source for p in circuit.pictures] == [p.source for p in machine.pictures]
