"""Models to files of each format and back; graphs, bond lists, clamped units."""

import re
import sys

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import save_file

from hwkit import (
    ConfigError,
    DataError,
    EnergyModel,
    HwkitError,
    Quartic,
    clamp_units,
    export_model,
    import_model,
)
from hwkit.model import coupling_graph, from_bonds, from_graph, load_parameters, save_parameters
from tests.machines import dense, machines, random_machine, same_machine
from tests.names import HOSTILE, named

SUFFIXES = [".npz", ".safetensors", ".txt"]


@pytest.mark.parametrize("suffix", SUFFIXES)
@settings(max_examples=40)
@given(machines(15), st.booleans())
def test_every_format_round_trips_to_the_bit(tmp_path_factory, suffix, model, with_names):
    model = named(model, HOSTILE[: model.n_units]) if with_names else model
    path = tmp_path_factory.mktemp("model") / f"machine{suffix}"
    export_model(model, path)
    back = import_model(path)
    assert same_machine(model, back)
    assert back.names == model.names
    assert (back.kT, back.mobility) == (model.kT, model.mobility)


def test_a_changed_number_is_noticed(tmp_path):
    """The control."""
    model = random_machine(4, 0)
    export_model(model, tmp_path / "machine.txt")
    text = (tmp_path / "machine.txt").read_text()
    (tmp_path / "machine.txt").write_text(text.replace("0 1 -0.0", "0 1 -0.1", 1))
    assert not same_machine(model, import_model(tmp_path / "machine.txt"))


@pytest.mark.parametrize("suffix", ["", ".mat", ".PNG"])
def test_unknown_suffixes_are_refused(tmp_path, suffix):
    path = tmp_path / f"machine{suffix}"
    for act in (lambda: export_model(random_machine(2, 0), path), lambda: import_model(path)):
        with pytest.raises(ConfigError, match=rf"suffix '{re.escape(suffix.lower())}'.*unknown"):
            act()


# ---- foreign arrays ----------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
def test_bare_arrays_in_a_file(tmp_path, suffix):
    J, b = np.array([[0, 1.0], [1.0, 0]], np.float32), np.array([0.5, 0], np.float32)
    path = tmp_path / f"theirs{suffix}"
    if suffix == ".npz":
        np.savez(path, J=J, b=b)
    else:
        save_file({"J": J, "b": b}, path)
    model = import_model(path, "negative", Quartic(0.5, 2.0), kT=0.4, n_visible=1)
    np.testing.assert_array_equal(dense(model), -J)
    np.testing.assert_array_equal(model.b, -b)
    assert (model.kT, model.n_visible, float(model.onsite.J4)) == (0.4, 1, 2.0)


def test_a_mapping_a_matrix_and_a_model():
    J = [[0, 1.0], [1.0, 0]]
    np.testing.assert_array_equal(import_model({"J": J}).b, [0, 0])
    np.testing.assert_array_equal(import_model(J).b, [0, 0])
    model = random_machine(3, 0)
    assert import_model(model) is model


@pytest.mark.parametrize(
    ("source", "options", "error", "words"),
    [
        ({"J": [[0.0]], "W": [1.0]}, {}, DataError, r"expected the arrays J and b, found J, W"),
        ({}, {}, DataError, r"expected the arrays J and b, found none"),
        (3, {}, DataError, r"a int is not a source of models"),
        (random_machine(2, 0), {"kT": 1.0}, ConfigError, r"kT can't be chosen for this source"),
        ([[0.0]], {"barrier": 1.0}, ConfigError, r"barrier can't be chosen"),
        (nx.Graph([(0, 1, {"J": 1.0})]), {"bonds": []}, ConfigError, r"bonds can't be chosen"),
        ("missing.npz", {}, DataError, r"no model file at missing\.npz"),
        ("missing.safetensors", {}, DataError, r"no model file at missing\.safetensors"),
        ("missing.txt", {}, DataError, r"missing\.txt can't be read: it does not exist"),
    ],
)
def test_what_is_no_source_is_refused(source, options, error, words):
    with pytest.raises(error, match=words):
        import_model(source, **options)


def test_a_damaged_safetensors_file_is_refused(tmp_path):
    path = tmp_path / "machine.safetensors"
    path.write_bytes(b"\xff" * 50)
    with pytest.raises(DataError, match="not a safetensors file, or is damaged"):
        import_model(path)


def test_the_extra_is_named_if_safetensors_is_missing(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "safetensors.numpy", None)
    path = tmp_path / "machine.safetensors"
    for act in (lambda: export_model(random_machine(2, 0), path), lambda: import_model(path)):
        with pytest.raises(ConfigError, match=r"pip install 'hwkit\[import\]'"):
            act()


# ---- graphs ------------------------------------------------------------------------------------


