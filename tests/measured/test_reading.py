"""Traces as instruments write them, read into records; what can't be read is said in a sentence."""

import json

import h5py
import numpy as np
import pytest

from hwkit import Trajectories
from hwkit.errors import ConfigError, DataError, HwkitError
from hwkit.measured import read_measurement
from hwkit.netlist.waveforms import write_raw
from tests.measured.exports import EXPORTS

VOLTS = np.array([[0.001, -0.5], [0.002, np.nan], [0.003, 0.25]])


def described(folder, records, channels=(1, 2), top=""):
    """Write a description: records as dictionaries, channels as columns; return its path."""
    lines = [top]
    for unit, column in enumerate(channels):
        more = column if isinstance(column, dict) else {"column": column}
        lines.append("[[channels]]")
        lines += [f"{key} = {json.dumps(value)}" for key, value in ({"unit": unit} | more).items()]
    for record in records:
        given = {"name": "run", "kind": "stationary"} | record
        lines.append("[[records]]")
        lines += [f"{key} = {json.dumps(value)}" for key, value in given.items()]
    path = folder / "board.toml"
    path.write_text("\n".join(lines))
    return path


def read_one(folder, content, channels=(1, 2), name="run.csv", top="", **record):
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    measured = read_measurement(described(folder, [{"file": name} | record], channels, top))
    return measured.records[0]


@pytest.mark.parametrize("export", EXPORTS)
def test_every_export_gives_the_same_record(tmp_path, export):
    content, time, columns = EXPORTS[export]
    times = {} if time is None else {"time": time}
    record = read_one(tmp_path, content, columns, **times)
    np.testing.assert_allclose(record.read(), VOLTS, rtol=1e-12)
    assert record.interval == pytest.approx(2e-6)
    assert record.t0 == pytest.approx(0, abs=1e-12)
    assert record.over_range == ((0, 1) if "picoscope" in export else ())


def test_what_a_file_says_of_itself_is_told(tmp_path):
    record = read_one(tmp_path, EXPORTS["tektronix"][0], ("CH1", "CH2"), time="TIME")
    assert record.facts["Model"] == "DPO4054"
    assert "DPO4054" in repr(record)


def test_lost_samples_are_missing_and_restarts_are_pieces(tmp_path):
    times = [0, 1, 2, 5, 6, 0, 1, 2, 3, 5000, 5001]
    text = "t (us),v (mV)\n" + "\n".join(f"{t},{v}" for v, t in enumerate(times))
    record = read_one(tmp_path, text, (2,), time=1, kind="switched", switched_on=0.0)
    assert record.segments == (7, 4, 2)
    assert np.flatnonzero(np.isnan(record.read()[:, 0])).tolist() == [3, 4]
    assert record.read(7, 9)[:, 0].tolist() == [5e-3, 6e-3]
    assert record.interval == pytest.approx(1e-6)
    assert record.facts["samples lost, by the times"] == "2"


def test_the_interval_is_finer_than_the_digits_of_a_time(tmp_path):
    times = 1.25e-6 * np.arange(5000)
    text = "t,v\n" + "\n".join(f"{t:.7f},1.5" for t in times)
    record = read_one(tmp_path, text, (2,), time=1)
    assert record.interval == pytest.approx(1.25e-6, rel=1e-4)
    assert record.n_samples == 5000


def test_a_large_file_goes_through_blocks_and_a_temporary_file(tmp_path, monkeypatch):
    monkeypatch.setattr("hwkit.measured.spool._IN_MEMORY", 1000)
    monkeypatch.setattr("hwkit.measured.text_table._BLOCK_BYTES", 1 << 12)
    values = np.random.default_rng(1).normal(size=(3000, 2)).round(6)
    text = "t,a,b\n" + "\n".join(f"{k},{a},{b}" for k, (a, b) in enumerate(values.tolist()))
    record = read_one(tmp_path, text, (2, 3), time="t")
    assert isinstance(record.table, np.memmap)
    assert np.array_equal(record.read(), values)
    assert np.array_equal(np.vstack([b.volts for b in record.blocks(700)]), values)


