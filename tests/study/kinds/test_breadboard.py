"""The breadboard study: its search, its parts, and a small one in SPICE with its control."""

import csv
import io
import tomllib
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from zipfile import ZipFile

import numpy as np
import pytest

import hwkit
from hwkit.circuit.catalogue import read_catalogue
from hwkit.study import estimate_study, example_text, load_plan, run_study, write_report
from hwkit.study.kinds.breadboard import search as searching
from hwkit.study.kinds.breadboard.board import (
    bill,
    board,
    noise_source,
    wiring,
    without_converters,
)
from hwkit.study.kinds.breadboard.bring_up import at_bits, start_low
from hwkit.study.kinds.breadboard.conditions import warmed
from hwkit.study.kinds.breadboard.ordering import (
    board_to_order,
    order_board,
    order_lines,
    zipped,
)
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
from hwkit.twin import Boards
from hwkit.workers import run_tasks

STUDY = Path(__file__).parents[3] / "sims" / "bench.toml"
SMALL = {
    "name": "small",
    "candidates": [{"classes": [0, 7], "rows": 3, "columns": 2, "couplings": [5]}],
    "choice": {"classes": 2, "pixels": 6, "samples": 300, "fresh_samples": 300, "dt": 0.02,
               "class_share": 0.1},
    "protocol": {"dt": 0.01},
    "runs": {"samples": 20, "dt": 0.05, "passive": 20, "bandwidths": [1e4, 1e6],
             "bandwidth_paths": 4},
    "boards": {"count": 3, "paths": 10, "dt": 0.05, "condition_count": 2, "celsius": [35.0],
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
    lines = order_lines(board_to_order(plan.parts, model, read_catalogue()))
    assert {name for line in lines for name in line.designators.split()} > {"U601", "R109", "J1"}
    with pytest.raises(hwkit.DesignError, match="can't be antiparallel"):
        board_to_order(plan.parts.model_copy(update={"diode": "BAT54C"}), model, read_catalogue())


def test_the_bit_streams_make_the_machines_noise(plan, found):
    model = machine(plan, found[0])
    source, scale = noise_source(plan.parts, model), plan.parts.scale(plan.onsite)
    density = (source.density / source.ohm) ** 2
    assert density == pytest.approx(scale.noise_psd(model.kT) / 4, rel=1e-12)
    assert source.second == pytest.approx(plan.parts.noise_second, rel=0.02)


def test_an_archive_has_the_same_bytes_each_time():
    files = {"b/c.txt": "x" * 500, "a.txt": "y"}
    assert zipped(files) == zipped(dict(reversed(files.items())))
    with ZipFile(io.BytesIO(zipped(files))) as archive:
        assert archive.namelist() == ["board/a.txt", "board/b/c.txt"]
        assert archive.read("board/a.txt") == b"y"


def test_warm_diodes_carry_the_current_of_their_temperature(plan, found):
    """As ngspice has it, with EG and XTI of the catalogue's diode."""
    design = board(plan, machine(plan, found[0]))
    warm = warmed(SimpleNamespace(plan=plan, design=design), Boards({}, 2), 35.0).values
    kelvin, slope = 308.15, 1.016 * 8.617e-5 * 308.15
    factor = np.exp((kelvin / 300.15 - 1) * 0.69 / slope) * (kelvin / 300.15) ** (2 / 1.016)
    np.testing.assert_allclose(warm["onsite-diode"], 2.117e-7 * factor, rtol=1e-4)
    np.testing.assert_allclose(warm["onsite-diode.emission"], 1.016 * kelvin / 300.15, rtol=1e-9)
    assert warm["onsite-diode"].shape == (2, 12)


@pytest.mark.spice
def test_the_plan_holds_each_rail_where_its_first_bit_pulls_it(plan, found):
    """At the first bit + rails are low; with the bits turned round the rails are, too."""
    model = machine(plan, found[0])
    design = board(plan, model)
    parts = board_to_order(plan.parts, model, read_catalogue())
    subject = SimpleNamespace(plan=plan, design=design, run=SimpleNamespace(map=mapped))
    boards = Boards({}, 2)
    bare = without_converters(design)
    rows = {row.point: row for row in start_low(subject, parts, bare, boards)}
    assert {"TP101", "TP602", "J3 pin 1"} <= set(rows)
    for unit in range(1, 7):
        plus, minus = rows[f"TP{unit}01"].expected, rows[f"TP{unit}02"].expected
        assert -0.1 < plus < -0.005
        assert minus == pytest.approx(-plus, rel=1e-3)
        output = rows[f"J3 pin {2 * unit - 1}"].expected  # of the amplifier that drives the + rail
        feedback = design.group("converter-feedback").values[unit - 1]
        assert output == pytest.approx(-minus * feedback / plan.parts.input_ohm, rel=1e-3)
    text = at_bits(bare, np.full(6, 2.5))
    [turned] = mapped("", "hwkit.spice.node_volts:reader", bare.nodes[:1], [text])
    assert turned[0] > 0


def mapped(stage, factory, setup, tasks):
    return run_tasks(factory, setup, tasks)


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
    assert verdict["bit streams: largest correlation"].value < 1e-9
    assert "costs most" in page
    assert "OPA2320AIDR, 35 °C" in page
    with (tmp_path / "run" / "bring-up.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert {row["step"] for row in rows} >= {"supplies", "start low, no Rx", "streams on, no Rx"}
    assert all(float(row["low"]) <= float(row["expected"]) <= float(row["high"]) for row in rows)
    order = order_board(tmp_path / "run", tmp_path / "board")
    assert order.apart <= 1e-9
    assert order.quiet >= 1
    with ZipFile(tmp_path / "run" / "board.zip") as archive:
        kept = {name: archive.read(f"board/{name}") for name in order.files}
    assert kept == {name: (tmp_path / "board" / name).read_bytes() for name in order.files}
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