@settings(max_examples=40)
@given(machines(12), st.booleans())
def test_graphs_round_trip(model, with_names):
    model = named(model, HOSTILE[: model.n_units]) if with_names else model
    back = from_graph(
        coupling_graph(model), "hwkit", model.onsite, model.kT, model.mobility, model.n_visible
    )
    assert same_machine(model, back)
    assert back.names == model.names


def test_a_graph_of_someone_else():
    graph = nx.Graph()
    graph.add_node("mouth", b=0.5)
    graph.add_edge("eye", "mouth", J=2.0)
    model = import_model(graph, "negative-in-kt", kT=0.1)
    assert model.names == ("mouth", "eye")
    np.testing.assert_allclose(dense(model), [[0, -0.2], [-0.2, 0]])
    np.testing.assert_allclose(model.b, [-0.05, 0])


@pytest.mark.parametrize(
    ("graph", "words"),
    [
        (nx.Graph(), "the graph has no nodes"),
        (nx.DiGraph([(0, 1, {"J": 1.0})]), "directed or multigraph"),
        (nx.MultiGraph([(0, 1, {"J": 1.0})]), "directed or multigraph"),
        (nx.Graph([(0, 0, {"J": 1.0})]), r"edge \(0, 0\) leads back to itself"),
        (nx.Graph([(0, 1)]), r"edge \(0, 1\) has no attribute J"),
        (nx.Graph([(0, 1, {"J": "strong"})]), "the edges' J must hold real numbers only"),
    ],
)
def test_what_is_no_machine_s_graph_is_refused(graph, words):
    with pytest.raises(DataError, match=words):
        from_graph(graph)


# ---- plain text --------------------------------------------------------------------------------

TEXT = """\
hwkit parameters 1
# a comment

units 3
visible 2
kT 0.1
mobility 1.0
onsite quartic
J2 1.0
J4 1.0 2.0 3.0
name 0 "in"
name 1 "out"
name 2 "a \\"quoted\\" one"
clamp 0 0.5
couplings 2
0 1 -0.25
2 1 0.75
biases 3
0.5
0.0
-0.125
"""


def test_the_text_of_the_description(tmp_path):
    path = tmp_path / "machine.txt"
    path.write_text(TEXT)
    model = load_parameters(path)
    assert model.names == ("out", 'a "quoted" one')
    np.testing.assert_array_equal(dense(model), [[0, 0.75], [0.75, 0]])
    np.testing.assert_array_equal(model.b, [0.0 - 0.25 * 0.5, -0.125])
    np.testing.assert_array_equal(model.onsite.J4, [2.0, 3.0])
    assert model.n_visible == 1


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            "hwkit parameters 1",
            "parameters",
            r"line 1: the first line must be 'hwkit parameters 1'",
        ),
        ("units 3", "units -3", r"line 4: '-3' is not a whole number"),
        ("units 3", "units many", r"line 4: "),
        ("visible 2", "visible 4", r"line 5: visible is 4"),
        ("kT 0.1", "T 0.1", r"line 6: expected 'kT' and its value, found 'T'"),
        ("kT 0.1", "kT 0", r"line \d+: kT is 0"),
        ("onsite quartic", "onsite cubic", r"line 8: onsite energy 'cubic' is unknown"),
        ("J4 1.0 2.0 3.0", "J4 1.0 2.0", r"J4 has 2 entries, but the model has 3 units"),
        ('name 1 "out"\n', "", r"name each of the 3 units, or none"),
        ('name 1 "out"', "name 1 out", r"line 12: "),
        ("clamp 0 0.5", "clamp 7 0.5", r"unit 7 can't be clamped"),
        ("clamp 0 0.5", "clamp 0 0.5\nclamp 0 0.6", r"line 15: unit 0 is clamped twice"),
        ("couplings 2", "couplings 3", r"expected 3 numbers, found 'biases 3'"),
        ("2 1 0.75", "2 1", r"line 17: expected 3 numbers, found '2 1'"),
        ("2 1 0.75", "2 3 0.75", r"bond 1 \(2, 3\) is no pair of different units below 3"),
        ("2 1 0.75", "1 0 0.75", r"bond 1 \(1, 0\) is given twice"),
        ("2 1 0.75", "1 1 0.75", r"bond 1 \(1, 1\) is no pair"),
        ("biases 3", "biases 2", r"line 18: there must be a bias for each of the 3 units"),
        ("-0.125\n", "", r"expected 1 numbers, found ''"),
        ("-0.125\n", "-0.125\n1.0\n", r"line 22: nothing may follow the biases"),
        ("-0.125\n", "nan\n", "'nan' is not a number"),
    ],
)
def test_a_mistake_in_the_text_is_named_by_line(tmp_path, old, new, words):
    path = tmp_path / "machine.txt"
    path.write_text(TEXT.replace(old, new))
    with pytest.raises(DataError, match=words) as refused:
        load_parameters(path)
    assert str(refused.value).startswith(str(path))


