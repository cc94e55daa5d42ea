import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hwkit import EnergyModel, NetlistError, Quartic, Scale, compile_model, extract_model, render
from tests.machines import dense, machines, random_machine, same_machine

HEADER = """title
.param hwkit_volt=0.1 hwkit_second=1u
.param hwkit_kt = 0.1
.param hwkit_mobility=1 hwkit_visible=1
"""


@settings(max_examples=150)
@given(
    machines(),
    st.floats(1e-4, 10),
    st.floats(1e-9, 1),
    st.floats(1e-15, 1e-6),
    st.sampled_from(["external", "trnoise", "none"]),
)
def test_what_was_compiled_and_rendered_is_read_back(model, volt, second, farad, noise):
    design = compile_model(model, scale=Scale(volt, second, farad))
    back = extract_model(render(design, noise=noise).text)
    assert same_machine(model, back, rtol=1e-9)


def test_uniform_units_stay_one_number():
    model = random_machine(7, 0, onsite=Quartic(0.7, 1.3))
    back = extract_model(render(compile_model(model)).text)
    assert back.onsite.J2.ndim == back.onsite.J4.ndim == 0


def test_the_trained_machine_is_read_back(trained):
    back = extract_model(render(compile_model(trained.model)).text)
    assert same_machine(trained.model, back, rtol=1e-9)
    assert back.n_visible == 64


def test_a_changed_element_is_noticed():
    """The control: the smallest of wrong numbers in the text changes what is read."""
    model = random_machine(5, 3)
    text = render(compile_model(model)).text
    [line] = [line for line in text.splitlines() if line.startswith("Ibias2 ")]
    name, value = line.rsplit(" ", 1)
    changed = text.replace(line, f"{name} {float(value) * (1 + 1e-8)!r}")
    assert not same_machine(model, extract_model(changed), rtol=1e-9)


def test_a_machine_written_by_hand():
    """Resistors, negative terminals, reversed capacitors, split elements, both forms of source."""
    text = (
        HEADER
        + """
C1 0 a 500f
C1b a gnd 0.5pF
C2 b 0 1p ic=0.2
R1 a 0 1meg
R2 a b 500k
Gneg 0 b b 0 1u
Gcubic1 b 0 b gnd 2u
Ba a 0 i = 1e-4*v(a)*v(a)*v(a) + 1u*v(a)
Bb 0 b i=-0.4m*v(b)
+ *v(b)*v(b)
Ib1 a 0 20n
Ib2 0 b DC 30n
In 0 a dc 0 trnoise(1n 1n 0 0)
In2 0 b external
.options reltol=1e-6
.tran 1n 1u uic
.end
"""
    )
    model = extract_model(text)
    # G0 = 1 uS, I0 = 0.1 uA; the resistor of 2 uS couples by -2 and loads both nodes by 2.
    np.testing.assert_allclose(dense(model), [[0, -2], [-2, 0]], atol=1e-12)
    np.testing.assert_allclose(2 * model.onsite.J2, [1 + 1 + 2, 2 - 1 + 2], rtol=1e-12)
    np.testing.assert_allclose(4 * model.onsite.J4, [1.0, 4.0], rtol=1e-12)
    np.testing.assert_allclose(model.b, [0.2, -0.3], rtol=1e-12)
    assert (model.kT, model.mobility, model.n_visible) == (0.1, 1.0, 1)


def test_a_resistor_between_nodes_is_a_negative_coupling():
    model = extract_model(HEADER + "Ca a 0 1p\nCb b 0 1p\nR a b 1meg\n" + confined("a", "b"))
    assert dense(model)[0, 1] == pytest.approx(-1.0)


def confined(*nodes):
    return "".join(f"B{n} {n} 0 i=1e-4*v({n})*v({n})*v({n})\n" for n in nodes)


UNITS = "Ca a 0 1p\nCb b 0 1p\n" + confined("a", "b")  # lines 5 to 8

BAD_LINES = [
    (
        "Bx a 0 i=1e-4*v(a)^3",
        r"line 9 \(bx\): the expression '1e-4\*v\(a\)\^3' is not a polynomial",
    ),
    ("Bx a 0 i=v(a)*v(a)", r"line 9 \(bx\): the term a\*a is not in a quartic unit's force"),
    ("Bx a 0 i=v(a)*v(b)*v(b)", r"line 9 \(bx\): the term a\*b\*b is not in"),
    ("Bx a 0 i=v(a)*v(a)*v(a)*v(a)", r"line 9 \(bx\): the term a\*a\*a\*a has a degree above 3"),
    ("Bx a 0 v=v(b)", r"line 9 \(bx\): only current sources \(i=\.\.\.\) can be part"),
    ("Bx a 0", r"line 9 \(bx\): the line is too short"),
    ("Cx a b 1p", r"line 9 \(cx\): only capacitors from a node to ground"),
    ("Cx a 0", r"line 9 \(cx\): the line is too short; expected node node farad"),
    ("Cx a 0 1p m=2", r"line 9 \(cx\): 'm=2' is not understood"),
    ("Rx a 0 0", r"line 9 \(rx\): the resistance is 0; it must not be"),
    ("Rx a 0 lots", r"line 9 \(rx\): 'lots' is not a number"),
    ("Rx a 0 1k tc=1", r"line 9 \(rx\): 'tc=1' is not understood"),
    ("Gx a 0 b 1u", r"line 9 \(gx\): the line is too short"),
    ("Gx a 0 b 0 {g}", r"line 9 \(gx\): '\{g\}' is not a number"),
    ("Gx a 0 b 0 1u m=3", r"line 9 \(gx\): 'm=3' is not understood"),
    ("Ix a 0", r"line 9 \(ix\): the line is too short"),
    ("Ix a 0 dc 1u sin(0 1 1k)", r"line 9 \(ix\): 'sin\(0' is not understood; only dc"),
    (
        "Ix a 0 sin(0 1 1k)",
        r"line 9 \(ix\): .*not understood|line 9 \(ix\): 'sin\(0' is not a number",
    ),
    ("Dx a 0 diode", r"line 9 \(dx\): expected anode cathode model .*, and the model in this"),
    ("Qx a 0 b npn", r"line 9 \(qx\): this kind of line can't be part of a machine"),
    (".model m npn(is=1)", r"line 9 \(\.model\): kind 'npn' of a model is not understood"),
    (".model m d(is=1 bv=5)", r"line 9 \(\.model\): parameter 'bv' of a model is not understood"),
    ("Vx a b dc 1", r"line 9 \(vx\): only constant voltages against ground are understood"),
    (".include other.cir", r"line 9 \(\.include\): this kind of line can't be part"),
    (".control", r"line 9 \(\.control\): this kind of line"),
    (".param hwkit_volt=big", r"line 9 \(\.param\): 'big' is not a number"),
]


