"""Levels and gaps are counted the same wherever blocks end."""

import numpy as np
import pytest

from hwkit.measured import Channel, Measurement, Record, check_measurement
from hwkit.measured.levels import read_ends, read_jumps, read_levels
from hwkit.measured.records import BLOCK_ROWS


@pytest.fixture(scope="module")
def volts():
    """Two blocks of three channels; what matters lies across their border."""
    rng = np.random.default_rng(0)
    made = np.rint(rng.normal(0, 100, (BLOCK_ROWS + 3000, 3))) / 1000
    made[BLOCK_ROWS - 5 : BLOCK_ROWS + 5] = np.nan
    made[:, 0] = np.clip(made[:, 0], -0.2, 0.2)
    made[BLOCK_ROWS + 100 : BLOCK_ROWS + 110, 2] = made[BLOCK_ROWS + 100, 2]
    return made


def test_counts_go_on_from_block_to_block(volts):
    record = Record("run", "stationary", volts, 1e-6)
    levels = read_levels(record)
    assert (levels.lost, levels.longest) == (10, 10)
    assert levels.missing.tolist() == [10] * 3
    assert np.array_equal(levels.low, np.nanmin(volts, axis=0))
    assert levels.step == pytest.approx([1e-3] * 3)
    same = (np.diff(volts, axis=0) == 0).sum(axis=0)
    assert np.array_equal(levels.repeats, same)
    low, high = read_ends(record, levels, np.array([[np.nan, -0.3, np.nan], [np.nan] * 3]))
    assert low.last[0] == (volts[:, 0] == -0.2).sum()
    assert high.visits[0] == (np.diff((volts[:, 0] == 0.2).astype(int), prepend=0) == 1).sum()
    assert low.below[:, 0].tolist() == [
        (np.abs(volts[:, 0] + 0.2 - k / 1000) < 1e-6).sum() for k in (1, 2, 3)
    ]
    assert low.close[1] == (volts[:, 1] <= -0.2985).sum()


def test_jumps_are_counted_within_pieces_alone(volts):
    clean = np.random.default_rng(1).normal(0, 1, (BLOCK_ROWS + 100, 4)).cumsum(axis=0)
    clean[BLOCK_ROWS:] += 50.0
    whole = Record("run", "stationary", clean, 1e-6)
    assert read_jumps(whole, read_levels(whole), 60.0, 25.0) == 1
    parts = Record("run", "stationary", clean, 1e-6, segments=(BLOCK_ROWS, 100))
    assert read_jumps(parts, read_levels(parts), 60.0, 25.0) == 0


def test_a_record_without_any_sample_is_all_missing():
    record = Record("run", "stationary", np.full((50, 2), np.nan), 1e-6)
    found = check_measurement(Measurement((Channel("A", 0), Channel("B", 1)), (record,)))
    assert {f.fault for f in found} == {"constant channel", "dropped samples"}