@settings(max_examples=150)
@given(st.data())
def test_damaged_text_gives_a_model_or_a_refusal(tmp_path_factory, data):
    text = TEXT
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = start + data.draw(st.integers(0, 12))
        text = text[:start] + data.draw(st.text(max_size=6)) + text[end:]
    path = tmp_path_factory.mktemp("model") / "machine.txt"
    path.write_bytes(text.encode("utf-8", "replace"))
    try:
        assert isinstance(load_parameters(path), EnergyModel)
    except HwkitError:
        return


def test_clamped_units_are_written_and_used(tmp_path):
    model = random_machine(5, 0, n_visible=3)
    save_parameters(model, tmp_path / "machine.txt", clamped={1: 0.25, 4: -1.0})
    back = load_parameters(tmp_path / "machine.txt")
    assert same_machine(back, clamp_units(model, {1: 0.25, 4: -1.0}))


def test_bare_numbers_with_a_bond_list(tmp_path):
    parameters = [0.5, -0.25, 1.0, 2.0, 3.0]
    bonds = [[0, 1], [2, 1]]
    model = from_bonds(parameters, bonds, 3, "negative", clamped={0: 2.0})
    np.testing.assert_array_equal(dense(model), [[0, 0.25], [0.25, 0]])
    np.testing.assert_array_equal(model.b, [-2.0 - 0.5 * 2.0, -3.0])
    (tmp_path / "numbers.txt").write_text("0.5 -0.25\n1 2 3\n")
    (tmp_path / "bonds.txt").write_text("0 1\n2 1\n")
    for source in (bonds, tmp_path / "bonds.txt"):
        back = import_model(tmp_path / "numbers.txt", "negative", bonds=source, clamped={0: 2.0})
        assert same_machine(back, model)


@pytest.mark.parametrize(
    ("parameters", "bonds", "words"),
    [
        ([1.0, 2.0], [[0, 1]], r"there are 2 parameters, but 1 bonds and 2 biases"),
        ([1.0, 2.0, 3.0], [[0, 2]], r"bond 0 \(0, 2\) is no pair of different units below 2"),
        ([1.0, 2.0, 3.0], [[0, 0.5]], r"bond 0 \(0, 0\.5\) is no pair"),
        ([1.0, 2.0, 3.0], [0, 1], r"the bonds have shape \(2,\)"),
        ([1.0, 2.0, 3.0, 4.0], [[0, 1], [1, 0]], r"bond 1 \(1, 0\) is given twice"),
    ],
)
def test_numbers_that_do_not_fit_their_bonds_are_refused(parameters, bonds, words):
    with pytest.raises(DataError, match=words):
        from_bonds(parameters, bonds, 2)


# ---- clamped units -----------------------------------------------------------------------------


@given(machines(10), st.data())
def test_energy_differences_of_the_free_units_stay(model, data):
    held = data.draw(st.sets(st.integers(0, model.n_units - 1), max_size=model.n_units - 1))
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((2, model.n_units))
    y[list(held)] = x[list(held)]
    free = [i for i in range(model.n_units) if i not in held]
    part = clamp_units(model, {i: x[i] for i in held})
    whole = model.energy(x) - model.energy(y)
    scale = 1 + np.abs(dense(model)).sum() + np.abs(model.b).sum()
    assert abs(part.energy(x[free]) - part.energy(y[free]) - whole) < 1e-12 * scale * 20
    np.testing.assert_allclose(part.force(x[free]), model.force(x)[free], atol=1e-12 * scale * 20)
    assert part.n_visible == sum(i < model.n_visible for i in free)


def test_units_are_clamped_by_name():
    model = named(random_machine(3, 0), ["a", "b", "c"])
    part = clamp_units(model, {"b": 1.0})
    assert part.names == ("a", "c")
    assert same_machine(part, clamp_units(model, {1: 1.0}))
    assert same_machine(clamp_units(random_machine(3, 0), {"x1": 1.0}), part)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({3: 0.0}, "unit 3 can't be clamped"),
        ({-1: 0.0}, "unit -1 can't be clamped"),
        ({"d": 0.0}, "unit 'd' can't be clamped"),
        ({0: 0.0, "x0": 1.0}, "unit 'x0' is clamped twice"),
        ({0: np.inf}, "unit 0 is clamped at inf; give a finite number"),
        ({0: 0.0, 1: 0.0, 2: 0.0}, "all units are clamped; leave one of them free"),
    ],
)
def test_what_can_not_be_clamped_is_refused(values, words):
    with pytest.raises(DataError, match=words):
        clamp_units(random_machine(3, 0), values)
