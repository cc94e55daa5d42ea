import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwkit import DataError, EnergyModel, load_model, save_model
from tests.machines import random_machine
from tests.names import HOSTILE, named, odd_names


def test_units_without_names_are_counted():
    model = random_machine(3, 0)
    assert model.names is None
    assert model.unit_names == ("x0", "x1", "x2")


@given(st.lists(odd_names, min_size=1, max_size=8, unique=True))
def test_names_round_trip_to_the_letter(tmp_path_factory, names):
    model = named(random_machine(len(names), 0), names)
    assert model.names == model.unit_names == tuple(names)
    path = tmp_path_factory.mktemp("model") / "model.npz"
    save_model(model, path)
    assert load_model(path).names == tuple(names)


def test_the_hostile_ones_all_differ():
    assert len(set(HOSTILE)) == len(HOSTILE)


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["a"], r"there are 1 names, but the model has 2 units"),
        ("ab", r"there are 2 names"),
        (["a", 1], r"the name of unit 1 is 1; it must be text"),
        (["a", ""], r"the name of unit 1 has 0 characters; give 1 to 200"),
        (["n" * 201, "b"], r"the name of unit 0 has 201 characters"),
        (["a\0", "b"], r"the name of unit 0 is 'a\\x00'; a character in it can't be stored"),
        (["a", "\ud800"], r"the name of unit 1 is '\\ud800'; a character in it"),
        (["a", "a"], r"units 0 and 1 have the same name 'a'; rename one of them"),
    ],
)
def test_what_is_no_name_is_refused(names, words):
    with pytest.raises(DataError, match=words):
        EnergyModel(np.zeros((2, 2)), np.zeros(2), names=names)


@pytest.mark.parametrize("names", [np.array(3), np.arange(2), np.array(["a", "a"])])
def test_a_file_with_other_names_is_refused(tmp_path, names):
    path = tmp_path / "model.npz"
    save_model(random_machine(2, 0), path)
    with np.load(path) as archive:
        arrays = dict(archive)
    np.savez(path, **arrays, names=names)
    with pytest.raises(DataError, match="holds no valid model"):
        load_model(path)
