"""What a page holds, how large it is, and which machines it is made of."""

import json
import os
import re
from dataclasses import replace

import numpy as np
import pytest

import hwkit
from hwkit import EnergyModel, save_model
from hwkit.circuit import CELLS
from hwkit.explore import stills
from hwkit.explore.description import FAMILIES
from hwkit.explore.schematic import schematic_with_places
from hwkit.explore.subjects import subject_of_model, subject_of_run
from hwkit.explore.writing import write_page
from hwkit.study.sections import CircuitPlan
from tests.machines import random_couplings
from tests.report.page_reader import PageReader

MEGABYTES = 3


def large_model(path, n_visible, n_hidden, seed=1):
    """A machine with the couplings of the digits machine's kind: none between visible units."""
    n, rng = n_visible + n_hidden, np.random.default_rng(seed)
    couplings = random_couplings(n, rng, size=0.2)
    couplings[:n_visible, :n_visible] = 0
    save_model(EnergyModel(couplings, 0.1 * rng.standard_normal(n), n_visible=n_visible), path)
    return path, rng.standard_normal((3, n_visible))


@pytest.fixture
def few_boards(monkeypatch):
    monkeypatch.setattr(stills, "_BOARDS", 1)


def facts_of(text, name):
    return json.loads(re.search(rf'id="{name}">(.*?)</script>', text, re.DOTALL)[1])


def test_a_page_is_one_file_that_may_load_nothing(rc_page):
    text = rc_page[1].read_text("utf-8")
    reader = PageReader(text)
    assert reader.problems == []
    places = [a.get("src") or a.get("href") or "" for _, a in reader.tags]
    assert all(place.startswith(("data:", "#")) for place in places if place)
    assert "default-src 'none'" in text
    assert "url(" not in text.replace("url(#", "")
    assert len(text.encode()) < MEGABYTES * 1e6


def test_it_says_the_answer_and_shows_samples_without_its_script(rc_page):
    reader = PageReader(rc_page[1].read_text("utf-8"))
    said = " ".join(reader.text[""].split()).replace("\N{NO-BREAK SPACE}", " ")
    assert re.search(
        r"\d+ of 16 samples of this board are recognisable, and \d+ of the circuit", said
    )
    assert re.search(r"\d+ % of boards pass \(95 % interval \d+ % to \d+ %, 2 boards\)", said)
    assert sum(tag == "img" for tag, _ in reader.tags) == 32


def test_seeds_are_text_and_those_of_the_study(rc_page):
    machine = facts_of(rc_page[1].read_text("utf-8"), "machine")
    assert machine["seeds"] == {"noise": "250615121", "boards": "2882587715218744572"}


def test_a_study_gives_its_own_spreads_paths_and_limits(rc_page):
    bench = rc_page[0].bench
    controls = {control.name: control for control in bench.controls}
    assert controls["couplings"].value == 0.05
    assert (controls["offsets"].value, controls["offsets"].unit) == (2e-3, "V")
    assert controls["bits"].value == 6
    assert len(controls) == len(bench.controls)  # no name twice
    assert (bench.paths, bench.dt) == (64, 2.5e-3)
    assert [limit.metric for limit in bench.specification] == [
        "recognisable share", "smallest class share", "path rms",
    ]  # fmt: skip
    assert rc_page[0].absent == ()


def test_a_page_of_256_units_has_at_most_three_megabytes(tmp_path, few_boards):
    path, patterns = large_model(tmp_path / "large.npz", 144, 112)
    subject = subject_of_model(path, CircuitPlan(), patterns, ("a", "b", "c"))
    subject = replace(subject, bench=replace(subject.bench, t_final=0.025, paths=4))
    size = write_page(subject, tmp_path / "bench.html")
    assert size == (tmp_path / "bench.html").stat().st_size
    assert size <= MEGABYTES * 1e6


def test_names_that_are_no_text_and_would_end_the_script_are_shown(tmp_path, few_boards):
    path, patterns = large_model(tmp_path / os.fsdecode(b"a\xff.npz"), 4, 2)
    labels = ("</script><!--", '"\u2028', "c")
    subject = subject_of_model(path, CircuitPlan(), patterns, labels)
    subject = replace(subject, bench=replace(subject.bench, t_final=0.025, paths=4))
    write_page(subject, tmp_path / "bench.html")
    text = (tmp_path / "bench.html").read_text("utf-8")
    assert facts_of(text, "machine")["labels"] == list(labels)
    assert facts_of(text, "page-facts")["name"] == "a\udcff"
    assert "<title>Bench: a\\udcff: 4 visible" in text


def test_a_larger_machine_is_refused_with_the_limit(tmp_path):
    path, patterns = large_model(tmp_path / "large.npz", 784, 241)
    subject = subject_of_model(path, CircuitPlan(), patterns, ("a", "b", "c"))
    with pytest.raises(hwkit.DesignError, match=r"1025 units.*at most 1024"):
        write_page(subject, tmp_path / "bench.html")
    assert not (tmp_path / "bench.html").exists()


def test_the_families_that_reports_name_the_command_for_are_those_of_the_page():
    cells = ("rc", "resistive", "rlc", "spu", "silicon")
    assert tuple(cell for cell in cells if CircuitPlan(cell=cell).has_bench) == FAMILIES


def test_a_folder_without_a_machine_is_refused(rc_run, tmp_path):
    (tmp_path / "plan.json").write_bytes((rc_run / "plan.json").read_bytes())
    with pytest.raises(hwkit.DataError, match=r"no model\.npz yet; run its study first"):
        subject_of_run(tmp_path)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_label_of_a_schematic_finds_its_place(family):
    drawn, roles = str(schematic_with_places(family)), CELLS[family].symbols
    assert len(roles) >= 6
    assert [role for role in roles if f'data-role="{role}"' not in drawn] == []
