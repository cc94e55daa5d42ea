"""Faults of records: each is found and named where it is planted, and only there."""

from dataclasses import replace

import numpy as np
import pytest

import hwkit
from hwkit.measured import Channel, EmulatedConverter, Measurement, Record, check_measurement
from hwkit.twin import simulate_boards
from tests.machines import random_machine

N, VOLT, SECOND = 8, 0.1, 1e-3
MODEL = random_machine(N, 1)
INTERVAL, REFINE = 0.1, 5  # in units of mu t; steps of the twin between samples
CONVERTERS = {
    "12 bits": EmulatedConverter(span=(-0.3, 0.3), bits=12),
    "8 bits": EmulatedConverter(span=(-0.3, 0.3), bits=8, bandwidth=16 / SECOND, gain=1.01,
                                offset=5e-3, jitter=0.02 * INTERVAL * SECOND),
    "common jitter": EmulatedConverter(span=(-0.3, 0.3), bits=10, common_jitter=True,
                                       jitter=0.02 * INTERVAL * SECOND),
    "floats": EmulatedConverter(span=(-0.3, 0.3), bits=None, noise=1e-3),
}  # fmt: skip


def twin_paths(n_paths, n_samples, seed=0, model=MODEL, refine=REFINE):
    """States of the twin's stationary machine on its grid, (paths, steps, N)."""
    design = hwkit.compile_model(model)
    dt, warm_up = INTERVAL / REFINE, 10.0
    t_final = warm_up + (n_samples + 2) * refine * dt
    steps = round(t_final / dt)
    runs = simulate_boards(design, steps * dt, dt, n_paths, seed, save_every=1)
    return runs.x[0][:, round(warm_up / dt) :]


def measurement(fine, n_samples, converter="12 bits", refine=REFINE, seed=0, **settings):
    """Convert one path of the twin to a stationary record."""
    step = SECOND * INTERVAL / REFINE
    times = refine * step * np.arange(n_samples)
    made = CONVERTERS[converter]
    volts = made.convert(VOLT * fine, step, step, times, np.random.default_rng(seed))
    record = Record("run", "stationary", volts, refine * step)
    channels = [Channel(f"CH{u + 1}", u, VOLT, 0.0) for u in range(N)]
    return Measurement(tuple(channels), (replace(record, **settings),), SECOND)


@pytest.fixture(scope="module")
def paths():
    return twin_paths(8, 3000)


@pytest.fixture(scope="module")
def clean(paths):
    return measurement(paths[0], 3000)


def changed(measured, change, **settings):
    """Return the measurement with volts that `change` alters in place."""
    record = measured.records[0]
    volts = record.read()
    volts = change(volts) if change else volts
    return replace(measured, records=(replace(record, table=volts, **settings),))


def only(findings, fault):
    """Return the findings of a fault; there must be no others."""
    assert {f.fault for f in findings} == {fault}, [str(f) for f in findings]
    assert all("\n" not in str(f) and len(str(f)) < 300 for f in findings)
    return findings


@pytest.mark.parametrize("converter", CONVERTERS)
def test_clean_records_have_no_findings(paths, converter):
    for seed, path in enumerate(paths[:3]):
        measured = measurement(path, 3000, converter, seed=seed)
        assert [str(f) for f in check_measurement(measured, MODEL)] == []


def test_clipping_is_found_without_a_known_range(clean):
    limit = np.quantile(clean.records[0].read()[:, 3], 0.98)

    def clip(volts):
        volts[:, 3] = np.minimum(volts[:, 3], limit)
        return volts

    [found] = only(check_measurement(changed(clean, clip), MODEL), "clipping")
    assert found.channels == ("CH4",)
    assert found.value == pytest.approx(0.02, rel=0.3)


def test_clipping_is_found_from_the_range_and_from_marks(clean):
    low = clean.records[0].read()[:, 0].min()
    spans = replace(clean.channels[0], span=(low + 0.02, 1.0))
    measured = replace(clean, channels=(spans, *clean.channels[1:]))
    assert only(check_measurement(measured), "clipping")[0].channels == ("CH1",)
    counts = (0,) * 5 + (7,) + (0,) * 2

    def mark(volts):
        volts[100:107, 5] = np.nan
        return volts

    found = only(check_measurement(changed(clean, mark, over_range=counts)), "clipping")
    assert [f.channels for f in found] == [("CH6",)]


def test_a_constant_channel_is_named_with_its_unit(clean):
    def stick(volts):
        volts[:, 2] = 0.05
        return volts

    [found] = only(check_measurement(changed(clean, stick)), "constant channel")
    assert "channel CH3 (unit 2)" in str(found)
    grounded = changed(clean, lambda volts: 0 * volts, kind="calibration")
    assert check_measurement(grounded) == ()


def test_missing_samples_are_counted(clean):
    def lose(volts):
        volts[100:112] = np.nan
        volts[500] = np.nan
        volts[700, 4] = np.nan
        return volts

    all_of_them, one = only(check_measurement(changed(clean, lose), MODEL), "dropped samples")
    assert "13 of 3,000" in all_of_them.words
    assert "up to 12 in a row" in all_of_them.words
    assert one.channels == ("CH5",)


