"""Colour of the noise: 1/f noise is told from white noise, and its drift is still right."""

import numpy as np
import pytest

import hwkit
from hwkit.errors import ConfigError
from hwkit.measured import (
    EmulatedCircuit,
    EmulatedConverter,
    EmulatedInstrument,
    Question,
    Request,
    judge_board,
    measure,
)
from hwkit.measured.flicker import flicker_noise
from hwkit.measured.noise_shapes import Shapes, flicker_covariance, whiteners
from hwkit.measured.segments import Cut
from tests.measured.boards import SECOND, STEP, machine

CORNER, UNIT = 0.1, 2  # cycles per model time
MODEL = machine()


def board(corner, seed=1, **changes):
    circuit = EmulatedCircuit(MODEL, dt=2.5e-3, corner=corner, **changes)
    return EmulatedInstrument(circuit, EmulatedConverter((-0.4, 0.4), 12), seed)


def judged(corner):
    request = Request("run", "switched", 300, STEP * SECOND, 64, 0.0)
    held = measure(board(corner), [request], SECOND)
    return judge_board(held, MODEL, Question(bits=12, readout=0.0))


@pytest.fixture(scope="module")
def coloured():
    return judged((0.0, 0.0, CORNER / SECOND, 0.0))


def test_drawn_noise_has_the_density_of_its_corner():
    rng, dt, n = np.random.default_rng(0), 0.02, 1 << 15
    drawn = flicker_noise(np.full(40, 0.5), n, dt, rng)
    power = np.mean(np.abs(np.fft.rfft(drawn, axis=0)) ** 2, axis=1) * dt / n
    frequency = np.fft.rfftfreq(n, dt)
    for low, high in ((0.03, 0.1), (0.1, 0.3), (0.3, 1.0), (1.0, 3.0)):
        inside = (frequency >= low) & (frequency < high)
        assert np.mean(power[inside] * frequency[inside]) == pytest.approx(0.5, rel=0.06)
    assert not flicker_noise(np.zeros(2), 10, dt, rng).any()


def test_shapes_are_those_of_drawn_noise_and_whitening_leaves_none():
    cut = Cut.of((200,) * 40, STEP, 1, (1,))
    rng = np.random.default_rng(1)
    drawn = [flicker_noise(np.ones(1), 8000, STEP, rng)[:, 0] * STEP for _ in range(100)]
    parts = np.array(drawn)[:, : 40 * 200].reshape(-1, 200)[:, : cut.terms]
    waves = np.abs(np.fft.rfft(parts, axis=1)) ** 2 / (cut.terms * STEP)
    found = np.array([waves[:, band].mean() for band in cut.bands])
    assert found[1:5] == pytest.approx(Shapes.of(cut).powers[1, 1:5], rel=0.08)
    lowest = 1 / cut.duration
    [matrix] = whiteners(cut, np.array([0.3]), 0.0, lowest)
    row = flicker_covariance(cut.terms, STEP, lowest)
    away = np.abs(np.subtract.outer(np.arange(cut.terms), np.arange(cut.terms)))
    covariance = np.eye(cut.terms) + 0.3 * row[away] / STEP
    assert matrix @ covariance @ matrix.T == pytest.approx(np.eye(cut.terms), abs=1e-9)


def test_noise_of_a_unit_that_rises_is_named_and_nothing_else(coloured):
    [words] = coloured.faults
    assert words.startswith(f"noise of unit {UNIT} rises at low frequency: 1/f below ")
    assert words.count("kHz") == 3
    found = coloured.colours[UNIT].flicker
    assert CORNER / 3 < found.corner < 3 * CORNER  # 5 % of boards are beyond a factor of 2
    assert found.low < found.corner < found.high < 4 * found.low
    z = [(row.value - row.intended) / row.stderr for row in coloured.quantities.rows]
    assert np.abs(z).max() < 4


def test_white_noise_is_told_as_white(coloured):
    others = [c.p for unit, c in enumerate(coloured.colours) if unit != UNIT]
    white = judged(0.0)
    assert white.faults == ()
    p = [*others, *(colour.p for colour in white.colours)]
    assert min(p) > 0.05 / len(p)
    assert coloured.colours[UNIT].p < 1e-6


def test_records_that_are_too_short_say_nothing_of_colour():
    assert Cut.of((40,) * 100, STEP, 1, (1,)) is None  # pieces
    assert Cut.of((600,), STEP, 1, (1,)) is None
    long = Cut.of((10_000_000,), STEP, 1, (1,))
    assert (long.length, long.count // long.stride <= 2048) == (512, True)


def test_seeds_and_corners_of_emulated_boards():
    request = Request("run", "stationary", 200, STEP * SECOND)
    made = [measure(board(corner), [request], SECOND) for corner in (0.0, 0.0, 1e5, 1e5)]
    records = [held.records[0].read() for held in made]
    assert np.array_equal(records[0], records[1])
    assert np.array_equal(records[2], records[3])
    assert not np.array_equal(records[0], records[2])
    with pytest.raises(ConfigError, match="must be 0 \\(none\\) or above"):
        EmulatedCircuit(MODEL, corner=-1.0)
    with pytest.raises(ConfigError, match="2 values for 4 units"):
        measure(board((1.0, 2.0)), [request], SECOND)


def test_the_same_noise_drives_twin_and_ngspice():
    model = hwkit.EnergyModel(np.zeros((1, 1)), [0.0], hwkit.Quartic(1.0, 0.0), kT=0.1)
    dt, runs = 0.01, 2
    flicker = flicker_noise(np.array([0.3]), 200 * runs, dt, np.random.default_rng(3))
    ends = []
    for simulator in ("twin", "spice"):
        circuit = EmulatedCircuit(model, simulator=simulator)
        arguments = (model, np.zeros((runs, 1)), 200, dt, 5)
        ends.append(circuit.run(*arguments, flicker=flicker.reshape(runs, 200, 1)))
    spread = np.std(ends[0])
    assert np.abs(ends[0] - ends[1]).max() < 0.1 * spread
