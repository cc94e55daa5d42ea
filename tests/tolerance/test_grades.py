"""The search of grades, on yields that are known, and the difference of two paired yields."""

import numpy as np
import pytest

import hwkit
from hwkit.circuit.variation import CLASSES, Grade
from hwkit.tolerance import estimate_yield, paired_difference, search_grades

BOARDS = 400


def grades(*percents):
    return tuple(Grade(p, CLASSES["thick film"], 1 / p) for p in percents)


class Fab:
    """Boards pass while the weighted squares of the tolerances are small; counts what it makes."""

    def __init__(self, weights, spread=5.0):
        self.weights, self.spread, self.asked = weights, spread, []

    def __call__(self, choices):
        self.asked += choices
        found = []
        for choice in choices:
            size = sum(self.weights[g] * grade.percent**2 for g, grade in choice.items())
            found.append(estimate_yield(round(BOARDS * np.exp(-size / self.spread)), BOARDS))
        return found


def test_one_group_gets_its_loosest_grade():
    fab = Fab({"R": 0.05})
    found = search_grades(fab, {"R": grades(0.1, 0.5, 1, 2, 5)}, {"R": 10}, 0.95)
    assert found.chosen.grades["R"].percent == 1
    assert found.chosen.cost == pytest.approx(10.0)
    assert len(found.alone["R"]) == 5
    assert found.tried == ()


def test_the_lower_end_of_the_interval_must_reach_the_target():
    fab = Fab({"R": 0.05})
    rows = search_grades(fab, {"R": grades(1, 2)}, {"R": 10}, 0.95).alone["R"]
    assert [row.found.value >= 0.95 for row in rows] == [True, True]
    assert [row.found.low >= 0.95 for row in rows] == [True, False]


def test_two_groups_get_the_cheapest_choice_that_any_search_would_find():
    offer = {"R": grades(0.5, 1, 2, 5), "C": grades(1, 2, 5, 10)}
    weights, counts = {"R": 0.02, "C": 0.01}, {"R": 100, "C": 7}
    fab = Fab(weights)
    found = search_grades(fab, offer, counts, 0.95)
    every = [
        (counts["R"] * r.price + counts["C"] * c.price, r.percent, c.percent)
        for r in offer["R"]
        for c in offer["C"]
        if Fab(weights)([{"R": r, "C": c}])[0].low >= 0.95
    ]
    cost, r, c = min(every)
    assert found.chosen.cost == pytest.approx(cost)
    assert {g: x.percent for g, x in found.chosen.grades.items()} == {"R": r, "C": c}
    assert len(fab.asked) < 16  # what failed alone, or was tighter, is not tried again


def test_nothing_reaches_the_target():
    found = search_grades(Fab({"R": 50.0}), {"R": grades(1, 2)}, {"R": 1}, 0.95)
    assert found.chosen is None
    several = {"R": grades(1, 2), "C": grades(1, 2)}
    both = search_grades(Fab({"R": 0.1, "C": 0.1}), several, {"R": 1, "C": 1}, 0.95)
    assert both.chosen is None


def test_a_paired_difference_counts_the_boards_that_differ():
    first = np.array([True] * 95 + [False] * 5)
    second = np.array([True] * 80 + [False] * 18 + [True] * 2)
    found = paired_difference(first, second)
    assert (found.lost, found.gained, found.boards) == (15, 2, 100)
    assert found.value == pytest.approx(0.13)
    assert found.low < 0.13 < found.high
    with pytest.raises(hwkit.ConfigError, match="yields of 100 and 3 boards can't be paired"):
        paired_difference(first, second[:3])


def test_the_interval_of_a_paired_difference_covers_as_often_as_it_says():
    rng = np.random.default_rng(5)
    covered = unpaired = 0
    for _ in range(400):
        u = rng.random(150)
        found = paired_difference(u < 0.95, u < 0.85)
        covered += found.low <= 0.10 <= found.high
        unpaired += found.low <= 0.0 <= found.high
    assert 0.92 <= covered / 400 <= 0.995
    assert unpaired / 400 < 0.02  # control: it tells these two yields apart