def test_samples_that_repeat_are_found(clean):
    def hold(volts):
        for start in (100, 900, 1700):
            volts[start : start + 6] = volts[start]
        return volts

    [found] = only(check_measurement(changed(clean, hold)), "dropped samples")
    assert "15 of 3,000 samples repeat" in found.words


def test_samples_that_are_lost_without_a_mark_are_found(clean):
    def cut(volts):
        return np.vstack([volts[:1000], volts[1400:]])

    [found] = only(check_measurement(changed(clean, cut), MODEL), "dropped samples")
    assert "jump together" in found.words
    pieces = changed(clean, cut, segments=(1000, 1600))
    assert check_measurement(pieces, MODEL) == ()


@pytest.mark.parametrize("frequency", [50.0, 60.2, 100.0])
def test_hum_is_found_with_its_frequency(clean, frequency):
    """In 0.3 s, a line of 15 mV is about twice the limit; the signal's spread is 21 mV."""

    def hum(volts):
        t = clean.records[0].interval * np.arange(len(volts))
        volts[:, 1] += 15e-3 * np.sin(2 * np.pi * frequency * t + 1)
        return volts

    [found] = only(check_measurement(changed(clean, hum)), "mains hum")
    assert found.channels == ("CH2",)
    assert f"{round(frequency, -1):g} Hz" in found.words
    assert found.value == pytest.approx(15e-3, rel=0.3)
    assert check_measurement(changed(clean, hum), mains=()) == ()


def test_a_line_beside_the_mains_is_not_hum(clean):
    def tone(volts):
        t = clean.records[0].interval * np.arange(len(volts))
        volts[:, 1] += 30e-3 * np.sin(2 * np.pi * 111 * t)
        return volts

    assert check_measurement(changed(clean, tone)) == ()


def test_swapped_channels_are_found_from_the_machine(clean):
    def swap(volts):
        return volts[:, [0, 1, 5, 3, 4, 2, 6, 7]]

    [found] = only(check_measurement(changed(clean, swap), MODEL), "swapped channels")
    assert found.channels == ("CH3", "CH6")
    assert "CH3 shows unit 5" in found.words
    assert check_measurement(changed(clean, swap)) == ()  # without the machine it can't be known

    def turn(volts):
        return volts[:, [1, 2, 0, 3, 4, 5, 6, 7]]

    [found] = only(check_measurement(changed(clean, turn), MODEL), "swapped channels")
    assert found.channels == ("CH1", "CH2", "CH3")
    assert "CH1 shows unit 1, CH2 shows unit 2, CH3 shows unit 0" in found.words


def test_swapped_channels_are_found_from_a_calibration(clean):
    levels = 0.02 * np.arange(N)
    rng = np.random.default_rng(3)
    volts = levels + 1e-3 * rng.standard_normal((500, N))
    record = Record("levels", "calibration", volts, 1e-4, clamped=tuple(levels))
    measured = replace(clean, records=(record,))
    assert check_measurement(measured) == ()
    swapped = replace(record, table=volts[:, [0, 4, 2, 3, 1, 5, 6, 7]])
    [found] = only(check_measurement(replace(measured, records=(swapped,))), "swapped channels")
    assert found.channels == ("CH2", "CH5")


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_a_wrong_rate_is_found_from_drift_and_noise(clean, factor):
    record = clean.records[0]
    stated = changed(clean, None, interval=record.interval / factor)
    [found] = only(check_measurement(stated, MODEL, mains=()), "wrong rate")
    assert found.value == pytest.approx(factor, rel=0.3)


def test_hot_noise_alone_is_not_a_wrong_rate():
    hot = replace(MODEL, kT=1.5 * MODEL.kT)
    measured = measurement(twin_paths(1, 3000, model=hot)[0], 3000)
    assert check_measurement(measured, MODEL) == ()


def test_restarts_are_checked_after_they_are_switched_on(clean):
    volts = clean.records[0].read()
    volts[: 3000 // 2] += 0.1  # of no meaning before it is switched on
    pieces = volts.reshape(2, 10, 150, N).transpose(1, 0, 2, 3).reshape(-1, N)
    record = Record(
        "on", "switched", pieces, clean.records[0].interval, segments=(300,) * 10,
        switched_on=150 * clean.records[0].interval,
    )  # fmt: skip
    found = check_measurement(replace(clean, records=(record,)), MODEL)
    assert {f.fault for f in found} <= {"dropped samples"}  # the step that this test puts in


@pytest.mark.study
@pytest.mark.parametrize("refine", [5, 1])
def test_false_alarms_stay_below_one_in_a_hundred(refine):
    """300 records of 10 machines for each converter: at most 3 with findings."""
    alarms = {converter: [] for converter in CONVERTERS}
    for seed in range(10):
        model = random_machine(N, 100 + seed)
        for k, path in enumerate(twin_paths(30, 2000, seed, model, refine)):
            for converter, found in alarms.items():
                measured = measurement(path, 2000, converter, refine, 1000 * seed + k)
                found += [str(f) for f in check_measurement(measured, model)[:1]]
    counts = {converter: len(found) for converter, found in alarms.items()}
    print(counts)
    assert max(counts.values()) <= 3, alarms
