"""What pages say first, from made-up results: sentences, numbers and pictures that agree."""

from types import SimpleNamespace

import numpy as np
import pytest

from hwkit.report.answers import Number
from hwkit.study.kinds.codesign import page_answer as codesign
from hwkit.study.kinds.codesign.page import strip
from hwkit.study.kinds.energy import page_answer as energy
from hwkit.study.kinds.energy.results import CircuitLedger, Entry
from hwkit.study.kinds.measured.page_answer import _named
from hwkit.study.kinds.measured.results import BoardResult
from hwkit.study.kinds.sampler.page import convergence
from hwkit.study.kinds.sampler.plan import SamplerPlan
from hwkit.study.kinds.speedup import page_answer as speedup
from hwkit.study.kinds.speedup.page import speed_drawing
from hwkit.study.kinds.speedup.plan import SpeedupPlan
from hwkit.study.kinds.speedup.results import Answers, Barrier, BarrierPoint, Costs, Memory
from hwkit.study.kinds.storage import page_answer as storage
from hwkit.study.kinds.tolerance.facts import YieldFacts
from hwkit.study.kinds.tolerance.telling import sentence as grades_sentence


def costs(factor):
    return Costs(
        factor, 2.5e-6 / factor, 1e-5, 2e-11, factor * 1e-14, 1e-16, 1e-11, 7e7,
        0.6 / factor, 0.05 / factor, 60,
    )  # fmt: skip


def barrier(name, factors, limit):
    points = [BarrierPoint(factor, 0.1, 0.01, 0.5) for factor in factors]
    return Barrier(name, points, limit)


def answers(*barriers):
    memory = [Memory(1.0, 1.2e-6, 1e-7), Memory(4.0, 4e-7, 4e-8)]
    return Answers([1.0, 4.0], [costs(1.0), costs(4.0)], memory, list(barriers))


def rows_of(drawing):
    head, *rows = drawing.svg.csv.splitlines()
    names = head.split(",")
    return [dict(zip(names, row.split(","), strict=True)) for row in rows]


def test_a_speed_up_is_drawn_as_one_with_the_ideal_and_the_numbers_interval():
    found = answers(barrier("slow followers", (1.0, 16.0), 3.4))
    rows = rows_of(speed_drawing(found))
    assert [float(row["y"]) for row in rows if row["series"] == "ideal"] == [1, 4]
    ring = [row for row in rows if row["series"] == "memory of a ring"]
    assert float(ring[-1]["y"]) == pytest.approx(3.0, rel=1e-3)
    shown = speedup._gained(*found.memory, 8)
    assert float(ring[-1]["low"]) == pytest.approx(shown.low, rel=1e-3)
    assert float(ring[-1]["high"]) == pytest.approx(shown.high, rel=1e-3)
    assert "slow followers" in speed_drawing(found).caption


@pytest.mark.parametrize(
    ("barriers", "said"),
    [
        ([], "what ends the speed-up was not studied"),
        (
            [barrier("one", (1.0, 16.0), 9.0), barrier("two", (1.0, 16.0), 3.41)],
            "with two the mean square is 5 % off from factor 3.4 on (interpolated)",
        ),
        (
            [barrier("one", (1.0, 16.0), 1.0)],
            "with one the mean square is 5 % off at factor 1 already",
        ),
        (
            [barrier("one", (1.0, 16.0), None)],
            "nothing tried puts the mean square 5 % off up to factor 16",
        ),
    ],
)
def test_a_speed_up_says_where_it_ends(barriers, said):
    assert speedup._end(SpeedupPlan(name="x"), barriers) == said


def test_storage_shows_the_curves_that_need_the_most_and_the_fewest_bits():
    enough = {"nearest": 8.0, "clipped": 7.0, "stochastic": 6.0, "retrained": float("inf")}
    assert storage._ends(enough) == [("nearest", 8), ("stochastic", 6)]
    assert storage._ends({"nearest": 8.0, "stochastic": 8.0}) == [("nearest", 8), ("stochastic", 8)]
    assert storage._ends({"nearest": 8.0}) == [("nearest", 8)]
    assert storage._ends({"nearest": float("inf")}) == []


