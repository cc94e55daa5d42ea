import base64
import hashlib
import re
import shutil
from importlib.resources import files

import numpy as np
import pytest

from hwkit import DataError, Metric, Trajectories, Verdict
from hwkit.study import write_report
from tests.report.conftest import METRICS, REASON, make_run, sealed, write_provenance
from tests.report.page_reader import PageReader

ANCHORS = [
    "metrics",
    "samples",
    "paths",
    "drift",
    "budget",
    "distribution",
    "netlist",
    "failures",
    "files",
    "provenance",
]
OUTSIDE = {"plan.json", "provenance.json", "report.html", "manifest.json"}  # of the results


@pytest.fixture
def folder(finished, tmp_path):
    return shutil.copytree(finished, tmp_path / "run")


@pytest.fixture(scope="module")
def page(finished, tmp_path_factory):
    folder = shutil.copytree(finished, tmp_path_factory.mktemp("page") / "run")
    return write_report(folder).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def reader(page):
    return PageReader(page)


def sections(path):
    return [attributes["id"] for tag, attributes in read(path).tags if tag == "section"]


def read(path):
    return PageReader(path.read_text(encoding="utf-8"))


def test_page_lies_in_the_run_folder_and_nothing_else_is_left(folder):
    before = {file.name for file in folder.iterdir()}
    assert write_report(folder) == folder / "report.html"
    assert {file.name for file in folder.iterdir()} == before | {"report.html"}


def test_page_is_well_formed(reader):
    assert reader.problems == []
    ids = reader.attributes("id")
    assert len(ids) == len(set(ids))
    references = [ref[1:] for ref in reader.attributes("href") if ref.startswith("#")]
    assert set(references) | set(reader.attributes("aria-labelledby")) <= set(ids)


def test_the_only_script_is_the_pages_own_and_browsers_run_no_other(page, reader):
    script = files("hwkit.report").joinpath("templates/report.js").read_text("utf-8").strip()
    assert [tag for tag, _ in reader.tags].count("script") == 1
    assert f"<script>{script}</script>" in page
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = next(a["content"] for tag, a in reader.tags if "http-equiv" in a)
    assert f"script-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy


def test_page_needs_nothing_from_elsewhere(page, reader, finished):
    assert not {"iframe", "object", "embed"} & {tag for tag, _ in reader.tags}
    assert not re.search(r"https?:(?!//www\.w3\.org/2000/svg\b)|@import", page)
    assert all(source.startswith("data:image/png") for source in reader.attributes("src"))
    links = {ref for ref in reader.attributes("href") if not ref.startswith(("#", "data:"))}
    assert "machine.cir" in links
    assert links == {file.name for file in finished.iterdir()} - OUTSIDE
    assert set(re.findall(r"url\((.)", page)) <= {"#"}
    assert not [name for _, attributes in reader.tags for name in attributes if name[:2] == "on"]
    assert len(page) < 3_000_000


def test_every_part_has_its_section(reader):
    assert [attributes["id"] for tag, attributes in reader.tags if tag == "section"] == ANCHORS


def test_every_metric_stands_in_the_table(reader):
    text = reader.text["metrics"]
    for metric in METRICS:
        assert metric.name in text
        assert metric.note in text
    assert text.count("✓ met") == 2
    assert text.count("✗ not met") == 2
    assert text.count("reported") == 2
    assert "0.00710\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}0.00010" in text
    assert "no value" in text


def test_head_names_the_limits_that_are_missed(reader):
    head = " ".join(reader.text[""].split())
    assert "✗ Failed. 2 of 4 limits are not met: path error (0.00710, limit ≤ 0.005)" in head
    assert "mean of <x0 x1> & more (no value, limit ≤ 0.01)" in head
    assert head.count("Small & <quick>") == 2


def test_head_says_so_when_all_limits_are_met(folder):
    Verdict((METRICS[0], METRICS[2])).save(folder / "verdict.json")
    sealed(folder)
    assert "✓ Passed. The only limit is met." in " ".join(
        read(write_report(folder)).text[""].split()
    )


