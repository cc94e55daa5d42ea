"""Problems and numbers of others keep their meaning, or are refused by name."""

import itertools
import json
import struct

import networkx as nx
import numpy as np
import pytest
import scipy.sparse as sp

import hwkit
from hwkit import DataError
from hwkit.model import binary, clamp_units, from_graph, import_ising, import_qubo
from hwkit.numbers import doubles, plain_count, plain_number
from tests.hardening.problems import problems


def test_energies_equal_the_dictionary():
    found = problems(400, 5)
    assert [kind for kind, is_wrong in found if is_wrong] == []
    assert len({kind for kind, _ in found}) == 24


def test_the_campaign_notices_labels_that_are_permuted(monkeypatch):
    right = binary._labels

    def permuted(h, J):
        labels, names = right(h, J)
        return (labels[::-1], names) if names is None else (labels, names)

    monkeypatch.setattr(binary, "_labels", permuted)
    assert any(is_wrong for _, is_wrong in problems(200, 5))


def test_numbers_in_any_order_are_the_units_numbers():
    np.testing.assert_array_equal(import_ising({2: 1.0, 0: 0.5, 1: 0.0}, {}).b, [0.5, 0, 1])
    model = import_ising({3: 0.7}, {(0, 3): -1.0, (1, 2): 2.0})
    rows, columns, values = model.pairs()
    assert list(zip(rows, columns, values, strict=True)) == [(0, 3, -1.0), (1, 2, 2.0)]
    assert model.names is None
    q = {(2, 2): -1.0, (0, 2): 2.0, (1, 1): 0.5}
    bits, apart = import_qubo(q), []
    for x in itertools.product([0, 1], repeat=3):
        wanted = sum(v * x[a] * x[b] for (a, b), v in q.items())
        apart.append(float(bits.energy(2 * np.array(x, dtype=float) - 1)) - wanted)
    assert np.ptp(apart) < 1e-12


def test_a_unit_is_held_by_its_name_first():
    bonds = {("1", "2"): 1.0, ("1", "3"): -1.0, ("2", "3"): 0.5, ("3", "4"): 0.25}
    model = import_ising({}, bonds)
    held = clamp_units(model, {"1": 1.0})
    assert held.names == ("2", "3", "4")
    np.testing.assert_array_equal(held.b, [1, -1, 0])
    assert clamp_units(model, {"4": 1.0}).names == ("1", "2", "3")
    assert clamp_units(model, {1: 1.0}).names == ("1", "3", "4")  # a number is an index
    for unit in ("0", "9", "-1", "1.0", "٣", 4, 1.5):  # "0": numbers are names here
        with pytest.raises(DataError, match=r"no unit of that name or number; .* 1, 2, 3, 4"):
            clamp_units(model, {unit: 0.0})
    lettered = import_ising({}, {("a", "b"): 1.0})
    assert clamp_units(lettered, {"0": 1.0}).names == ("b",)  # no name, so an index


@pytest.mark.parametrize("name", ["h", "H", "Bias", "local_field", "field", "linear"])
def test_fields_under_another_name_are_not_lost(name):
    graph = nx.Graph([(0, 1, {"J": 1.0})])
    graph.nodes[1][name] = 0.5
    with pytest.raises(DataError, match=f"node 1 has '{name}', which is not read; call it b"):
        from_graph(graph)
    graph.nodes[1]["b"] = graph.nodes[1].pop(name)
    graph.nodes[0]["pos"] = (0, 1)  # what is no field is nobody's business
    np.testing.assert_array_equal(from_graph(graph).b, [0, 0.5])


def test_couplings_under_another_name_are_named():
    with pytest.raises(DataError, match=r"has no attribute J \(its 'weight' is not read\)"):
        from_graph(nx.Graph([(0, 1, {"weight": 1.0})]))
    for name in ("weight", "Jij", "w"):
        with pytest.raises(DataError, match=f"'{name}' beside J"):
            from_graph(nx.Graph([(0, 1, {"J": 1.0, name: 2.0})]))


def test_other_numbers_of_a_graph_are_named(caplog):
    graph = nx.Graph([("a", "b", {"J": 1.0, "metres": 0.2})])
    graph.nodes["a"].update(theta=0.3, linear_index=4, colour="red")
    from_graph(graph)
    assert [record.getMessage() for record in caplog.records] == [
        "the node attributes 'theta' hold numbers that are not read",
        "the edge attributes 'metres' hold numbers that are not read",
    ]


@pytest.mark.parametrize("fields", [[1.0, 2.0], np.ones(2)])
def test_fields_without_labels_are_refused(fields):
    with pytest.raises(DataError, match=r"dict\(enumerate\(h\)\)"):
        import_ising(fields, {(0, 1): 1.0})


MASKED = np.ma.array([1.0, 2.0], mask=[False, True])


