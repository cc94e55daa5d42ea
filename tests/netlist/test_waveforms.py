import subprocess

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spicelib import RawRead

from hwkit import DataError, Scale, Trajectories, simulate_langevin
from hwkit.netlist import read_raw, write_raw
from tests.machines import random_machine


@pytest.fixture
def runs():
    return simulate_langevin(random_machine(3, 0), 1.0, 0.01, 2, seed=1, save_every=10)


def test_volts_over_seconds(runs, tmp_path):
    path = tmp_path / "waves.raw"
    write_raw(runs, path, Scale(volt=0.2, second=1e-3), ["left eye", "b", "c"], mobility=2.0)
    plots = read_raw(path)
    assert [plot.title for plot in plots] == ["hwkit run 0", "hwkit run 1"]
    assert plots[0].names == ("time", "v(u_left_eye)", "v(u_b)", "v(u_c)")
    for run, plot in enumerate(plots):
        np.testing.assert_allclose(plot["time"], runs.t * 2e-3)
        np.testing.assert_allclose(plot.values[1:], 0.2 * runs.x[run].T)


@settings(max_examples=30)
@given(st.integers(1, 3), st.integers(1, 7), st.integers(1, 5), st.integers(0, 2**32 - 1))
def test_round_trip_to_the_bit(tmp_path_factory, n_runs, n_times, n_units, seed):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n_runs, n_times, n_units)) * 10.0 ** rng.integers(-300, 300)
    path = tmp_path_factory.mktemp("raw") / "waves.raw"
    write_raw(Trajectories(np.arange(float(n_times)), x), path)
    back = np.stack([plot.values[1:].T for plot in read_raw(path)])
    np.testing.assert_array_equal(back, x)


def test_spicelib_reads_the_same(runs, tmp_path):
    path = tmp_path / "waves.raw"
    write_raw(runs, path, Scale(), runs=[1])
    raw = RawRead(str(path), dialect="ngspice", verbose=False)
    assert [name.lower() for name in raw.get_trace_names()] == ["time", "v(x0)", "v(x1)", "v(x2)"]
    np.testing.assert_array_equal(raw.get_trace("v(x1)").get_wave(), 0.1 * runs.x[1, :, 1])


@pytest.mark.spice
def test_ngspice_reads_the_same(runs, tmp_path):
    write_raw(runs, tmp_path / "waves.raw", Scale(), runs=[1])
    script = "title\n.control\nload waves.raw\nset numdgt=15\nprint v(x2)[10]\nquit\n.endc\n.end\n"
    (tmp_path / "show.cir").write_text(script)
    done = subprocess.run(
        ["ngspice", "-b", "show.cir"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    [line] = [line for line in done.stdout.splitlines() if line.startswith("v(x2)[10]")]
    assert float(line.split("=")[1]) == pytest.approx(0.1 * runs.x[1, 10, 2], rel=1e-12)


def test_failed_runs_are_left_out(tmp_path):
    x = np.ones((2, 1, 1))
    x[0] = np.nan
    runs = Trajectories(np.zeros(1), x, {0: "it ran away"})
    write_raw(runs, tmp_path / "waves.raw")
    assert [plot.title for plot in read_raw(tmp_path / "waves.raw")] == ["hwkit run 1"]
    for run in (0, 2, -1):
        with pytest.raises(DataError, match=f"run {run} can't be written"):
            write_raw(runs, tmp_path / "waves.raw", runs=[run])


def test_names_must_fit(runs, tmp_path):
    with pytest.raises(DataError, match="2 names, but the trajectories have 3 units"):
        write_raw(runs, tmp_path / "waves.raw", names=["a", "b"])


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(DataError, match="can't be read"):
        read_raw(tmp_path / "waves.raw")


@settings(max_examples=150)
@given(st.data())
def test_a_damaged_file_gives_plots_or_a_refusal(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("raw") / "waves.raw"
    write_raw(Trajectories(np.arange(3.0), np.ones((2, 3, 2))), path)
    raw = path.read_bytes()
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(raw)))
        end = start + data.draw(st.integers(0, 30))
        raw = raw[:start] + data.draw(st.binary(max_size=8)) + raw[end:]
    path.write_bytes(raw)
    try:
        plots = read_raw(path)
    except DataError:
        return
    assert all(plot.values.shape[0] == len(plot.names) for plot in plots)
