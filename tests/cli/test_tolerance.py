import json

import numpy as np
import pytest

from tests.report.page_reader import PageReader
from tests.study.kinds.test_grades import study as grades_study
from tests.study.kinds.test_tolerance import study


@pytest.fixture
def study_file(tmp_path):
    return study(tmp_path, count=8)


def test_a_study_ends_in_a_page(cli, study_file, tmp_path):
    answer = cli("run", study_file, "--out", "run", "--jobs", "1")
    assert answer.status == 0, answer.err
    assert "yield" in answer.out
    page = PageReader((tmp_path / "run" / "report.html").read_text(encoding="utf-8"))
    assert page.problems == []
    assert "of 8 boards pass" in page.text["tolerance-yield"]
    assert "Nominal board" in page.text["tolerance-worst"]
    assert {"metrics", "tolerance-spread", "provenance"} <= set(page.text)
    before = (tmp_path / "run" / "report.html").read_bytes()
    assert cli("report", "run").status == 0
    assert (tmp_path / "run" / "report.html").read_bytes() == before
    assert not [a for _, a in page.tags if str(a.get("src", "data:")).startswith("http")]


def test_a_required_yield_is_a_limit(cli, tmp_path):
    path = study(tmp_path, count=4, replace=[("paths = 4", "paths = 4\nrequired = 0.999"),
                                             ("max = 0.01", "max = 1e-9")])  # fmt: skip
    answer = cli("run", path, "--out", "run", "--jobs", "1", "--json")
    assert answer.status == 1
    assert answer.json["passed"] is False


def test_what_a_study_would_take(cli, study_file, written):
    before = written()
    answer = cli("run", study_file, "--dry-run", "--json")
    assert answer.status == 0
    assert answer.json["runs"] == 8 * 4
    assert written() == before


def test_one_board_as_a_netlist(cli, study_file, tmp_path):
    answer = cli("board", study_file, "3", "--out", "run")
    assert answer.status == 0
    assert (tmp_path / "run" / "board-3.cir").read_text().rstrip().endswith(".end")


def test_sensitivities(cli, study_file, tmp_path):
    answer = cli("sensitivity", study_file, "--metric", "energy", "--paths", "2", "--top", "3",
                 "--out", "all.npz", "--json")  # fmt: skip
    assert answer.status == 0
    assert [len(answer.json[key]) for key in ("parts", "groups")] == [3, 2]
    assert sum(group["share"] for group in answer.json["groups"]) == pytest.approx(1)
    with np.load(tmp_path / "all.npz") as archive:
        assert {"coupling", "capacitor", "noise"} <= set(archive.files)
    table = cli("sensitivity", study_file, "--metric", "energy", "--paths", "2", "--top", "3")
    assert json.dumps(answer.json["parts"][0]["name"]).strip('"') in table.out


@pytest.mark.parametrize(("change", "message"), [
    ((('metric = "path rms"', 'metric = "path rmz"'),), "did you mean 'path rms'"),
    ((("sigma = 0.2", "sigma = -1"),), "it must be a number >= 0"),
    ((('parts = "capacitor"', 'parts = "capacitors"'),), "did you mean capacitor"),
])  # fmt: skip
def test_bad_studies_end_with_status_2_and_the_nearest_name(cli, tmp_path, change, message):
    path = study(tmp_path, replace=change)
    for verb in ("run", "sensitivity"):
        answer = cli(verb, path)
        assert answer.status == 2
        assert message in answer.complaint


def test_a_missing_study_and_a_missing_board(cli, study_file):
    assert cli("run", "nowhere.toml").status == 2
    assert cli("board", study_file, "99").status == 2


def test_verbs_of_boards_refuse_studies_of_other_kinds(cli, tmp_path):
    (tmp_path / "other.toml").write_text('name = "other"\n')
    for words in (("board", "other.toml", "0"), ("sensitivity", "other.toml")):
        answer = cli(*words)
        assert answer.status == 2
        assert "other.toml is of kind 'equivalence'; give one with kind = 'tol" in answer.complaint


def test_other_settings_of_the_sensitivity_are_checked(cli, study_file):
    answer = cli("sensitivity", study_file, "--metric", "path rms")
    assert answer.status == 2
    assert "'path rms' has no derivative" in answer.complaint


@pytest.mark.study
def test_no_grade_reaches_the_target(cli, tmp_path):
    path = grades_study(tmp_path, limit=0.0009)
    answer = cli("run", path, "--out", "run", "--jobs", "1")
    assert answer.status == 1
    assert answer.out.startswith(
        "No grade in the list reaches 80 % yield at 25 and 85 °C: with the tightest, resistors of "
        "1 % (thick film), 0.0 % (0.0 to 16."
    )
    facts = json.loads((tmp_path / "run" / "tolerance.json").read_text())["grades"]
    assert (facts["reached"], facts["groups"][0]["looser"]) == (False, None)
