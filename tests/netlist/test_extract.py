import re

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
In 0 a dc 0 trnoise(1.4142135623730951u 1n 0 0)
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
    ("Bx a 0 i=1e-4*v(a)^3", r"\(bx\): a power is not a polynomial"),
    ("Bx a 0 i=v(a)*v(a)", r"\(bx\): the term a\*a is not in a quartic unit's force"),
    ("Bx a 0 i=v(a)*v(b)*v(b)", r"\(bx\): the term a\*b\*b is not in"),
    ("Bx a 0 i=v(a)*v(a)*v(a)*v(a)", r"\(bx\): the term a\*a\*a\*a has a degree above 3"),
    ("Bx a 0 v=v(b)", r"\(bx\): only current sources \(i=\.\.\.\) can be part"),
    ("Bx a 0", r"\(bx\): the line is too short"),
    ("Bx a 0 i=v(a) tc1=1", r"\(bx\): the parameter 'tc1' is refused: write the temperature"),
    ("Bx a 0 i=v(a) v=1", r"\(bx\): the parameter 'v' is not understood; remove it"),
    ("Cx a b 1p", r"\(cx\): only capacitors from a node to ground"),
    ("Cx a 0", r"\(cx\): the line is too short; expected node node farad"),
    ("Cx a 0 1p ic=0 Rser=0 Rpar=1Meg", r"\(cx\): the parameter 'rser' is refused: it is LTsp"),
    ("Cx a 0 1p 2p", r"\(cx\): '2p' is not understood; expected node node farad and no more"),
    ("Cx a 0 1p ic=0 2p", r"\(cx\): '2p' comes after name=value; put it first"),
    ("Cx a c=1p 0", r"\(cx\): '0' comes after name=value; put it first"),
    ("Cx a 0 1p c=1p", r"\(cx\): the value is given twice, 1p and 1p; keep one"),
    ("Cx a 0 1p m=0", r"\(cx\): m=0 is not a number of copies"),
    ("Cx a 0 1p m", r"\(cx\): 'm' is not understood"),
    ("Rx a 0 0", r"\(rx\): the resistance is 0; it must not be"),
    ("Rx a 0 lots", r"\(rx\): 'lots' is not a number"),
    ("Rx a 0 1k tc=1", r"\(rx\): the parameter 'tc' is refused: write tc1= and tc2="),
    ("Rx a 0 1k foo=1", r"\(rx\): the parameter 'foo' is not understood; remove it"),
    ("Rx a 0 1k ac=2k", r"\(rx\): the parameter 'ac' is refused"),
    ("Rx a 0 1+2", r"\(rx\): '1\+2' is not a number"),
    ("Rx a 0 'half", r"\(rx\): \"'\" is alone"),
    ("Rx a{n} 0 1k", r"\(rx\): 'a\{n\}' is not a value"),
    ('Rx a 0 "1k"', r"\(rx\): '\"' is alone"),
    ("Rx (a 0) 1k", r"\(rx\): '\(' is not understood here"),
    ("Rx a#b 0 1k", r"\(rx\): 'a#b' can't be the name of a node; rename it"),
    ("Rx v1@dc 0 1k", r"\(rx\): 'v1@dc' can't be the name of a node; rename it"),
    ("Rx 1e3 0 1000", r"\(rx\): ngspice takes the node '1e3' for a number or a vector"),
    ("Cx a 0 1e-400", r"\(cx\): '1e-400' is not a number: it is too large or too small"),
    ("Rx time 0 1k", r"\(rx\): ngspice takes the node 'time' for a number or a vector"),
    ("Rx 1e3 0 1k", r"\(rx\): ngspice takes the node '1e3' for a number or a vector"),
    ("Gx a 0 b 1u", r"\(gx\): the line is too short"),
    ("Gx a 0 b 0 {g}", r"\(gx\): the parameter 'g' is not defined"),
    ("Gx a 0 b 0 1u 2u", r"\(gx\): '2u' is not understood"),
    ("Gx a 0 b 0 1u tc1=3", r"\(gx\): the parameter 'tc1' is not understood"),
    ("Gx a 0 value={1u*v(b)}", r"\(gx\): the parameter 'value' is refused: write a B source"),
    ("Gx a 0 poly(1) b 0 0 1u", r"\(gx\): the parameter 'poly' is refused: write a B source"),
    ("Gx a 0 cur='1u*v(b)'", r"\(gx\): the parameter 'cur' is refused: write a B source"),
    ("Gx a 0 table {v(b)} = (0,0) (1,1)", r"\(gx\): the parameter 'table' is refused"),
    ("Gx a 0 b 0 laplace=1", r"\(gx\): the parameter 'laplace' is refused"),
    ("Ex a 0 b 0 2", r"\(ex\): this kind of element can't be part of a machine"),
    ("Ex a 0 poly(1) b 0 0 2", r"\(ex\): "),
    ("Fx a 0 Vx 2", r"\(fx\): the kind of element 'f' is refused: write a G source"),
    ("Ix a 0", r"\(ix\): the line is too short"),
    ("Ix a 0 dc", r"\(ix\): dc needs a value"),
    ("Ix a 0 dc 1u sin(0 1 1k)", r"\(ix\): a waveform \(sin\) drives this node"),
    ("Ix a 0 sin(0 1 1k)", r"\(ix\): a waveform \(sin\) drives this node"),
    ("Ix a 0 pulse(0 1u) dc 1u", r"\(ix\): a waveform \(pulse\) drives this node"),
    ("Ix a 0 pwl(0 0 1u 1u)", r"\(ix\): a waveform \(pwl\) drives this node"),
    ("In7 0 a pwl(0 0 1u 1u)", r"\(in7\): a waveform \(pwl\) drives this node"),
    ("Ix a 0 1u dc 2u", r"\(ix\): '2u': the constant value is given twice"),
    ("Ix a 0 1u 2u", r"\(ix\): '2u': the constant value is given twice"),
    ("Ix a 0 trnoise(1 1 1 1)", r"\(ix\): only white noise is known here"),
    ("Ix a 0 trnoise(1n 1n 0 0) pulse(0 1)", r"\(ix\): the source has two waveforms"),
    ("Ix a 0 trnoise(1n 1n 0 0) m=2", r"\(ix\): m= beside a waveform or noise"),
    ("Ix a 0 dc 1u external", r"\(ix\): ngspice crashes on a source both constant and external"),
    ("Ix a 0 external foo", r"\(ix\): 'foo' after a waveform is not read; write dc foo"),
    ("Ix a 0 foo", r"\(ix\): 'foo' is not a number"),
    ("Vx a 0 pulse(0 1)", r"\(vx\): a waveform \(pulse\) drives this node"),
    ("Vx a 0 1 r=5", r"\(vx\): the parameter 'r' is refused"),
    ("Vx a 0 1\nVy a 0 1", r""),
    ("Dx a 0 diode", r"\(dx\): no model 'diode' is defined"),
    ("Qx a 0 b npn", r"\(qx\): expected 3 to 5 nodes and a model"),
    ("Tx a 0 b 0 z0=50", r"\(tx\): the kind of element 't' is refused"),
    (".model m osdi(is=1)", r"\(\.model\): the kind of model 'osdi' is not understood"),
    (".model m d(is=1 foo=5)", r"\(\.model\): the diode parameter 'foo' is not understood"),
    (".model m d(is=1 is=2)", r"\(\.model\): is= is given twice"),
    (".model m d(is=1 temp=5)", r"\(\.model\): the diode parameter 'temp' is refused"),
    (".model m d(is=1", r"\(\.model\): the parenthesis of the model is not closed"),
    (".options cshunt=1p", r"\(\.options\): the option 'cshunt' is refused"),
    (".options scale=2", r"\(\.options\): the option 'scale' is refused"),
    (".option defas=2", r"\(\.option\): the option 'defas' is refused"),
    (".options fancy=2", r"\(\.options\): the option 'fancy' is not understood"),
    (".options temp", r"\(\.options\): the option temp needs a value"),
    (".options temp=20 TEMP=30", r"\(\.options\): temp= is given twice"),
    (".temp 20 40", r"\(\.temp\): hwkit runs at one temperature"),
    (".temp 37C", r"\(\.temp\): hwkit runs at one temperature"),
    (".temp -300", r"\(\.temp\): the temperature is -300"),
    (".ic a=1", r"\(\.ic\): start voltages are written v\(node\)=value"),
    (".ic v(a)=1 v(a)=2", r"\(\.ic\): a is given twice, 1 and 2; keep one"),
    (".fancy", r"\(\.fancy\): the statement '\.fancy' is not understood; remove it"),
    (".step param x 1 2", r"\(\.step\): the statement '\.step' is refused"),
    (".include other.cir", r"\(\.include\): a text can't include files"),
    (".lib models.lib", r"\(\.lib\): .*libraries are not read; copy the models"),
    (".control", r"\(\.control\): the statement '\.control' is refused: it runs commands"),
    (".param x(y)=y", r"\(\.param\): parameters are written name=value"),
    (".param hwkit_volt=7", r"\(\.param\): the parameter 'hwkit_volt' is defined twice"),
    (".param pi=3", r"\(\.param\): 'pi' is ngspice's own"),
    (".func f(x) {f(x)+1}\nRx a 0 {f(1)}", r""),
    ("#x a 0 1", r"\(#x\): this is not an element and not a statement; remove it"),
]