@pytest.mark.parametrize(
    "values",
    [
        [1j, 2.0], np.array([1 + 0j]), ["1", "2"], ["1_0"], [None, 1.0], [[1.0], [1.0, 2.0]],
        MASKED, np.array([1, 2], dtype="M8[s]"),
        np.array([(1, 2)], dtype="i4,i4"), [object()], [b"1"],
        ["٣"],
    ],
)  # fmt: skip
def test_what_are_no_real_numbers_is_refused(values):
    with pytest.raises(DataError, match="b must hold real numbers only"):
        doubles("b", values)


@pytest.mark.parametrize(
    "values",
    [[1, 2], [True, False], np.float32([1]), [2**70], np.ma.array([1.0], mask=[False]), [[]]],
)
def test_what_are_real_numbers_is_taken(values):
    found = doubles("b", values)
    assert found.dtype == np.float64
    assert type(found) is np.ndarray
    np.testing.assert_array_equal(found, np.array(values, dtype=float))


def test_sparse_couplings_must_be_real():
    with pytest.raises(DataError, match="J must hold real numbers only, not complex128"):
        hwkit.import_model(sp.csr_array(np.array([[0, 1j], [1j, 0]])))


@pytest.mark.parametrize("word", ["1_0", "0x10", "nan", "inf", "1e999", "", "1,5", "٣", "１", "1j"])
def test_words_that_python_forgives_are_no_numbers(word):
    with pytest.raises(DataError, match="is not a number"):
        plain_number(word)
    with pytest.raises(DataError, match="is not a whole number"):
        plain_count(word)


def test_plain_words_are_numbers():
    assert [plain_number(w) for w in ("1", "-.5", "+2.", "1e-3", "1E+2")] == [1, -0.5, 2, 1e-3, 100]
    assert plain_count("007") == 7


def test_bare_numbers_name_the_word(tmp_path):
    (tmp_path / "bonds.txt").write_text("0 1")
    for text, where in (("1 1_0 2", "word 2, '1_0'"), ("1 2 x", "word 3, 'x'")):
        (tmp_path / "n.txt").write_text(text)
        with pytest.raises(DataError, match=where):
            hwkit.import_model(tmp_path / "n.txt", bonds=tmp_path / "bonds.txt")
    (tmp_path / "n.txt").write_bytes("1 2 3".encode("utf-16"))
    model = hwkit.import_model(tmp_path / "n.txt", bonds=tmp_path / "bonds.txt")
    np.testing.assert_array_equal(model.b, [2, 3])


def test_a_name_nested_without_end_is_one_sentence(tmp_path):
    text = "hwkit parameters 1\nunits 1\nvisible 1\nkT 0.1\nmobility 1\nonsite quartic\n"
    text += "J2 1\nJ4 1\nname 0 " + "[" * 100_000 + "\ncouplings 0\nbiases 1\n0\n"
    (tmp_path / "deep.txt").write_text(text)
    with pytest.raises(DataError, match=r"deep\.txt, line 9: a name is nested too deeply"):
        hwkit.import_model(tmp_path / "deep.txt")


def tensors(path, **arrays):
    """Write a safetensors file by hand: name -> (type, shape, bytes)."""
    table, data = {}, b""
    for name, (kind, shape, content) in arrays.items():
        ends = [len(data), len(data) + len(content)]
        table[name] = {"dtype": kind, "shape": shape, "data_offsets": ends}
        data += content
    head = json.dumps(table).encode()
    path.write_bytes(struct.pack("<Q", len(head)) + head + data)


@pytest.mark.parametrize(
    ("kind", "stored"),
    [
        ("BF16", lambda x: (x.astype("<f4").view("<u4") >> 16).astype("<u2").tobytes()),
        ("F16", lambda x: x.astype("<f2").tobytes()), ("F32", lambda x: x.astype("<f4").tobytes()),
        ("F64", lambda x: x.astype("<f8").tobytes()),
    ],
)  # fmt: skip
def test_safetensors_of_every_float_are_read(tmp_path, kind, stored):
    J, b = np.array([[0, 0.5], [0.5, 0]]), np.array([0.125, 0.25])
    path = tmp_path / "a.safetensors"
    tensors(path, J=(kind, [2, 2], stored(J)), b=(kind, [2], stored(b)))
    model = hwkit.import_model(path)
    np.testing.assert_array_equal(model.J, J)
    np.testing.assert_array_equal(model.b, b)


def test_safetensors_of_eight_bits_are_refused_by_name(tmp_path):
    path = tmp_path / "a.safetensors"
    tensors(path, J=("F8_E4M3", [2, 2], bytes(4)))
    with pytest.raises(DataError, match="holds 'J' as F8_E4M3; save it as float32"):
        hwkit.import_model(path)
