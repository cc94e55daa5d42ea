"""Files that look like tables of volts and are something else: read rightly, or refused."""

import h5py
import numpy as np
import pytest

from hwkit.errors import ConfigError, DataError
from hwkit.measured import read_measurement
from tests.measured.test_reading import described, read_one

ROWS = "\n".join(f"{2 * k},{k + 1.5},{k + 0.25}" for k in range(4))
VALUES = np.array([[k + 1.5, k + 0.25] for k in range(4)])


@pytest.mark.parametrize(
    ("head", "second", "volts"),
    [
        ("t,CH1 mV,CH2_mV", 1, [1e-3, 1e-3]),
        ("time_ms,a,b", 1e-3, [1, 1]),
        ("t in us,a: uV,b {kV}", 1e-6, [1e-6, 1e3]),
        ('t,"a, mV",b', 1, [1e-3, 1]),
        ("Time,a,b\nmilliseconds,millivolt,Volts", 1e-3, [1e-3, 1]),
        ("Time,a,b\nmsec,mVolt,V", 1e-3, [1e-3, 1]),
        ("t_s,alarms,items", 1, [1, 1]),
    ],
)
def test_units_without_brackets_are_read(tmp_path, head, second, volts):
    record = read_one(tmp_path, f"{head}\n{ROWS}\n", (2, 3), time=1)
    assert record.interval == pytest.approx(2 * second)
    np.testing.assert_allclose(record.read(), VALUES * volts)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("t,a,b\n" + "\n".join(f"{k},1,{k},2,5" for k in range(6)), "names 3 columns and holds 5"),
        ('"t\n(ms)","a\n(mV)","b\n(mV)"\n' + ROWS, "several lines"),
        ("t,a,b\n0,1,1\n1,2,2\n1,2,2\n2,3,3\n3,4,4\n", "samples 2 and the next"),
        ("t,a,b\n0,1,1\n1,2,2\n1.5,2,2\n2.5,3,3\n3.5,4,4\n", "whole numbers"),
        ("Time A,a,b,Time B\n" + "\n".join(f"{k},1,2,{2 * k}" for k in range(6)), "two time bases"),
        ("time,a,b,time\n" + "\n".join(f"{k},1,2,{2 * k}" for k in range(6)), "two time bases"),
    ],
)
def test_what_would_be_misread_is_refused(tmp_path, content, words):
    with pytest.raises(DataError, match=words):
        read_one(tmp_path, content, (2, 3), time=1)


def test_a_second_time_base_is_seen_behind_the_first_block(tmp_path, monkeypatch):
    monkeypatch.setattr("hwkit.measured.text_table._BLOCK_BYTES", 1 << 10)
    late = "\n".join(f"{k},1,2,{k if k < 900 else k + 3}" for k in range(1000))
    with pytest.raises(DataError, match="two time bases"):
        read_one(tmp_path, f"t (s),a,b,u (s)\n{late}\n", (2, 3), time=1)


def test_few_uneven_steps_are_told(tmp_path):
    times = [0, 1, 2, *np.arange(2.5, 400)]
    text = "t,a,b\n" + "\n".join(f"{t},1,2" for t in times)
    record = read_one(tmp_path, text, (2, 3), time=1)
    assert record.facts["steps of the times that are uneven"] == "1"


def test_the_marks_of_instruments_are_no_volts(tmp_path):
    text = "t,a,b\n0,9.9E+37,1\n1,1,9.91E+37\n2,-9.9E+37,1\n3,2,3\n"
    record = read_one(tmp_path, text, (2, 3), time=1)
    assert np.isnan(record.read()).tolist() == [[1, 0], [0, 1], [1, 0], [0, 0]]
    assert record.over_range == (2, 0)
    np.save(tmp_path / "run.npy", np.array([[np.inf, 1.0], [9.9e37, 2.0], [1.0, 3.0]]))
    measured = read_measurement(described(tmp_path, [{"file": "run.npy", "rate": 1.0}]))
    assert np.isnan(measured.records[0].read()).tolist() == [[1, 0], [1, 0], [0, 0]]


def test_resampling_that_fills_the_memory_is_refused(tmp_path):
    with pytest.raises(DataError, match="make it larger"):
        read_one(tmp_path, f"t,a,b\n{ROWS}\n", (2, 3), time=1, resample=1e-9)


def test_a_column_of_times_is_no_channel(tmp_path):
    with pytest.raises(DataError, match="both a channel"):
        read_one(tmp_path, f"t,a,b\n{ROWS}\n", (1, 2), time=1)


def _hdf5(folder, attributes, channels=(1, 2), **record):
    with h5py.File(folder / "run.h5", "w") as file:
        data = file.create_dataset("wave", data=np.arange(6, dtype=np.int16).reshape(3, 2))
        data.attrs.update(attributes)
    path = described(folder, [{"file": "run.h5"} | record], channels)
    return read_measurement(path).records[0]


def test_units_and_packing_of_an_hdf5_file_count(tmp_path):
    packed = {"dt": 1e-6, "scale_factor": 0.5, "add_offset": 1.0, "_FillValue": np.int16(3)}
    record = _hdf5(tmp_path, packed)
    np.testing.assert_allclose(record.read(), [[1, 1.5], [2, np.nan], [3, 3.5]])
    np.testing.assert_allclose(
        _hdf5(tmp_path, {"dt": 1.0, "units": "mV"}).read(1, 2), [[2e-3, 3e-3]]
    )
    named = {"dt": 1.0, "columns": np.array(["a (mV)", "b (uV)"], dtype=object)}
    record = _hdf5(tmp_path, named, ("a (mV)", 2))
    np.testing.assert_allclose(record.read(1, 2), [[2e-3, 3e-6]])
    with pytest.raises(DataError, match="contradict each other"):
        _hdf5(tmp_path, {"dt": 1e-3, "sample_rate": 1e6})
    with pytest.raises(DataError, match="in 'A'"):
        _hdf5(tmp_path, {"dt": 1e-3, "units": "A"})


def test_currents_of_a_raw_file_are_no_volts(tmp_path):
    head = "Title: t\nPlotname: Transient Analysis\nFlags: real\nNo. Variables: 3\nNo. Points: 3\n"
    head += "Variables:\n\t0\ttime\ttime\n\t1\tv(x0)\tvoltage\n\t2\ti(v1)\tcurrent\nValues:\n"
    content = head + "\n".join(f"{k}\t{k}.0\n\t1.0\n\t{k}.5" for k in range(3)) + "\n"
    with pytest.raises(DataError, match="in 'current'"):
        read_one(tmp_path, content, ("v(x0)", "i(v1)"), name="run.raw", time="time")


@pytest.mark.parametrize("value", ["true", "'0.1'"])
def test_a_text_is_no_number(tmp_path, value):
    with pytest.raises(ConfigError, match=r"volt is .*write"):
        read_one(tmp_path, f"t,a,b\n{ROWS}\n", (2, 3), time=1, top=f"volt = {value}")
