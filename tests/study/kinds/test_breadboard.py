"""The breadboard study: its search, its parts, and a small one in SPICE with its control."""

import csv
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import hwkit
from hwkit.study import estimate_study, example_text, load_plan, run_study, write_report
from hwkit.study.kinds.breadboard import search as searching
from hwkit.study.kinds.breadboard.board import bill, board, noise_source, wiring
from hwkit.study.kinds.breadboard.ordering import order_board, order_lines
from hwkit.study.kinds.breadboard.plan import BreadboardPlan
from hwkit.study.kinds.breadboard.search import (
    chosen,
    machine,
    parts_of,
    resistors_of,
    samplings,
    search,
    thinned_masks,
    trainings,
)

STUDY = Path(__file__).parents[3] / "sims" / "bench.toml"
SMALL = {
    "name": "small",
    "candidates": [{"classes": [0, 7], "rows": 3, "columns": 2, "couplings": [5]}],
    "choice": {"classes": 2, "pixels": 6, "samples": 300, "fresh_samples": 300, "dt": 0.02,
               "class_share": 0.1},
    "protocol": {"dt": 0.01},
    "runs": {"samples": 20, "dt": 0.05, "passive": 20, "bandwidths": [1e4, 1e6],
             "bandwidth_paths": 4},
    "boards": {"count": 3, "paths": 10, "dt": 0.05,
               "spread": [{"parts": "coupling", "distribution": "uniform", "half_width": 0.01}]},
}  # fmt: skip


@pytest.fixture(scope="module")
def plan():
    return BreadboardPlan(**SMALL)


@pytest.fixture(scope="module")
def found(plan):
    return search(plan, plan.candidates[0])


def test_the_study_that_ships_is_valid(tmp_path):
    shipped = load_plan(STUDY, seed=3)
    assert shipped.seed == 3
    assert shipped.boards.variation().names
    (tmp_path / "bad.toml").write_text("kind = 'breadboard'\nname = 'a'\n")
    with pytest.raises(hwkit.ConfigError, match="candidates is missing"):
        load_plan(tmp_path / "bad.toml")


