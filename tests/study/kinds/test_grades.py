"""Studies that choose grades: small ones, whose answer is plain, with their negative controls."""

import pytest

import hwkit
from hwkit.fidelity import Verdict
from hwkit.study import estimate_study, load_plan, report_again, run_study
from hwkit.study.kinds.tolerance.batches import read_table
from hwkit.study.kinds.tolerance.counting import count_boards
from hwkit.study.kinds.tolerance.plan import TolerancePlan
from hwkit.study.kinds.tolerance.results import ANSWERS, Answers
from hwkit.study.kinds.tolerance.verbs import board_netlist
from hwkit.study.values import read_value
from tests.study.kinds.test_tolerance import contents

SMALL = """
kind = "tolerance"
name = "small"
seed = 3
[data]
classes = [0, 1]
[machine]
n_hidden = 4
[protocol]
t_final = 0.2
dt = 0.01
[environment]
celsius = [25, 85]
[boards]
count = 30
paths = 4
batch = 8
dt = 0.01
[[specification]]
metric = "path rms"
max = {limit}
[grades]
target = 0.8
boards = 16
{groups}
[check]
boards = 0
[sensitivity]
top = 0
"""
RESISTORS = '[[grades.group]]\nname = "resistors"\npercent = [1, 5, 10]\n'
CAPACITORS = '[[grades.group]]\nname = "capacitors"\nkind = "capacitor"\npercent = [1, 10]\n'


