"""Files of trajectories that are not what they say: each was a finding of the fuzzer."""

import h5py
import numpy as np
import pytest

from hwkit import DataError, Trajectories


def saved(folder, **other):
    path = folder / "runs.nc"
    x = np.linspace(-1, 1, 12).reshape(2, 3, 2)
    Trajectories(np.arange(3.0), x, **({"attributes": {"seed": 5}} | other)).save(path)
    return path


def replaced(folder, name, **how):
    """Return a file with another array of some name."""
    path = saved(folder)
    with h5py.File(path, "r+") as file:
        del file[name]
        if how:
            file.create_dataset(name, **how)
    return path


LONG = {"chunks": (8, 8, 8), "compression": "gzip"}


@pytest.mark.parametrize(
    ("name", "how", "words"),
    [
        ("x", {}, "it has no 'x'"),
        ("failure", {}, "it has no 'failure'"),
        ("x", {"data": np.zeros((2, 3, 2), int)}, "'x' holds packed numbers or none"),
        ("x", {"data": np.zeros((2, 3, 2), complex)}, "'x' holds packed numbers or none"),
        ("x", {"data": h5py.Empty("f8")}, "'x' is not an array of this file"),
        ("x", {"data": np.zeros((2, 3, 0))}, "holds no states"),
        ("x", {"shape": (10**5, 10**4, 10**4), "dtype": "f8", **LONG}, "would unpack to 8e"),
        # stored in 60 MB at most, but read as doubles
        ("x", {"shape": (300, 10**3, 10**2), "dtype": "f2", **LONG}, "would unpack to 240 MB"),
        ("time", {"data": np.zeros((3, 1))}, "don't fit times of shape"),
        ("failure", {"data": np.zeros(2)}, "not a list of 2 texts"),
        ("failure", {"data": ["", "", "late"]}, "not a list of 2 texts"),
    ],
)
def test_arrays_that_are_no_trajectories(tmp_path, name, how, words):
    with pytest.raises(DataError, match=words):
        Trajectories.load(replaced(tmp_path, name, **how))


def test_nothing_of_other_files_is_read(tmp_path):
    other, path = saved(tmp_path).rename(tmp_path / "other.nc"), saved(tmp_path)
    with h5py.File(path, "r+") as file:
        del file["x"]
        file["x"] = h5py.ExternalLink(str(other), "/x")
        assert file["x"].shape == (2, 3, 2)  # control: the library itself would
    with pytest.raises(DataError, match="'x' is not an array of this file"):
        Trajectories.load(path)
    layout = h5py.VirtualLayout((2, 3, 2), "f8")
    layout[:] = h5py.VirtualSource(other, "x", (2, 3, 2))
    with h5py.File(path, "r+") as file:
        del file["x"]
        file.create_virtual_dataset("x", layout)
    with pytest.raises(DataError, match="'x' lies in other files"):
        Trajectories.load(path)
    stored = [(str(other), 0, 96)]
    path = replaced(tmp_path, "x", shape=(2, 3, 2), dtype="f8", external=stored)
    with pytest.raises(DataError, match="'x' lies in other files"):
        Trajectories.load(path)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("seed", "five", "'seed' is not a number"),
        ("seed", 0.5, "'seed' is not a number"),
        ("dt", [0.1, 0.2], "'dt' is not text or a number"),
        ("note", np.bytes_(b"\xff"), "it is not a UTF-8 text file"),
    ],
)
def test_attributes_that_are_no_text_and_no_number(tmp_path, name, value, words):
    path = saved(tmp_path)
    with h5py.File(path, "r+") as file:
        file.attrs[name] = value
    with pytest.raises(DataError, match=words):
        Trajectories.load(path)


def test_texts_whose_lengths_can_not_be_are_refused_at_once(tmp_path):
    """HDF5 2.0 read such a file without end."""
    content = saved(tmp_path, failures={1: "stopped"}).read_bytes()
    heap = content.index(b"GCOL")
    path = tmp_path / "damaged.nc"
    for bit in (0x00, 0xFF):
        path.write_bytes(content[: heap + 24] + bytes([bit] * 8) + content[heap + 32 :])
        with pytest.raises(DataError, match=r"texts are damaged|damaged or of another kind"):
            Trajectories.load(path)


def test_many_runs_that_share_a_long_text_are_refused(tmp_path):
    path, n = saved(tmp_path), 3000
    with h5py.File(path, "r+") as file:
        del file["x"], file["failure"]
        file["x"] = np.zeros((n, 3, 2))
        failure = file.create_dataset("failure", n, h5py.string_dtype())
        failure[0] = "a" * 50_000
        place = failure.id.get_offset()
    content = path.read_bytes()
    shared = content[place : place + 16] * n  # length, heap, index
    path.write_bytes(content[:place] + shared + content[place + len(shared) :])
    with pytest.raises(DataError, match="texts of over 100 MB"):
        Trajectories.load(path)


def test_what_describes_the_axes_does_no_harm(tmp_path):
    """The library ended the process over some of these; they are not looked at."""
    path = saved(tmp_path)
    with h5py.File(path, "r+") as file:
        file["x"].attrs["DIMENSION_LIST"] = np.zeros((2, 2))
        file["time"].attrs["units"] = "days since 9999-99-99"
        file["time"].attrs["CLASS"] = 5
    assert Trajectories.load(path).x[0, 0, 0] == -1.0


def test_what_xarray_wrote_is_read(tmp_path):
    runs = Trajectories.load(saved(tmp_path))
    how = {"x": {"zlib": True, "dtype": "f4"}}
    runs.to_xarray().to_netcdf(tmp_path / "xarray.nc", engine="h5netcdf", encoding=how)
    back = Trajectories.load(tmp_path / "xarray.nc")
    assert back.x.dtype == np.float64
    assert np.array_equal(back.x, runs.x.astype(np.float32))
    assert back.seeds == (5,)
    packed = {"x": {"dtype": "i2", "scale_factor": 1e-3, "_FillValue": -1}}
    runs.to_xarray().to_netcdf(tmp_path / "packed.nc", engine="h5netcdf", encoding=packed)
    with pytest.raises(DataError, match="'x' holds packed numbers"):
        Trajectories.load(tmp_path / "packed.nc")