@pytest.mark.parametrize(("line", "words"), BAD_LINES)
def test_what_has_no_place_in_a_machine_is_refused_by_line(line, words):
    extract_model(HEADER + UNITS)  # fine without it
    with pytest.raises(NetlistError, match=f"^{words}"):
        extract_model(f"{HEADER}{UNITS}{line}\n")


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("Gx a 0 b 0 1u\n", r"coupling b -> a is 1 but a -> b is 0: not the gradient of an energy"),
        (
            "Gx a 0 b 0 1u\nGy b 0 a 0 1.001u",
            r"b -> a is 1 but a -> b is 1\.001: not the gradient",
        ),
        ("Rx a c 1k\n", r"node 'c' has no capacitor to ground, so it is not a unit"),
        ("Ix 0 c 1n\n", r"node 'c' has no capacitor to ground"),
        ("Cx a 0 -2p\n", r"node 'a' has a capacitance that is not above 0"),
        ("Bx a 0 i=-1m*v(a)*v(a)*v(a)\n", r"no machine with a bounded energy: J4 of unit 0 is"),
        (".param hwkit_kt=0\n", r"no machine with a bounded energy: kT is 0"),
        (".param hwkit_volt=0\n", r"\.param hwkit_volt is 0; it must be above 0"),
        (".param hwkit_second=-1u\n", r"\.param hwkit_second is -1e-06; it must be above 0"),
        (".param hwkit_visible=1.5\n", r"\.param hwkit_visible is 1\.5; it must be a whole number"),
        (".param hwkit_visible=7\n", r"n_visible is 7, but the model has 2 units"),
        ("Gx a 0 b 0 1e300\nGy b 0 a 0 1e308\n", r"not the gradient|finite"),
    ],
)
def test_what_is_no_machine_as_a_whole_is_refused(lines, words):
    with pytest.raises(NetlistError, match=words):
        extract_model(HEADER + UNITS + lines)


@pytest.mark.parametrize("name", ["volt", "second", "kt", "mobility", "visible"])
def test_a_missing_parameter_is_named(name):
    text = (HEADER + UNITS).replace(f"hwkit_{name}", f"other_{name}")
    with pytest.raises(NetlistError, match=rf"no \.param hwkit_{name}; add them"):
        extract_model(text)


@pytest.mark.parametrize("text", ["", "title", "title\n.end", HEADER])
def test_text_without_units_is_refused(text):
    with pytest.raises(
        NetlistError, match=r"has no \.param|no capacitor to ground, so it has no units"
    ):
        extract_model(text)


# ---- any text whatever -------------------------------------------------------------------------

WORDS = [
    *("a", "b", "0", "gnd", "1p", "1u", "-1u", "1e308", "1e-320", "nan", "dc", "external"),
    *("i=", "v(a)", "v(b)*v(a)*v(a)", "i=1e-4*v(a)*v(a)*v(a)", "trnoise(1", "ic=1", ".param"),
    *("hwkit_volt=0", "hwkit_kt=1e999", "hwkit_visible=2", "Ca", "Cb", "Gx", "Rx", "Ix", "Bx"),
    *("+", "*", ";", "\n", "\n", "\n", ".end", ".options", "(", ")", "=", "\t", "µ"),
]


def model_or_refusal(text):
    try:
        model = extract_model(text)
    except NetlistError:
        return
    assert isinstance(model, EnergyModel)
    assert np.all(np.isfinite(model.b))


@settings(max_examples=300)
@given(st.lists(st.sampled_from(WORDS), max_size=40), st.booleans())
def test_words_of_the_language_in_any_order_give_a_model_or_a_refusal(words, with_units):
    model_or_refusal((HEADER + UNITS if with_units else "title\n") + " ".join(words))


@settings(max_examples=200)
@given(st.text(max_size=300))
def test_any_text_gives_a_model_or_a_refusal(text):
    model_or_refusal(text)
    model_or_refusal(HEADER + UNITS + text)


@settings(max_examples=200)
@given(st.data())
def test_a_damaged_netlist_gives_a_model_or_a_refusal(data):
    text = render(compile_model(random_machine(4, 0))).text
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = start + data.draw(st.integers(0, 12))
        text = text[:start] + data.draw(st.text(max_size=6)) + text[end:]
    model_or_refusal(text)