def test_hostile_text_stays_text(page):
    assert page.count("<script") == 1
    assert "<quick>" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "<b>run abandoned" not in page


def test_pictures_are_described(reader):
    pictures = [attributes for tag, attributes in reader.tags if tag == "img"]
    assert len(pictures) == 2 * (3 + 2 * 6 - 1)  # at the top, and in the section on samples
    assert all(attributes["alt"] for attributes in pictures)
    drawings = [attributes for tag, attributes in reader.tags if tag == "svg"]
    assert len(drawings) == 3 + 1 + 4 + 3 + 2  # paths, drift, densities, covariances, circuit
    assert all(a["role"] == "img" and a["aria-label"] for a in drawings)
    tables = sum(tag == "table" for tag, _ in reader.tags)
    assert tables == sum(tag == "caption" for tag, _ in reader.tags) >= 5
    folded = [attributes for tag, attributes in reader.tags if tag == "details"]
    assert sum(attributes.get("class") == "table" for attributes in folded) == tables
    assert not any("open" in attributes for attributes in folded)


def test_every_table_and_figure_has_its_data_or_names_the_file(reader, finished):
    there = {file.name for file in finished.iterdir()}
    tables = sum(tag == "table" for tag, _ in reader.tags)
    downloads = [a["href"] for tag, a in reader.tags if "download" in a]
    assert all(link.startswith("data:text/csv") for link in downloads)
    drawn = sum(
        a.get("class", "").startswith("drawing") for tag, a in reader.tags if tag == "figure"
    )
    of_files = 3  # covariances: whole matrices
    assert len(downloads) == tables + drawn - of_files
    assert {"ideal.nc", "spice.nc"} <= there


def test_the_first_screen_answers(reader):
    head = " ".join(reader.text[""].split())
    assert "circuit and ideal machine end 0.0071 apart" in head
    assert "hwkit equivalence study: How close a circuit in SPICE is to the ideal machine." in head
    assert "correlates with no pattern above 0.7" in head
    assert head.count("95 %:") == 3
    assert "Generated by the circuit in SPICE" in head
    assert head.index("apart") < head.index("✗ Failed.")


def test_figures_take_their_colours_from_the_page(page):
    figures = "".join(re.findall(r"<svg.*?</svg>", page, re.DOTALL))
    assert "var(--ideal)" in figures
    assert "var(--spice)" in figures
    assert not re.search(r"#[0-9a-f]{6}\b", figures)
    assert "font-family" not in figures


def test_failed_run_is_shown_and_named(reader):
    assert "run 2, SPICE: failed" in reader.attributes("aria-label")
    assert REASON in reader.text["failures"]
    assert "of 6 SPICE samples" in " ".join(reader.text["samples"].split())


def test_netlist_is_counted(reader, finished):
    size = (finished / "machine.cir").stat().st_size
    text = re.sub(r"[\s\u202f]", "", reader.text["netlist"])
    assert f"{size}bytes" in text
    assert "hwkitrcmachine:67units" in text


def test_same_results_give_the_same_bytes(folder, tmp_path):
    first = write_report(folder).read_bytes()
    assert write_report(folder).read_bytes() == first
    assert write_report(make_run(tmp_path / "again")).read_bytes() == first


def test_only_the_provenance_section_tells_one_execution_from_another(folder):
    before = write_report(folder).read_text()
    write_provenance(folder, "1999-09-09T09:09:09", {"training": 99.0})
    after = write_report(folder).read_text()
    assert before != after
    start = '<section id="provenance"'
    assert before.split(start)[0] == after.split(start)[0]
    (folder / "provenance.json").unlink()
    assert "hwkit" in read(write_report(folder)).text["provenance"]