def test_infinity_signs_survive_the_ends_of_reads(tmp_path, monkeypatch):
    monkeypatch.setattr("hwkit.measured.text_table._BLOCK_BYTES", 50)
    text = "t,a\n" + "\n".join(f"{k},{'∞' if k % 3 else 1.0}" for k in range(300))
    record = read_one(tmp_path, text, (2,), time="t")
    assert record.over_range == (200,)
    assert np.isnan(record.read()).sum() == 200


@pytest.mark.parametrize("name", ["run.npy", "run.npz", "run.h5"])
def test_arrays_are_read_where_they_are(tmp_path, name):
    codes = np.arange(-6, 6, dtype=np.int16).reshape(6, 2)
    if name.endswith("npy"):
        np.save(tmp_path / name, codes)
    elif name.endswith("npz"):
        np.savez(tmp_path / name, scale=1.0, wave=codes)
    else:
        with h5py.File(tmp_path / name, "w") as file:
            data = file.create_dataset("wave", data=codes, chunks=(2, 2))
            data.attrs["sample_rate"] = 1e6
    channels = [{"column": 2, "factor": 0.5}, {"column": 1, "values": "mV"}]
    interval = {} if name.endswith("h5") else {"rate": 1e6}
    record = read_measurement(described(tmp_path, [{"file": name} | interval], channels)).records[0]
    assert np.allclose(record.read(2, 4), [[-0.5, -2e-3], [0.5, 0.0]])
    assert record.interval == pytest.approx(1e-6)
    assert not isinstance(record.table, np.ndarray)  # read when asked for


def test_spice_waveforms_with_uneven_steps_are_interpolated_if_asked(tmp_path):
    t = np.array([0.0, 1.0, 1.5, 3.0, 4.0])
    write_raw(Trajectories(t, np.stack([t, 2 * t], axis=1)[None]), tmp_path / "run.raw")
    base = {"file": "run.raw", "time": "time"}
    with pytest.raises(DataError, match="resample"):
        read_measurement(described(tmp_path, [base], (2, 3)))
    path = described(tmp_path, [base | {"resample": 0.5}], (2, 3))
    record = read_measurement(path).records[0]
    assert np.allclose(record.read(), 0.5 * np.arange(9)[:, None] * [1, 2])


def test_a_channel_a_file(tmp_path):
    for name, shift in (("a.csv", 0), ("b.csv", 10)):
        (tmp_path / name).write_text("t,v\n" + "\n".join(f"{k},{k + shift}" for k in range(9)))
    path = described(tmp_path, [{"file": ["a.csv", "b.csv"], "time": "t"}], (2, 2))
    with pytest.raises(DataError, match="two channels"):  # of one name
        read_measurement(path)
    channels = [{"column": 2, "name": "A"}, {"column": 2, "name": "B"}]
    path = described(tmp_path, [{"file": ["a.csv", "b.csv"], "time": "t"}], channels)
    assert read_measurement(path).records[0].read(3, 4).tolist() == [[3.0, 13.0]]
    (tmp_path / "b.csv").write_text("t,v\n" + "\n".join(f"{1.1 * k},{k}" for k in range(9)))
    with pytest.raises(DataError, match="two time bases"):
        read_measurement(path)
    (tmp_path / "b.csv").write_text("t,v\n0,1\n1,2\n")
    with pytest.raises(DataError, match="equally many"):
        read_measurement(path)


def test_scales_and_kinds_come_from_the_description(tmp_path):
    (tmp_path / "a.csv").write_text("t,v,w\n" + "\n".join(f"{k},{k},{-k}" for k in range(8)))
    channels = [{"column": "v", "volt": 0.2, "span": [-1.0, 1.0]}, {"column": "w", "offset": 0.1}]
    records = [
        {"name": "ground", "kind": "calibration", "file": "a.csv", "time": "t", "clamped": 0.0},
        {"name": "on", "kind": "switched", "file": "a.csv", "rate": 2.0, "segment": 4,
         "switched_on": 1.0},
    ]  # fmt: skip
    measured = read_measurement(described(tmp_path, records, channels, "volt = 0.5\nsecond = 1e-3"))
    assert [c.volt for c in measured.channels] == [0.2, 0.5]
    assert measured.channels[0].span == (-1.0, 1.0)
    assert measured.second == 1e-3
    assert measured.record("ground").clamped == (0.0, 0.0)
    assert measured.record("on").segments == (4, 4)
    assert measured.record("on").interval == 0.5


