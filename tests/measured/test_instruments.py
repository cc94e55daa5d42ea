"""Instruments: what the emulated converter does, and what every driver gives back."""

from dataclasses import replace

import numpy as np
import pytest

import hwkit
from hwkit.errors import ConfigError, DataError
from hwkit.measured import (
    EmulatedCircuit,
    EmulatedConverter,
    EmulatedInstrument,
    ReplayInstrument,
    Request,
    measure,
)
from hwkit.twin import Boards
from tests.machines import springs

US = 1e-6
IDEAL = EmulatedConverter(span=(-1.0, 1.0), bits=None)
TIMES = 1e-3 * np.arange(1000)


def converted(converter, wave, step=1e-5, times=TIMES, seed=0):
    """Convert a wave of two channels, a function of time."""
    fine = step * np.arange(-200, round(times[-1] / step) + 200)
    volts = np.stack([wave(fine), wave(fine)], axis=1)
    rng = np.random.default_rng(seed)
    return converter.convert(volts, step, 200 * step, times, rng)


def sine(t):
    return 0.5 * np.sin(2 * np.pi * 3 * t)


def slope(t):
    return 0.5 * t


def test_an_ideal_converter_changes_nothing():
    assert np.allclose(converted(IDEAL, sine), sine(TIMES)[:, None], atol=1e-6)


def test_codes_are_a_step_apart_and_clip():
    low = converted(replace(IDEAL, bits=4, span=(-0.25, 0.25)), sine)
    assert set(np.unique(low)) <= {-0.25 + k / 32 for k in range(16)}
    assert low.max() == 0.25 - 1 / 32
    assert low.min() == -0.25


def test_gain_offset_and_skew_are_those_of_the_channel():
    converter = replace(IDEAL, gain=(1.0, 0.5), offset=(0.0, 0.1), skew=(0.0, 1e-3))
    read = converted(converter, slope)
    assert np.allclose(read[:, 0], slope(TIMES))
    assert np.allclose(read[:, 1], 0.5 * slope(TIMES + 1e-3) + 0.1)


def test_bandwidth_is_where_the_power_is_half():
    times = 1e-3 * np.arange(3000, 9000)
    read = converted(replace(IDEAL, bandwidth=3.0), sine, times=times)
    assert np.std(read[:, 0]) / np.std(sine(times)) == pytest.approx(np.sqrt(0.5), rel=1e-2)


@pytest.mark.parametrize("common", [True, False])
def test_jitter_moves_the_time_of_a_sample_of_each_channel_or_of_all(common):
    read = converted(replace(IDEAL, jitter=1e-4, common_jitter=common), slope)
    late = 2 * (read - slope(TIMES)[:, None])
    assert np.std(late) == pytest.approx(1e-4, rel=0.1)
    assert np.corrcoef(late.T)[0, 1] == pytest.approx(1.0 if common else 0.0, abs=0.12)


def test_noise_has_its_size():
    read = converted(replace(IDEAL, noise=(0.0, 1e-2)), lambda t: 0 * t)
    assert np.std(read, axis=0) == pytest.approx([0.0, 1e-2], rel=0.1)


@pytest.mark.parametrize(
    "wrong",
    [{"bits": 0}, {"span": (1.0, 0.0)}, {"jitter": -1.0}, {"bandwidth": 0.0}, {"gain": (1.0,)}],
)
def test_a_converter_that_cannot_be_is_refused(wrong):
    with pytest.raises(ConfigError):
        converted(replace(IDEAL, **wrong), sine)


REQUESTS = (
    Request("ground", "calibration", 20, 0.1 * US),
    Request("level", "calibration", 20, 0.1 * US, clamped=(0.1, -0.1, 0.05)),
    Request("run", "stationary", 400, 0.1 * US),
    Request("restarts", "switched", 40, 0.1 * US, restarts=30, switched_on=2 * US),
)


def board(seed=1, **settings):
    circuit = EmulatedCircuit(springs(kT=0.02), dt=0.02, **settings)
    return EmulatedInstrument(circuit, EmulatedConverter(span=(-0.3, 0.3), bits=12), seed)


@pytest.fixture(scope="module")
def measured():
    return measure(board(), REQUESTS, second=US)


def test_the_emulated_board_gives_what_was_asked_for(measured):
    for request, record in zip(REQUESTS, measured.records, strict=True):
        assert (record.name, record.kind) == (request.name, request.kind)
        assert record.n_samples == request.n_samples * request.restarts
        assert record.interval == request.interval
        assert record.segments == request.segments
    assert measured.units == (0, 1, 2)
    levels = measured.record("level").read().mean(axis=0)
    assert np.allclose(levels, (0.1, -0.1, 0.05), atol=1e-4)


def test_stationary_means_are_those_of_the_machine(measured):
    model = springs(kT=0.02)
    k = np.array([[2.0, 0.8, -0.3], [0.8, 3.0, 0.5], [-0.3, 0.5, 1.6]])
    x = measured.in_units(measured.record("run").read())
    covariance = model.kT * np.linalg.inv(k)
    error = np.sqrt(np.diag(covariance) * 2 / 40)  # 40 units of time, correlated over about 1
    assert np.all(np.abs(x.mean(axis=0) + np.linalg.solve(k, model.b)) < 4 * error)