@pytest.mark.parametrize(("line", "words"), BAD_LINES)
def test_what_has_no_place_in_a_machine_is_refused_by_line(line, words):
    extract_model(HEADER + UNITS)  # fine without it
    with pytest.raises(NetlistError, match=f"^line 9 {words}" if words else "^line 10 "):
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
        ("Bx a 0 i=-1m*v(a)*v(a)*v(a)\n", r"not a machine with a bounded energy: J4 of unit 0 is"),
        ("Vx a b dc 1", r"a source holds 'a' above 'b'; only constant voltages against ground"),
        (".param x=big\n", r"the parameter 'x': the parameter 'big' is not defined"),
        (".param x=y y=x\n", r"the parameter 'x': 'x' refers to itself"),
        ("L1 a 0 1u\nR1 a 0 1\nK1 L1 L2 0.5\n", r"line 11 \(k1\): 'l2' is not an inductor"),
        (".param hwkit_kt=0\n", r"not a machine with a bounded energy: kT is 0"),
        (".param hwkit_volt=0\n", r"\.param hwkit_volt is 0; it must be above 0"),
        (".param hwkit_second=-1u\n", r"\.param hwkit_second is -1e-06; it must be above 0"),
        (".param hwkit_visible=1.5\n", r"\.param hwkit_visible is 1\.5; it must be a whole number"),
        (".param hwkit_visible=-1\n", r"hwkit_visible is -1; it must be a whole number, 0 or more"),
        (".param hwkit_visible=7\n", r"n_visible is 7, but the model has 2 units"),
        ("Gx a 0 b 0 1e300\nGy b 0 a 0 1e308\n", r"not the gradient|finite"),
    ],
)
def test_what_is_no_machine_as_a_whole_is_refused(lines, words):
    text = HEADER
    for name in re.findall(r"^\.param (hwkit_\w+)=", lines):  # in place of the header's own
        text = re.sub(rf"{name} ?= ?\S+", "", text).replace(".param \n", "")
    with pytest.raises(NetlistError, match=words):
        extract_model(text + UNITS + lines)


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


DIODES = (
    "title\n.param hwkit_volt=0.1 hwkit_second=1e-6 hwkit_kt=0.1 hwkit_mobility=1 hwkit_visible=1\n"
    "C0 a 0 1e-12\nD1 a 0 dm\nD2 0 a dm\n.model dm D(IS=1e-8 N=1.5)\n"
)


def test_diodes_beside_which_gmin_shows_are_refused():
    with pytest.raises(NetlistError, match=r"gmin = 1e-12 S shows beside the diodes at 'a'"):
        extract_model(DIODES)  # 2e-12 S beside 5e-7 S: 4e-6 of a small force
    model = extract_model(DIODES + ".options gmin=1e-18 temp=25 tnom=25\n")
    assert model.onsite.parameters()["r"] == pytest.approx(0.1 / (1.5 * 0.025693), rel=1e-4)