LINES = "\n".join(f"{k},{k},{k}" for k in range(40))


@pytest.mark.parametrize(
    ("content", "settings", "words"),
    [
        ("t,v,w\n" + LINES + "\n1,2\n", {}, "line 42 has 2 columns, the others have 3"),
        ("t,v,w\n" + LINES + "\n40,x,2\n", {}, "'x' in line 42"),
        ("t,v,w\n0,1,2\n0.1,1,2\n0.5,1,2\n7.77,1,2\n8,1,2\n8.31,1,2\n", {}, "resample"),
        ("t,v,w\n1,1,2\n1,1,2\n1,1,2\n", {}, "don't increase"),
        ("t (s),v,w,t2 (s)\n0,1,1,0\n1,1,1,1.5\n2,3,1,3\n", {}, "two time bases"),
        ("t,v,w\n" + LINES, {"columns": [2, "v"]}, "two channels take column 2"),
        ("t,v,w\n" + LINES, {"interval": 1.5}, "correct one of them"),
        ("t,v,w\n" + LINES, {"time": None}, "give `time`"),
        ("t,v,w\n" + LINES, {"time": "T"}, "no column 'T'"),
        ("t,v,w\n" + LINES, {"time": 7}, "no column 7"),
        ("t (kg),v,w\n" + LINES, {}, "time_values"),
        ("t,v (A),w\n" + LINES, {}, "such as \"mV\""),
        ("t,v,v\n" + LINES, {"columns": ["v", "v"]}, "give its number"),
        ("t,v,w\n" + LINES, {"segment": 7}, "whole number of segments"),
        ("t,v\n0,5,1,25\n1,0,1,50\n1,5,1,75\n", {}, "can't be told"),
        ("no numbers\nhere\n", {}, "no column of numbers"),
        ("", {}, "it is empty"),
        ("t,v,w\n" + LINES, {"kind": "switched"}, "give switched_on"),
        ("t,v,w\n" + LINES, {"clamped": 1.0}, "clamped changes nothing"),
        ("t,v,w\n" + LINES, {"kind": "calibration", "clamped": [1.0]}, "one for each channel"),
        ("t,v,w\n" + LINES, {"array": "x"}, "leave `array` out"),
        ("t,v,w\n" + LINES, {"gauge": 1}, "not a setting"),
        ("t,v,w\n" + LINES, {"time_values": "mV"}, "ms"),
    ],
)  # fmt: skip
def test_bad_input_gets_one_sentence(tmp_path, content, settings, words):
    given = {"time": 1} | settings
    given = {name: value for name, value in given.items() if value is not None}
    with pytest.raises(HwkitError) as caught:
        read_one(tmp_path, content, (2, 3), **given)
    text = str(caught.value)
    assert words in text
    assert text.count("\n") == 0
    assert len(text) < 400


def test_a_rate_that_the_preamble_contradicts_is_refused(tmp_path):
    with pytest.raises(DataError, match="gives 2e-06 s"):
        read_one(tmp_path, EXPORTS["siglent"][0], ("CH1", "CH2"), rate=1e6)


@pytest.mark.parametrize("name", ["run.npy", "run.npz", "run.h5"])
def test_damaged_and_unfit_arrays_are_refused(tmp_path, name):
    with pytest.raises(DataError, match="can't be read"):
        read_one(tmp_path, b"\x93NUMPYwhatever" + bytes(50), name=name, rate=1.0)
    if name == "run.npz":
        np.savez(tmp_path / name, a=np.zeros((2, 2)), b=np.zeros((2, 2)))
        words = "which with `array`"
    elif name == "run.npy":
        np.save(tmp_path / name, np.zeros((2, 2), dtype=complex))
        words = "not a table of numbers"
    else:
        with h5py.File(tmp_path / name, "w") as file:
            file["wave"] = h5py.ExternalLink("/etc/passwd", "x")
        words = "0 arrays"
    with pytest.raises(DataError, match=words):
        read_measurement(described(tmp_path, [{"file": name, "rate": 1.0}]))


def test_a_missing_description_is_a_sentence(tmp_path):
    with pytest.raises(ConfigError, match="measurement file"):
        read_measurement(tmp_path / "none.toml")