def study(tmp_path, limit=0.004, groups=RESISTORS, name="study.toml"):
    path = tmp_path / name
    path.write_text(SMALL.format(limit=limit, groups=groups), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("grades")
    run_study(load_plan(study(folder)), folder / "run", jobs=1)
    return folder / "run"


@pytest.fixture(scope="module")
def answers(whole):
    return read_value(whole / ANSWERS, Answers)


def test_the_loosest_grade_that_is_good_enough_is_named_with_cost_and_yields(answers):
    grades = answers.grades
    [row] = grades.groups
    assert (row.group, row.percent, row.kind) == ("resistors", 1.0, "thick film")
    assert row.pieces == 68 + 68 + 2 * (64 * 4 + 6)  # onsite, biases, couplings both ways
    assert grades.cost == row.cost == pytest.approx(0.006 * row.pieces)
    assert grades.yields.value == 1.0
    assert [found.celsius for found in grades.at] == [25.0, 85.0]
    assert answers.sentence == (
        "For 80 % yield at 25 and 85 °C take resistors of 1 % (thick film), for 3.96 USD a board: "
        "100.0 % (81.2 to 100.0 %) of 30 boards pass, with resistors of 5 % only 0.0 % (0.0 to "
        "18.8 %)."
    )


def test_one_grade_looser_fails_on_the_same_boards(answers, whole):
    [row] = answers.grades.groups
    looser = row.looser
    assert (looser.percent, looser.yields.boards) == (5.0, 30)
    assert looser.yields.high < answers.grades.search.target
    assert (looser.lost, looser.gained) == (30, 0)
    assert looser.low > 0.8
    verdict = Verdict.load(whole / "verdict.json")
    assert verdict.passed
    assert verdict["control: resistors of 5 %, lower end of the yield"].limit == 0.8
    tight, loose = (
        read_table(whole / f"batches/{name}-25C-0000000.parquet") for name in ("boards", "looser-0")
    )
    assert tight["seed"] == loose["seed"]
    ratio = [b / a for a, b in zip(tight["path rms"], loose["path rms"], strict=True)]
    assert max(ratio) == pytest.approx(min(ratio), rel=0.05)


def test_the_boards_that_judge_took_no_part_in_the_choice(whole):
    choosing = read_table(whole / "batches/grades-1-25C-0000000.parquet")
    judging = read_table(whole / "batches/boards-25C-0000000.parquet")
    assert set(choosing["seed"]).isdisjoint(judging["seed"])
    assert set(choosing["path rms"]).isdisjoint(judging["path rms"])


def test_intervals_hold_together(answers):
    """Six are shown: chosen and looser, at two temperatures and at both."""
    grades = answers.grades
    assert grades.yields.level == pytest.approx(1 - 0.05 / 6)
    assert {found.level for found in (*grades.at, *grades.groups[0].looser.at)} == {
        grades.yields.level
    }


def test_a_board_has_a_row_with_what_was_measured_at_each_temperature(whole):
    table = read_table(whole / "results.parquet")
    assert table["board"] == list(range(30))
    cool, hot = table["path rms at 25 °C"], table["path rms at 85 °C"]
    assert sum(b > a for a, b in zip(cool, hot, strict=True)) > 15
    assert "path rms" not in table


@pytest.mark.study
def test_more_workers_and_a_resumed_run_give_the_same_bytes(tmp_path, whole):
    plan = load_plan(study(tmp_path))
    run_study(plan, tmp_path / "run", jobs=2)
    assert contents(tmp_path / "run") == contents(whole)
    for name in ("batches/grades-5-85C-0000008.parquet", "grades.json", "tolerance.json"):
        (tmp_path / "run" / name).unlink()
    run_study(plan, tmp_path / "run", jobs=1)
    assert contents(tmp_path / "run") == contents(whole)


def test_the_board_of_a_choice_can_be_had_once_it_is_made(tmp_path, whole):
    plan = load_plan(study(tmp_path))
    with pytest.raises(hwkit.ConfigError, match="no choice of grades yet; run the study first"):
        board_netlist(plan, tmp_path / "empty", 2)
    assert board_netlist(plan, whole, 2).read_text().rstrip().endswith(".end")


def test_the_answer_has_the_sentence_and_a_row_for_each_grade(whole, answers):
    answer = report_again(whole).answer
    said = answer.in_terminal
    first, *rows = said.splitlines()
    assert first == answers.sentence
    assert [row.split("  ")[0] for row in rows if row] == ["parts", "resistors", ""]
    assert "looser: fails" in said
    names = [number.name for number in answer.numbers]
    assert names[:2] == ["yield with these grades", "cost of these parts"]
    assert names[2].startswith("yield with resistors of ")
    page = (whole / "report.html").read_text("utf-8").replace("\N{NO-BREAK SPACE}", " ")
    assert page.index(answers.sentence) < page.index("of 30 boards pass ")


@pytest.mark.study
def test_temperature_decides_and_not_the_grade(tmp_path):
    """Capacitors that lose 2000 ppm/K are too far off at 85 °C, whatever the resistors."""
    more = '[[temperature]]\nparts = "capacitor"\nslope_ppm = -2000\n'
    path = study(tmp_path, groups=RESISTORS + more)
    verdict = run_study(load_plan(path), tmp_path / "run", jobs=1)
    assert not verdict.passed
    found = read_value(tmp_path / "run" / ANSWERS, Answers)
    assert found.grades.exact_fails == (85.0,)
    assert found.sentence.endswith("and at 85 °C not even one of exact parts does.")
    assert found.grades.at[0].value == 1.0
    assert found.grades.at[1].value == 0.0


@pytest.mark.study
def test_two_groups_are_bought_together(tmp_path):
    path = study(tmp_path, limit=0.02, groups=RESISTORS + CAPACITORS)
    run_study(load_plan(path), tmp_path / "run", jobs=1)
    found = read_value(tmp_path / "run" / ANSWERS, Answers)
    assert [row.group for row in found.grades.groups] == ["resistors", "capacitors"]
    assert found.grades.cost == pytest.approx(sum(row.cost for row in found.grades.groups))
    assert set(found.grades.search.alone) == {"resistors", "capacitors"}
    assert found.grades.search.tried
    assert "for together" in found.sentence


def test_the_estimate_counts_the_search_and_the_boards_that_judge(tmp_path):
    plan = load_plan(study(tmp_path, groups=RESISTORS + CAPACITORS))
    search = 16 * (3 + 2 + 2 * 2)
    boards = 2 * (30 * 3 + search)
    assert count_boards(plan) == boards
    assert estimate_study(plan).runs == 4 * boards


def test_a_target_alone_asks_the_question():
    specified = {"name": "a", "specification": [{"metric": "heat", "min": 0.0}]}
    plan = TolerancePlan(**specified, grades={"target": 0.9})
    assert [group.name for group in plan.grade_groups()] == ["resistors", "capacitors"]
    assert plan.target == 0.9
    spread = [{"parts": "coupling", "sigma": 0.1}]
    assert TolerancePlan(**specified, spread=spread, budget={"target": 0.8}).budget.boards > 0
    assert TolerancePlan(**specified, spread=spread).budget is None
    offset = TolerancePlan(**specified, spread=[{"parts": "coupling.offset", "sigma": 1e-3}])
    assert not offset.variation().spreads[0].relative


def test_what_is_usual_at_a_temperature_and_how_to_say_otherwise():
    specified = {"name": "a", "specification": [{"metric": "heat", "min": 0.0}]}

    def classes(**settings):
        thermals = TolerancePlan(**specified, **settings).variation().thermals
        return {each.parts: each.of.name for each in thermals}

    warm = {"environment": {"celsius": 85}}
    usual = {"capacitor": "C0G", "onsite-linear": "thick film", "bias": "thick film",
             "coupling": "thick film"}  # fmt: skip
    assert classes(**warm) == usual
    drift = [{"parts": "capacitor", "per_kelvin": 1e-3}]
    assert "capacitor" not in classes(**warm, drift=drift)
    other = [{"parts": "capacitor", "kind": "X7R"}]
    assert classes(**warm, temperature=other)["capacitor"] == "X7R"
    own = [{"parts": "coupling", "bound_ppm": 5}]
    assert classes(**warm, temperature=own)["coupling"] == "0 ± 5 ppm/K"


REFUSED = [
    ({"grades": {"boards": 50}}, "even if all of them pass, .* give at least 73"),
    ({"grades": {}, "boards": {"required": 0.9}}, "leave it out, grades.target says it"),
    ({"grades": {"group": [{"name": "a", "parts": ["couplng"]}]}}, "did you mean coupling"),
    ({"grades": {"group": [{"name": "a"}, {"name": "b"}]}}, "'onsite-linear' is in two groups"),
    ({"grades": {"group": [{"name": "a"}, {"name": "a"}]}}, "two groups of grades are called 'a'"),
    ({"grades": {"group": [{"name": "a", "percent": [3]}]}}, "3 % have no price here"),
    ({"grades": {"group": [{"name": "a", "price": {"1": 0.001}}]}}, "leave out looser grades"),
    ({"grades": {"group": [{"name": "a", "price": {"x": 1}}]}}, "the key 'x'; give a number"),
    ({"grades": {"group": [{"name": "a", "price": {"3": 1}}]}}, "a price for 3 %, which is not"),
    ({"grades": {"group": [{"name": "a", "temperature": "X9Z"}]}}, "'X9Z' is unknown; choose"),
    ({"environment": {"celsius": [25, 85], "kelvin": 300}}, "kelvin changes nothing beside"),
    ({"environment": {"celsius": [25, 25.0]}}, "environment.celsius has 25 twice"),
    ({"grades": {"group": [{"name": "a", "percent": [1, 1]}]}}, "percent has 1 twice"),
    ({"environment": {"celsius": 130}}, "C0G at 130 °C; its class is for -55 to 125"),
    ({"temperature": [{"parts": "coupling", "kind": "C0G"}]}, "temperature changes nothing at 27"),
    ({"temperature": [{"parts": "coupling"}], "environment": {"celsius": 85}}, "either its kind"),
]


@pytest.mark.parametrize(("settings", "message"), REFUSED)
def test_settings_that_can_t_be_are_refused_in_a_sentence(settings, message):
    specified = {"name": "a", "specification": [{"metric": "heat", "min": 0.0}]}
    with pytest.raises(hwkit.ConfigError, match=message):
        TolerancePlan(**specified, **settings)
