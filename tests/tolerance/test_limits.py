"""Limits and counts that make a yield say nothing."""

import math

import numpy as np
import pytest

from hwkit import ConfigError
from hwkit.tolerance.paired import paired_difference
from hwkit.tolerance.specification import Limit
from hwkit.tolerance.yields import estimate_yield


@pytest.mark.parametrize(
    "bounds",
    [{"low": -math.inf}, {"high": math.inf}, {"low": math.nan}, {"low": 0, "high": math.inf}],
)
def test_a_limit_is_a_finite_number(bounds):
    with pytest.raises(ConfigError, match="give a finite number"):
        Limit("error", **bounds)


@pytest.mark.parametrize("counts", [(2.5, 10), (True, 1), (1, True), (0, 0), (-1, 3), (4, 3)])
def test_boards_are_counted(counts):
    with pytest.raises(ConfigError, match="boards passed: give whole numbers"):
        estimate_yield(*counts)


@pytest.mark.parametrize("method", ["wilson", "clopper-pearson"])
@pytest.mark.parametrize("boards", [1, 2, 50])
def test_all_or_none_of_few_boards_leave_room(method, boards):
    every, none = (estimate_yield(n, boards, method=method) for n in (boards, 0))
    assert every.high == pytest.approx(1)
    assert none.low == pytest.approx(0, abs=1e-12)
    assert every.low == pytest.approx(1 - none.high)
    assert every.low < 0.5 ** (1 / boards)


def test_pairs_of_boards_pass_or_not():
    with pytest.raises(ConfigError, match="give arrays of bool"):
        paired_difference(np.array([2, 1]), np.array([1, 1]))  # 2 & ~1 is not 0
    for level in (0, 1, -0.5, 1.5):
        with pytest.raises(ConfigError, match="must lie between 0 and 1"):
            paired_difference(np.array([True]), np.array([False]), level)