def test_restarts_move_when_they_are_switched_on(measured):
    record = measured.record("restarts")
    x = measured.in_units(record.read()).reshape(30, 40, 3)
    before, after = x[:, :20].mean(axis=(0, 1)), x[:, -5:].mean(axis=(0, 1))
    assert np.all(np.abs(before) < 0.04)
    assert after[0] < -0.1  # the bias of unit 0 is 0.3


def test_records_differ_and_a_seed_repeats_them():
    first, again, other = (measure(board(seed), REQUESTS[2:3] * 1) for seed in (1, 1, 2))
    assert np.array_equal(first.records[0].read(), again.records[0].read())
    assert not np.array_equal(first.records[0].read(), other.records[0].read())
    one = board()
    pieces = []
    for _ in range(2):
        one.start(REQUESTS[2])
        pieces.append(one.read().read())
    assert not np.array_equal(*pieces)


@pytest.mark.parametrize("request_", REQUESTS[2:])
def test_steps_between_samples_are_left_out_where_no_channel_needs_them(request_):
    fast = replace(IDEAL, bandwidth=1e15)  # follows at once, but from every step
    assert IDEAL.instant
    assert not fast.instant
    few, all_ = (
        EmulatedInstrument(EmulatedCircuit(springs(kT=0.02), dt=0.02), converter, 5)
        for converter in (IDEAL, fast)
    )
    one, other = (measure(board, [request_]).records[0].read() for board in (few, all_))
    assert one == pytest.approx(other, abs=1e-7)


def test_programming_and_noise_act():
    one = board()
    one.program(hwkit.EnergyModel(np.zeros((3, 3)), [-0.5, 0.0, 0.5], hwkit.Quartic(1.0, 0.0)))
    one.set_noise(1e-9)
    one.start(Request("run", "stationary", 10, 0.1 * US))
    x = one.read().read() / 0.1
    assert np.allclose(x, [0.25, 0.0, -0.25], atol=2e-3)
    with pytest.raises(ConfigError, match="units"):
        one.program(hwkit.EnergyModel([[0.0]], [0.0]))
    with pytest.raises(ConfigError, match="kT"):
        one.set_noise(-1.0)


def test_a_fabricated_board_differs_from_its_design():
    def fabricate(design):
        stiff = 2 * design.group("onsite-linear").values[None]
        return Boards({"onsite-linear": stiff}, 1)

    one = board(fabricate=fabricate)
    one.program(hwkit.EnergyModel(np.zeros((3, 3)), [-0.5, 0.0, 0.5], hwkit.Quartic(1.0, 0.0)))
    one.set_noise(1e-9)
    one.start(Request("run", "stationary", 10, 0.1 * US))
    assert np.allclose(one.read().read() / 0.1, [0.125, 0.0, -0.125], atol=2e-3)


@pytest.mark.spice
def test_the_circuit_in_spice_is_the_same_instrument():
    circuit = EmulatedCircuit(springs(kT=0.02), simulator="spice", dt=0.02)
    converter = EmulatedConverter(span=(-0.3, 0.3), bits=12)
    requests = [Request("on", "switched", 20, 0.1 * US, restarts=2, switched_on=US)]
    spice = measure(EmulatedInstrument(circuit, converter, 1), requests)
    twin = measure(board(1), requests)  # the same seed is the same noise in both
    difference = spice.records[0].read() - twin.records[0].read()
    assert np.std(difference) < 0.1 * np.std(twin.records[0].read())


def test_stored_records_are_played_back_and_nothing_else(measured):
    replay = ReplayInstrument(measured)
    again = measure(replay, REQUESTS)
    assert again.records == measured.records
    with pytest.raises(ConfigError, match="ask for that"):
        replay.start(replace(REQUESTS[2], n_samples=7))
    with pytest.raises(DataError, match="no record"):
        replay.start(replace(REQUESTS[2], name="none"))
    for refused in (lambda: replay.program(springs()), lambda: replay.set_noise(0.1), replay.read):
        with pytest.raises(ConfigError):
            refused()


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "other"},
        {"n_samples": 0},
        {"interval": 0.0},
        {"switched_on": 1.0},
        {"restarts": 2},
        {"clamped": (0.0,)},
    ],
)
def test_a_request_that_cannot_be_is_refused(wrong):
    with pytest.raises(ConfigError, match="requested record run"):
        replace(REQUESTS[2], **wrong)


def test_what_cannot_be_emulated_is_refused():
    one = board()
    with pytest.raises(ConfigError, match="call start"):
        one.read()
    for request, words in (
        (replace(REQUESTS[2], n_samples=10**9), "fewer samples"),
        (replace(REQUESTS[3], switched_on=-1.0), "preparation"),
        (replace(REQUESTS[1], clamped=(0.1,)), "give one for each"),
    ):
        one.start(request)
        with pytest.raises(ConfigError, match=words):
            one.read()