@pytest.mark.parametrize(
    ("missing", "dropped"),
    [
        ("drift.npz", {"drift"}),
        ("machine.cir", {"netlist"}),
        ("many.nc", set()),
        ("spice.nc", {"samples", "paths", "distribution", "failures"}),
        ("ideal.nc", {"samples", "paths", "distribution", "failures"}),
    ],
)
def test_section_of_a_missing_file_is_dropped(folder, missing, dropped):
    (folder / missing).unlink()
    sealed(folder)
    path = write_report(folder)
    assert sections(path) == [anchor for anchor in ANCHORS if anchor not in dropped]
    assert read(path).problems == []


def test_no_run_completed(folder):
    ideal = Trajectories.load(folder / "ideal.nc")
    nothing = np.full_like(ideal.x, np.nan)
    reasons = dict.fromkeys(range(len(nothing)), "no convergence")
    Trajectories(ideal.t, nothing, reasons, ideal.attributes).save(folder / "spice.nc")
    sealed(folder)
    path = write_report(folder)
    assert sections(path) == [
        "metrics",
        "samples",
        "drift",
        "budget",
        "netlist",
        "failures",
        "files",
        "provenance",
    ]
    assert "0 of 6 SPICE samples" in " ".join(read(path).text["samples"].split())


def test_one_pair_of_runs_with_two_saved_times(folder):
    for name in ("ideal.nc", "spice.nc"):
        runs = Trajectories.load(folder / name)
        Trajectories(runs.t[[0, -1]], runs.x[:1, [0, -1]], {}, runs.attributes).save(folder / name)
    sealed(folder)
    path = write_report(folder)
    assert "failures" not in sections(path)
    assert "Covariance" not in read(path).text["distribution"]


def test_no_force_residual_at_all(folder):
    np.savez(folder / "drift.npz", values=np.zeros((4, 67)))
    sealed(folder)
    assert "67 units without any residual lie" in read(write_report(folder)).text["drift"]


def test_many_missed_limits_are_summed_up(folder):
    Verdict(tuple(Metric(f"m{i}", "distribution", 1.0, 0.5) for i in range(7))).save(
        folder / "verdict.json"
    )
    sealed(folder)
    head = " ".join(read(write_report(folder)).text[""].split())
    assert "7 of 7 limits are not met" in head
    assert "; and 4 more." in head


@pytest.mark.parametrize("name", ["plan.json", "model.npz", "verdict.json"])
def test_folder_without_what_every_run_has(folder, name):
    (folder / name).unlink()
    if name != "plan.json":
        sealed(folder)
    with pytest.raises(DataError, match=rf"finished run.*{name}"):
        write_report(folder)
    assert not (folder / "report.html").exists()


def test_folder_that_does_not_exist(tmp_path):
    with pytest.raises(DataError, match="not a finished run folder"):
        write_report(tmp_path / "nowhere")


@pytest.mark.parametrize(
    "name",
    [
        "plan.json",
        "model.npz",
        "verdict.json",
        "ideal.nc",
        "many.nc",
        "drift.npz",
        "provenance.json",
    ],
)
@pytest.mark.parametrize("listed", [False, True], ids=["damaged", "made so"])
def test_damaged_file_is_named(folder, name, listed):
    (folder / name).write_bytes(b"\x00not what it was")
    if listed:
        sealed(folder)
    with pytest.raises(DataError, match=name):
        write_report(folder)
    assert not (folder / "report.html").exists()


def test_files_of_different_runs(folder):
    runs = Trajectories.load(folder / "many.nc")
    Trajectories(runs.t, runs.x[..., :5]).save(folder / "many.nc")
    sealed(folder)
    with pytest.raises(DataError, match=r"many.nc has 5 units, the model 67"):
        write_report(folder)


def test_sides_with_different_runs(folder):
    runs = Trajectories.load(folder / "ideal.nc")
    Trajectories(runs.t, runs.x[:3]).save(folder / "ideal.nc")
    sealed(folder)
    with pytest.raises(DataError, match="ideal side has 3 runs"):
        write_report(folder)
