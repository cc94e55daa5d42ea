"""Values of every kind that Python has, given for the numbers and names of a machine."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from hwkit import (
    Convention,
    DataError,
    EnergyModel,
    HwkitError,
    clamp_units,
    import_ising,
    import_model,
)

J = np.array([[0, 0.5, -0.25], [0.5, 0, 1], [-0.25, 1, 0]])
B = np.array([0.1, -0.2, 0.3])
PAIRS = np.array([0, 0, 1, 1]), np.array([1, 1, 0, 0])


@pytest.mark.parametrize("kind", [sp.coo_array, sp.csr_array, sp.coo_matrix])
@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int64, np.float32])
def test_entries_given_twice_add_up_without_wrapping_round(kind, dtype):
    matrix = kind((np.full(4, 100, dtype), PAIRS), shape=(2, 2))
    twice = sp.coo_array((np.full(4, 100, dtype), PAIRS), shape=(2, 2))
    for model in (EnergyModel(twice, [0, 0]), import_model(twice)):
        assert model.pairs()[2].tolist() == [200.0]
    whole = np.int64(matrix.toarray()[0, 1])  # what scipy had made of it before
    assert EnergyModel(matrix, [0, 0]).pairs()[2].tolist() in ([200.0], [float(whole)])


@pytest.mark.parametrize(
    "labelled",
    [
        (J, pd.Series(B, index=[2, 0, 1])),
        (J, pd.Series(B, index=["c", "a", "b"])),
        (pd.DataFrame(J, index=[2, 0, 1]), B),
        (pd.DataFrame(J, columns=["a", "b", "c"]), B),
    ],
)
def test_labels_that_would_be_lost_are_refused(labelled):
    for read in (lambda pair: EnergyModel(*pair), import_model):
        with pytest.raises(DataError, match=r"has the labels .*go by place.*to_numpy\(\)"):
            read(labelled)
    with pytest.raises(DataError, match="has the labels"):
        import_model(dict(zip("Jb", labelled, strict=True)))


def test_tables_of_pandas_that_only_count_are_read():
    model = EnergyModel(pd.DataFrame(J), pd.Series(B))
    assert np.array_equal(model.J, J)
    assert np.array_equal(import_model((pd.DataFrame(J), pd.Series(B))).b, B)


@pytest.mark.parametrize(
    "states",
    [
        ["1", "2", "3"],
        [1j, 0, 0],
        [None, 1, 2],
        np.ma.masked_equal([1.0, 2, 3], 2),
        np.array([1, 2, 3], "M8[s]"),
        pd.DataFrame([[1, 2, 3]], columns=["x2", "x0", "x1"]),
    ],
)
def test_states_are_real_numbers_by_place(states):
    model = EnergyModel(J, B)
    for look in (model.energy, model.force):
        with pytest.raises(DataError, match="states"):
            look(states)


@pytest.mark.parametrize("value", ["0.1", None, [0.1], np.array([0.1]), 1j, True, np.nan, 10**400])
@pytest.mark.parametrize("name", ["kT", "mobility"])
def test_scalars_are_numbers(name, value):
    with pytest.raises(DataError, match=f"{name} is .*; it must be a number above 0"):
        EnergyModel(J, B, **{name: value})


@pytest.mark.parametrize(
    "given",
    [
        {"n_visible": "2"},
        {"n_visible": True},
        {"n_visible": [2]},
        {"onsite": "quartic"},
        {"onsite": 1.0},
        {"names": {"a", "b", "c"}},
    ],
)
def test_what_is_no_part_of_a_machine_is_refused(given):
    with pytest.raises(DataError):
        EnergyModel(J, B, **given)


@pytest.mark.parametrize("unit", [None, (0,), float("nan"), True, 0.5, -1])
def test_a_unit_is_named_or_counted(unit):
    with pytest.raises(DataError, match="can't be clamped"):
        clamp_units(EnergyModel(J, B), {unit: 1.0})


@pytest.mark.parametrize("given", [{"kT": "1"}, {"barrier": "1"}, {"barrier": True}])
def test_an_ising_energy_takes_numbers(given):
    with pytest.raises(DataError, match="it must be a number above 0"):
        import_ising({0: 1.0}, {(0, 1): 1.0}, **given)


def test_an_edge_has_one_coupling():
    graph = nx.Graph()
    graph.add_edge(0, 1, J=np.array([0.5, 0.25]))
    with pytest.raises(DataError, match="several values"):
        import_model(graph)


@pytest.mark.parametrize("given", [{"in_kT": "no"}, {"in_kT": None}, {"sign": "1"}, {"sign": 2}])
def test_a_convention_says_yes_or_no(given):
    with pytest.raises(HwkitError, match="is not a convention"):
        Convention(**given)