def entry(name, joule, basis, source="user-set"):
    return Entry(name, joule, 0.1 * joule, basis, source, basis in ("price", "supply"))


def test_assumed_prices_have_no_interval_and_say_their_share():
    lines = [entry("readout", 3.0, "price"), entry("weight", 5.0, "price"), entry("b", 2, "supply")]
    ledger = CircuitLedger(lines, 10.0)
    total = energy._total("rails", ledger)
    assert total.interval == ""
    assert total.basis.startswith("80.0 % prices, 20.0 % supply")
    assert energy._prices(ledger) == "assumed prices (weight, readout)"
    lines.append(entry("noise", 1.0, "price", "Murmann 2025"))
    assert energy._prices(ledger) == "prices (weight, readout, noise)"


def board(planted, faults):
    fields = dict.fromkeys(BoardResult.__dataclass_fields__)
    return BoardResult(**(fields | {"planted": planted, "faults": faults}))


@pytest.mark.parametrize(
    ("planted", "faults", "said"),
    [
        (["a", "b"], ["a 1", "b 2"],
         "All 2 planted faults of the emulated board are named, and no others: a 1; b 2"),
        (["a"], ["a 1"], "The planted fault of the emulated board is named, and no others: a 1"),
        (["a", "b"], ["a 1", "c 2"],
         "1 of 2 planted faults of the emulated board are named, and 1 that was not planted: "
         "a 1; c 2"),
        (["a", "b"], [], "0 of 2 planted faults of the emulated board are named, and no others"),
    ],
)  # fmt: skip
def test_an_emulated_board_says_first_whether_its_planted_faults_were_named(planted, faults, said):
    assert _named(board(planted, faults)) == said


def test_the_loosest_grade_listed_is_said_to_be_enough():
    plan = SimpleNamespace(corners=lambda: [SimpleNamespace(celsius=25.0)], target=0.5)
    row = SimpleNamespace(group="resistors", percent=5.0, kind="thick film", looser=None)
    yields = YieldFacts(1.0, 30, 30, 0.8, 1.0, 0.95, "wilson")
    grades = SimpleNamespace(
        reached=True, groups=(row,), search=SimpleNamespace(target=0.5), yields=yields,
        cost=0.5, currency="USD",
    )  # fmt: skip
    assert grades_sentence(plan, SimpleNamespace(grades=grades)) == (
        "For 50 % yield at 25 °C even the loosest grade listed does, resistors of 5 % (thick "
        "film), for 0.50 USD a board: 100.0 % (80.0 to 100.0 %) of 30 boards pass."
    )


def test_the_error_of_a_sampler_is_drawn_in_percent():
    plan = SamplerPlan(name="x")
    cells = plan.matrix.precision().shape[0]
    series = np.random.default_rng(0).normal(size=(2, 200, cells))
    drawing = convergence(plan, series, series)
    assert min(float(row["y"]) for row in rows_of(drawing)) > 1
    assert " %</text>" in drawing.svg


def test_the_worth_of_a_training_is_in_points_and_does_not_read_as_the_other_ones():
    shares = {
        "ideal": np.array([0.7, 0.8]), "plain": np.array([0.0, 0.1]),
        "robust": np.array([0.5, 0.62]),
    }  # fmt: skip
    gain = Number.mean("gain", 51.0, 1.0, "points")
    said = codesign._sentence(shares, "robust", gain)
    assert said == (
        "On 2 boards of deviating parts robust training gives 56.0 % recognisable samples, 51.0 "
        "points more (95 %: 49.0 to 53.0) than the 5.0 % of plain training; plain training on "
        "ideal hardware gives 75.0 %."
    )
    caption = strip(shares, 40).caption
    assert "Robust: aware" in caption
    assert "Calibrated" not in caption