def test_thinning_leaves_as_many_couplings_as_asked(plan):
    masks = dict(thinned_masks(plan, plan.candidates[0], (5, 9)))
    assert [int(mask.sum()) // 2 for mask in masks.values()] == [9, 5]
    assert np.all(masks[9][masks[5]])  # the fewer are among the more


def test_the_smallest_eligible_machine_is_chosen(plan, found):
    [one] = found
    assert one.eligible
    assert one.chance < 0.8 < one.recognisable
    cheap = replace(one, parts=1, eligible=False)
    assert chosen(plan, [one, cheap]) == one
    with pytest.raises(hwkit.ConfigError, match="none of 1 machines"):
        chosen(plan, [cheap])


def test_parts_are_counted_as_they_are_soldered(plan, found):
    model = machine(plan, found[0])
    design = board(plan, model)
    rows = bill(plan, design)
    resistors = sum(row.n for row in rows if row.part.split()[-1] in
                    ("resistor", "R1", "R2", "Rx"))  # fmt: skip
    assert resistors == resistors_of(model) == found[0].resistors
    assert sum(row.n for row in rows) == parts_of(model) == found[0].parts
    assert len(wiring(design)) == found[0].couplings == 5
    for row in wiring(design):
        assert row.got == pytest.approx(row.wanted, rel=0.013)  # half a step of E96


def test_a_machine_that_the_catalogue_can_not_build_says_why(plan, found):
    model = machine(plan, found[0])
    lines, why = order_lines(plan.parts, model)
    assert not why
    assert {name for line in lines for name in line.designators.split()} > {"U601", "R109", "J1"}
    lines, why = order_lines(plan.parts.model_copy(update={"diode": "BAT54C"}), model)
    assert not lines
    assert "can't be antiparallel" in why


def test_the_bit_streams_make_the_machines_noise(plan, found):
    model = machine(plan, found[0])
    source, scale = noise_source(plan.parts, model), plan.parts.scale(plan.onsite)
    density = (source.density / source.ohm) ** 2
    assert density == pytest.approx(scale.noise_psd(model.kT) / 4, rel=1e-12)
    assert source.second == pytest.approx(plan.parts.noise_second, rel=0.02)


@pytest.mark.spice
@pytest.mark.study
def test_a_small_study_and_its_sheet(plan, tmp_path):
    verdict = run_study(plan, tmp_path / "run", jobs=2)
    assert verdict["drift error as bought"].passed
    assert verdict["control: no couplings"].passed
    assert verdict["SPICE: recognisable share"].value > 0.6
    with (tmp_path / "run" / "bom.csv").open() as stream:
        assert {row["part"] for row in csv.DictReader(stream)} >= {"coupling resistor"}
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert "Power-up and measuring points" in page
    assert "Supplies on (± 2.5 V" in page
    assert "0.577 %" in page  # the spread of the plan, not a grade
    assert "capacitors 5 %" not in page
    assert "everything" in page  # of part numbers that nobody has checked
    netlist = (tmp_path / "run" / "bench.cir").read_text(encoding="utf-8")
    for name in ("R101", "D601A", "GU301B"):  # as on the sheet and on the board
        assert f"\n{name} " in netlist
        assert name.strip("G").rstrip("AB") in page
    order = order_board(tmp_path / "run", tmp_path / "board")
    assert order.apart <= 1e-9
    before = {file.name: file.read_bytes() for file in (tmp_path / "run").iterdir()}
    for name in ("search.json", "bits.nc", "boards.json"):
        (tmp_path / "run" / name).unlink()
    assert run_study(plan, tmp_path / "run", jobs=1) == verdict  # resumed
    after = {file.name: file.read_bytes() for file in (tmp_path / "run").iterdir()}
    changing = {"provenance.json", "report.html"}  # hold times
    assert {name for name in before if before[name] != after.get(name)} <= changing
    with pytest.raises(hwkit.DataError, match="not a finished run folder"):
        write_report(tmp_path)


def test_an_estimate_counts_runs(plan):
    estimate = estimate_study(plan)
    assert estimate.runs > 5 * 300 + 20 + 20 + 3 * 10
    assert estimate.minutes > 0


def test_a_plan_in_python_is_held_to_the_same_rules():
    with pytest.raises(hwkit.ConfigError, match=r"runs\.bandwidth_paths changes nothing while"):
        BreadboardPlan(**(SMALL | {"runs": {"bandwidths": [], "bandwidth_paths": 4}}))


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"parts": "couplign", "sigma": 0.01}, "'couplign'.*did you mean coupling"),
        ({"parts": "coupling", "distribution": "unifrom"}, "did you mean 'uniform'"),
        ({"parts": "coupling", "distribution": "uniform", "halfwidth": 1}, "'half_width'"),
        ({"name": "amplifier offsets", "parts": "coupling", "sigma": 0.01}, "must be unique"),
    ],
)
def test_spreads_are_refused_before_the_search(entry, words):
    boards = SMALL["boards"] | {"spread": [entry]}
    with pytest.raises(hwkit.ConfigError, match=words):
        BreadboardPlan(**(SMALL | {"boards": boards}))


def test_a_scale_that_can_not_be_is_refused_before_the_search():
    with pytest.raises(hwkit.ConfigError, match="scale: second is"):
        BreadboardPlan(**(SMALL | {"parts": {"diode_ampere": 1e300}}))


def test_pictures_that_are_none_are_refused_before_anything_is_written(tmp_path):
    candidates = [*SMALL["candidates"], {"classes": [0, 77], "rows": 3, "columns": 2}]
    plan = BreadboardPlan(**(SMALL | {"candidates": candidates}))
    with pytest.raises(hwkit.DataError, match="77"):
        run_study(plan, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_trainings_are_counted_as_they_are_made(plan, monkeypatch):
    made = {"_solved": 0, "samples": 0}

    def count(name):
        true = getattr(searching, name)

        def counted(*given):
            made[name] += 1
            return true(*given)

        monkeypatch.setattr(searching, name, counted)

    for name in made:
        count(name)
    [pictures] = plan.candidates
    search(plan, pictures)
    assert made == {"_solved": trainings(pictures), "samples": samplings(pictures)}


@pytest.mark.spice
@pytest.mark.study
def test_the_example_uses_every_table_and_runs(tmp_path):
    (tmp_path / "example.toml").write_text(example_text("breadboard"))
    plan = load_plan(tmp_path / "example.toml")
    content = tomllib.loads(example_text("breadboard"))
    assert set(content) | {"title"} == set(BreadboardPlan.model_fields)
    assert estimate_study(plan).minutes > 0.1  # workers start, machines are trained
    verdict = run_study(plan, tmp_path / "run", jobs=2)
    assert verdict.passed
