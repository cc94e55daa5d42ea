"""Every dialect and form: the machine is read back, and whatever the units are called."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spicelib import SpiceEditor

from hwkit import EnergyModel, NetlistError, compile_model, extract_model, render
from hwkit.circuit import safe_nodes, with_fault
from hwkit.netlist import DIALECTS
from tests.machines import READ, dense, family_machine, machines, random_machine, same_machine
from tests.names import HOSTILE, named, odd_names

SPICE = ["ngspice", "ltspice", "xyce"]
FORMS = ["flat", "hierarchy"]


@settings(max_examples=60)
@given(machines(12), st.sampled_from(SPICE), st.sampled_from(FORMS), st.integers(0, 3))
def test_every_dialect_is_read_back(model, dialect, form, noise):
    noises = DIALECTS[dialect].noises
    text = render(
        compile_model(model), dialect, noises[noise % len(noises)], 0.02, 0.01, form=form
    ).text
    assert same_machine(model, extract_model(text), rtol=1e-9)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("cell", READ)
def test_a_fault_is_seen_in_either_form(cell, form):
    """The control: the text says what the parts are, not what the model is."""
    model = family_machine(cell, 5, 2)
    design = compile_model(model, cell)
    good, bad = (
        extract_model(render(d, form=form).text) for d in (design, with_fault(design, "sign-flip"))
    )
    assert same_machine(model, good, rtol=1e-9)
    assert not same_machine(model, bad, rtol=1e-9)


@pytest.mark.parametrize("dialect", SPICE)
def test_directions_that_differ_are_not_reciprocal(dialect):
    design = compile_model(random_machine(3, 2))
    design.group("coupling").values[0] *= 1.1
    for form in FORMS:
        with pytest.raises(NetlistError, match="not the gradient of an energy"):
            extract_model(render(design, dialect, form=form, t_final=0.1, dt=0.05).text)


# ---- names -------------------------------------------------------------------------------------


def without_comments(text):
    return [line for line in text.splitlines() if not line.startswith(("*", "//"))]


@settings(max_examples=150)
@given(
    st.lists(odd_names, min_size=1, max_size=6, unique=True),
    st.sampled_from([(name, form) for name in sorted(DIALECTS) for form in DIALECTS[name].forms]),
)
def test_a_name_can_not_change_the_meaning(names, language):
    """With odd names the text is that of plain ones, node for node; the rest are comments."""
    dialect, form = language
    plain = random_machine(len(names), 1)
    times = {"t_final": 0.02, "dt": 0.01}
    odd = render(compile_model(named(plain, names)), dialect, form=form, **times)
    ordinary = render(compile_model(named(plain, safe_nodes(names))), dialect, form=form, **times)
    assert without_comments(odd.text) == without_comments(ordinary.text)
    assert odd.text.isascii()
    assert odd.text.splitlines() == odd.text.split("\n")[:-1]  # no line end of any other kind
    if dialect in SPICE:
        back = extract_model(odd.text)
        assert same_machine(plain, back, rtol=1e-9)
        assert back.unit_names == tuple(names)


def test_without_escaping_a_name_would_change_the_meaning():
    """The control: the same names in place of the nodes break the text."""
    model = random_machine(2, 1)
    text = render(compile_model(named(model, ["a", "b"]))).text
    broken = text.replace("u_a", "a\n.end\n")
    with pytest.raises(NetlistError):
        extract_model(broken)


@pytest.mark.parametrize("form", FORMS)
def test_all_hostile_names_at_once(form):
    model = named(random_machine(len(HOSTILE), 0), HOSTILE)
    back = extract_model(render(compile_model(model), form=form).text)
    assert same_machine(model, back, rtol=1e-9)
    assert back.names == model.names


@pytest.mark.parametrize(
    ("comment", "names"),
    [
        ('* unit a is "left"\n* unit b is "right"\n', ("left", "right")),
        ('* unit a is "left"\n', ("a", "b")),
        ('* unit a is "le\\qt"\n* unit b is "right"\n', ("a", "b")),
        ('* unit a is "same"\n* unit b is "same"\n', ("a", "b")),
        ("", ("a", "b")),
    ],
)
def test_names_are_read_from_comments_if_they_make_sense(comment, names):
    text = "title\n.param hwkit_volt=1 hwkit_second=1 hwkit_kt=1 hwkit_mobility=1 hwkit_visible=2\n"
    text += comment + "Ca a 0 1\nCb b 0 1\nRa a 0 1\nRb b 0 1\n"
    assert extract_model(text).names == names


# ---- what is in the text -------------------------------------------------------------------


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
def test_who_never_ran_is_called_unverified(dialect):
    text = render(compile_model(random_machine(2, 0)), dialect, t_final=0.1, dt=0.05).text
    assert ("unverified" in text.splitlines()[1]) == (dialect in {"ltspice", "xyce", "spectre"})
    assert all(line.isprintable() for line in text.splitlines())


def test_the_hierarchy_is_for_reading():
    model = EnergyModel([[0, -0.5], [-0.5, 0]], [0.25, 0], names=["left eye", "mouth"])
    text = render(compile_model(model), form="hierarchy").text
    assert '* unit u_left_eye is "left eye"\n* J2 = 1, J4 = 1, b = 0.25\n' in text
    assert '* J = -0.5: "left eye", "mouth"\n' in text
    instance = "Xu_left_eye u_left_eye hwkit_rc_cell params: capacitor_value=1e-12 "
    assert instance in text
    assert len(re.findall(r"^\.subckt", text, re.MULTILINE)) == 2


def test_the_mixed_level_leaves_the_pairs_out():
    text = render(compile_model(random_machine(3, 0)), form="hierarchy", couplings=False).text
    assert "hwkit_pair" not in text


def test_the_portable_noise_is_that_of_the_reference():
    design = compile_model(random_machine(3, 0, mobility=2.0))
    text = render(design, "ltspice", t_final=0.2, dt=0.05, seed=7).text
    [points] = re.findall(r"In1 0 x1 pwl\(\n((?:\+ [^)]*\n)+)", text)
    numbers = np.array(points.replace("+", " ").split(), dtype=float).reshape(-1, 2)
    np.testing.assert_allclose(numbers[:, 0], np.array([0, 0.5, 1.5, 2.5, 3.5]) * 0.1e-6)
    from hwkit.wiener import increments

    path = increments(7, [0], 4, 3, 0.05)[0, :, 1]
    # a current of I0 sqrt(2 kT mu) dW/(mu dt) is the force sqrt(2 mu kT) dW/dt over mu
    force = np.sqrt(2 * 0.1 / 2.0) * path / 0.05
    np.testing.assert_allclose(numbers[1:, 1], force * design.scale.ampere, rtol=1e-8)
    other = render(design, "ltspice", t_final=0.2, dt=0.05, seed=8).text
    assert text != other


@pytest.mark.parametrize("dialect", ["ngspice", "ltspice"])
@pytest.mark.parametrize("form", FORMS)
def test_spicelib_reads_the_same_elements(tmp_path, dialect, form):
    model = named(random_machine(3, 4), ["left eye", ".control", "é"])
    design = compile_model(model)
    path = tmp_path / "machine.net"
    path.write_text(render(design, dialect, "none", form=form).text, encoding="utf-8")
    editor = SpiceEditor(path)
    if form == "flat":
        names = set(editor.get_components())
        assert {"C0", "G0_1", "G1_0", "BCUBIC2", "IBIAS1"} <= {name.upper() for name in names}
        assert len([name for name in names if name.upper().startswith("G")]) == 9
        *_, value = editor.get_component_value("G0_1").split()  # after the controlling nodes
        assert float(value) == dense(model)[0, 1] * design.scale.siemens
        assert editor.get_component_nodes("C1")[0] == "u_control"
    else:
        assert len(editor.get_components("X")) == 3 + 3
        assert editor.get_component_nodes("Xu_left_eye")[0] == "u_left_eye"


# ---- refusals ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"dialect": "hspice"}, r"unknown; choose one of ngspice, ltspice, xyce, spectre"),
        ({"dialect": "xyce", "noise": "trnoise"}, r"unknown to dialect xyce; choose one of pwl"),
        (
            {"form": "tree"},
            r"unknown to dialect ngspice; choose 'flat' or 'hierarchy'",
        ),
        ({"dialect": "gnucap", "form": "hierarchy"}, r"unknown to dialect gnucap; choose 'flat'"),
        ({"noise": "pwl", "max_step": 0.0}, r"max_step is 0.0; give a time above 0"),
        ({"max_bytes": 100}, r"about 0\.00\d+ MB, above the limit of 0\.0001 MB; raise the limit"),
        (
            {"noise": "pwl", "t_final": 1e6, "dt": 1e-3},
            r"the noise alone would take about 4\.8e\+04 MB, above the limit of 256 MB",
        ),
    ],
)
def test_what_is_refused(arguments, words):
    with pytest.raises(NetlistError, match=words):
        render(compile_model(random_machine(2, 0)), **arguments)
