import os
import pickle

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given

from hwkit import ConfigError, DataError, load_model, save_model
from tests.machines import machines, random_machine, same_machine


@given(machines())
def test_models_round_trip_to_the_bit(tmp_path_factory, model):
    path = tmp_path_factory.mktemp("model") / "model.npz"
    save_model(model, path)
    back = load_model(path)
    assert same_machine(back, model)
    assert back.is_sparse == model.is_sparse
    shapes = [{k: v.shape for k, v in m.onsite.parameters().items()} for m in (model, back)]
    assert shapes[0] == shapes[1]


def test_the_name_of_the_file_is_kept(tmp_path):
    save_model(random_machine(3, 0), tmp_path / "machine.model")
    assert os.listdir(tmp_path) == ["machine.model"]


def test_files_hold_plain_arrays_of_the_documented_names(tmp_path):
    common = {
        "schema_version",
        "b",
        "kT",
        "mobility",
        "n_visible",
        "onsite",
        "onsite_J2",
        "onsite_J4",
    }
    for sparse, names in ((False, {"J"}), (True, {"J_data", "J_indices", "J_indptr"})):
        save_model(random_machine(4, 0, sparse=sparse), tmp_path / "model.npz")
        with np.load(tmp_path / "model.npz", allow_pickle=False) as archive:
            assert set(archive) == common | names
            assert archive["schema_version"] == 1
            assert archive["onsite"] == "quartic"


@pytest.fixture
def written(tmp_path):
    """A model file's path and its arrays, to be changed and written again."""
    path = tmp_path / "model.npz"
    save_model(random_machine(4, 0), path)
    with np.load(path) as archive:
        return path, dict(archive)


@pytest.mark.parametrize(
    "name", ["schema_version", "b", "kT", "mobility", "n_visible", "onsite", "J"]
)
def test_a_missing_entry_is_named(written, name):
    path, arrays = written
    del arrays[name]
    np.savez(path, **arrays)
    missing = "J_data" if name == "J" else name
    with pytest.raises(DataError, match=rf"model\.npz has no entry '{missing}'"):
        load_model(path)


CHANGES = [
    ({"schema_version": 3}, r"schema_version 3, but this hwkit reads 1; save the model again"),
    ({"schema_version": np.array([1, 1])}, r"schema_version must be one number"),
    ({"schema_version": "one"}, r"schema_version must be one number"),
    ({"onsite": "cubic"}, r"onsite energy 'cubic'; known: quartic"),
    ({"onsite_J6": 1.0}, r"holds no valid model"),
    ({"onsite_J4": -1.0}, r"holds no valid model: J4 of unit 0 is -1"),
    ({"kT": -1.0}, r"holds no valid model: kT is -1"),
    ({"kT": "cold"}, r"kT must be one number"),
    ({"kT": np.nan}, r"holds no valid model: kT is nan"),
    ({"n_visible": 9}, r"holds no valid model: n_visible is 9"),
    ({"n_visible": np.nan}, r"holds no valid model"),
    ({"n_visible": np.inf}, r"holds no valid model"),
    ({"n_visible": 2.5}, r"n_visible .*2\.5"),
    ({"b": np.zeros(3)}, r"holds no valid model: b has shape \(3,\)"),
    ({"b": np.array(["x"] * 4)}, r"holds no valid model"),
    ({"J": np.ones((4, 4))}, r"holds no valid model: J\[0, 0\] is 1"),
    ({"J": np.zeros((2, 4))}, r"holds no valid model: J has shape \(2, 4\)"),
]


@pytest.mark.parametrize(("change", "words"), CHANGES)
def test_an_entry_that_is_wrong_is_refused(written, change, words):
    path, arrays = written
    np.savez(path, **(arrays | change))
    with pytest.raises(DataError, match=words):
        load_model(path)


@pytest.mark.parametrize(
    "change",
    [
        {"J_indices": np.array([0, 99, 1, 2])},
        {"J_indices": np.array([0, -1, 1, 2])},
        {"J_indptr": np.array([0, 1])},
        {"J_indptr": np.array([0, 3, 1, 2, 4])},
        {"J_data": np.ones(2)},
        {"J_data": np.array(["a"] * 4)},
    ],
)
def test_a_damaged_sparse_matrix_is_refused(written, change):
    path, arrays = written
    del arrays["J"]
    ring = sp.csr_array(np.array([[0, 1.0, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]]))
    arrays |= {"J_data": ring.data, "J_indices": ring.indices, "J_indptr": ring.indptr}
    np.savez(path, **arrays)
    assert load_model(path).is_sparse
    np.savez(path, **(arrays | change))
    with pytest.raises(DataError, match=r"model\.npz holds no valid model"):
        load_model(path)


def test_pickles_are_refused_unread(written, tmp_path):
    class Bomb:
        def __reduce__(self):
            return (os.mkdir, (str(tmp_path / "exploded"),))

    path, arrays = written
    np.savez(path, **(arrays | {"onsite_J2": np.array([Bomb()], dtype=object)}))
    with pytest.raises(DataError, match=r"damaged, pickled or of another kind"):
        load_model(path)
    path.write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(DataError, match=r"damaged, pickled or of another kind"):
        load_model(path)
    assert not (tmp_path / "exploded").exists()


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 and then nothing"])
def test_files_of_another_kind_are_refused(tmp_path, content):
    path = tmp_path / "model.npz"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"model\.npz is not a model file"):
        load_model(path)


def test_a_single_array_is_refused(tmp_path):
    np.save(tmp_path / "model.npy", np.zeros((3, 3)))
    with pytest.raises(DataError, match=r"model\.npy is a single array, not a model file"):
        load_model(tmp_path / "model.npy")


def test_a_file_cut_short_or_with_flipped_bytes_is_refused(written):
    path, _ = written
    whole = path.read_bytes()
    for cut in range(0, len(whole), 97):
        path.write_bytes(whole[:cut])
        with pytest.raises(DataError, match=r"model\.npz"):
            load_model(path)
    for position in range(0, len(whole), 61):
        flipped = bytearray(whole)
        flipped[position] ^= 0xFF
        path.write_bytes(flipped)
        try:  # a flipped byte in a field that nobody reads does no harm
            model = load_model(path)
        except DataError:
            continue
        assert same_machine(model, random_machine(4, 0))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match=r"no model file at .*absent\.npz"):
        load_model(tmp_path / "absent.npz")


def test_nothing_half_written_when_saving_fails(tmp_path, monkeypatch):
    path = tmp_path / "model.npz"
    save_model(random_machine(3, 0), path)
    before = path.read_bytes()

    def fail(stream, **arrays):
        stream.write(b"half of it")
        raise OSError("no space left")

    monkeypatch.setattr(np, "savez", fail)
    with pytest.raises(ConfigError, match=r"model\.npz can't be written: no space left"):
        save_model(random_machine(5, 1), path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["model.npz"]


@pytest.mark.parametrize("name", ["onsite_self", "onsite_r"])
def test_a_parameter_that_the_onsite_energy_does_not_have_is_named(written, name):
    path, arrays = written
    np.savez(path, **arrays, **{name: 1.0})
    with pytest.raises(DataError, match=rf"an entry .{name}., but .* takes J2, J4 alone"):
        load_model(path)
