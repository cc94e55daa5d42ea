import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwkit import DataError, Trajectories


def some(n_runs=3, n_times=4, n_units=2, failed=()):
    x = np.random.default_rng(1).standard_normal((n_runs, n_times, n_units))
    x[list(failed)] = np.nan
    failures = {run: f"run {run} stopped" for run in failed}
    return Trajectories(np.arange(n_times) * 0.5, x, failures, {"simulator": "none", "dt": 0.5})


@given(
    shape=st.tuples(st.integers(1, 5), st.integers(1, 6), st.integers(1, 4)),
    failed=st.sets(st.integers(0, 4)),
)
def test_files_round_trip(tmp_path_factory, shape, failed):
    runs = some(*shape, failed={run for run in failed if run < shape[0]})
    path = tmp_path_factory.mktemp("runs") / "trajectories.nc"
    runs.save(path)
    back = Trajectories.load(path)
    assert np.array_equal(back.t, runs.t)
    assert np.array_equal(back.x, runs.x, equal_nan=True)
    assert back.failures == runs.failures
    assert back.attributes == runs.attributes


def test_the_same_runs_give_the_same_bytes(tmp_path):
    digests = set()
    for name in ("a.nc", "b.nc"):
        some(failed=[1]).save(tmp_path / name)
        digests.add(hashlib.sha256((tmp_path / name).read_bytes()).hexdigest())
    assert len(digests) == 1


def test_failed_runs_count_and_are_marked():
    runs = some(n_runs=4, failed=[2])
    assert runs.n_trajectories == 4
    assert runs.n_units == 2
    assert runs.completed.tolist() == [True, True, False, True]
    assert runs.final.shape == (4, 2)
    data = runs.to_xarray()
    assert dict(data.sizes) == {"run": 4, "time": 4, "unit": 2}
    assert data["failure"].values.tolist() == ["", "", "run 2 stopped", ""]


def test_states_that_are_not_finite_need_a_failure():
    x = np.zeros((3, 2, 2))
    x[1, 1, 0] = np.inf
    with pytest.raises(DataError, match="run 1 has states that are not finite"):
        Trajectories(np.array([0.0, 1.0]), x)


@pytest.mark.parametrize(("times", "shape"), [(3, (2, 2, 2)), (2, (2, 2)), (2, (2, 3, 2))])
def test_shapes_that_do_not_fit_are_refused(times, shape):
    with pytest.raises(DataError, match=r"don't fit times .* expected \(runs, times, units\)"):
        Trajectories(np.zeros(times), np.zeros(shape))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match=r"no trajectories file at .*absent\.nc"):
        Trajectories.load(tmp_path / "absent.nc")


@pytest.mark.parametrize("content", [b"", b"not netCDF at all", b"\x89HDF\r\n\x1a\n" + b"\0" * 40])
def test_a_damaged_file_is_refused(tmp_path, content):
    path = tmp_path / "trajectories.nc"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"trajectories\.nc is not a trajectories file"):
        Trajectories.load(path)


def test_another_netcdf_file_is_refused(tmp_path):
    path = tmp_path / "other.nc"
    some().to_xarray().drop_vars("x").to_netcdf(path, engine="h5netcdf")
    with pytest.raises(DataError, match=r"other\.nc is not a trajectories file"):
        Trajectories.load(path)


def test_a_file_cut_short_is_refused(tmp_path):
    path = tmp_path / "trajectories.nc"
    some(n_runs=20).save(path)
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(DataError, match=r"trajectories\.nc is not a trajectories file"):
        Trajectories.load(path)


def test_nothing_is_left_behind_when_saving_fails(tmp_path):
    runs = Trajectories(np.zeros(1), np.zeros((1, 1, 1)), attributes={"bad": object()})
    with pytest.raises(TypeError):
        runs.save(tmp_path / "trajectories.nc")
    assert list(tmp_path.iterdir()) == []


def test_first_runs_keep_their_failures_and_leave_the_others():
    x = np.zeros((4, 2, 3))
    x[[1, 3]] = np.nan
    runs = Trajectories(np.array([0.0, 1.0]), x, {1: "hung", 3: "killed"}, {"seed": 5})
    some = runs.first(2)
    assert some.n_trajectories == 2
    assert some.failures == {1: "hung"}
    assert some.seeds == (5,)


@pytest.mark.parametrize("times", [[1.0, 0.0], [0.0, 0.0], [0.0, np.nan], [0.0, np.inf]])
def test_times_increase(times):
    with pytest.raises(DataError, match="the times are not finite and increasing"):
        Trajectories(np.array(times), np.zeros((1, 2, 1)))


@pytest.mark.parametrize(
    "states", [np.zeros((1, 2, 1)) * 1j, np.full((1, 2, 1), "0"), np.ma.masked_all((1, 2, 1))]
)
def test_states_are_real_numbers(states):
    with pytest.raises(DataError, match="x must hold real numbers only"):
        Trajectories(np.array([0.0, 1.0]), states)


def test_lists_are_states_too():
    runs = Trajectories([0, 1], [[[0], [1]]])
    assert runs.x.dtype == runs.t.dtype == np.float64


@pytest.mark.parametrize("run", [3, -1, "0", 0.0, True])
def test_failures_name_runs(run):
    with pytest.raises(DataError, match="failures name run"):
        Trajectories(some().t, some().x, {run: "stopped"})


@pytest.mark.parametrize("n", [0, -1, 1.5, "1", None, True])
def test_the_first_runs_are_counted(n):
    with pytest.raises(DataError, match="the number of runs is"):
        some().first(n)
