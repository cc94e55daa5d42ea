"""Parameters and functions: plain arithmetic, bounded in size and time."""

import time

import pytest

from hwkit import NetlistError
from hwkit.netlist.reader import read_elements
from hwkit.twin import read_circuit


def value(definitions, word):
    [resistor] = read_elements(f"t\n{definitions}\nR1 a 0 {word}\n.end\n").elements
    return resistor.ohm


# As ngspice 39 has them.
@pytest.mark.parametrize(
    ("definitions", "word", "right"),
    [
        ("", "{1+2*3}", 7),
        ("", "{2**3}", 8),
        ("", "{-(2^2)}", -4),
        ("", "{2--3}", 5),
        ("", "{1/2/2}", 0.25),
        ("", "{3-2-1+4}", 4),
        ("", "{1e3k}", 1e6),
        ("", "{1M}", 1e-3),
        ("", "{ 3 }", 3),
        ("", "'1 + 2'", 3),
        ("", "{sqrt(4)+abs(-3)*min(1,2)+max(1,2)}", 7),
        (".param p=2", "{p}", 2),
        (".PARAM P = 2", "{p*3}", 6),
        (".param p=2", "p", 2),
        (".param p={q*2} q=3", "{p}", 6),
        (".param p='q*2'\n.param q=3", "{p}", 6),
        (".params p=2", "{p}", 2),
        (".param p = { 1 + 2 } q=3*4", "{p*q}", 36),
        (".param p=2\n.param p=2", "{p}", 2),
        (".param k=2", "{2*k}", 4),
        (".func f(x) {x+1}", "{2*f(1)}", 4),
        (".func f(x) {x*2}", "{f(1+1)}", 4),
        (".func f(x) = {x*2}", "{f(2)}", 4),
        (".func f (x) 'x*2'", "{f(2)}", 4),
        (".func f(x) x*2", "{f(2)}", 4),
        (".func f(x,y) {x*y}", "{f(2,3)}", 6),
        (".func f() {3}", "{f()}", 3),
        (".func f(x) {g(x)+1}\n.func g(x) {x*2}", "{f(2)}", 5),
        (".func f(x) {x*p}\n.param p=3", "{f(2)}", 6),
        (".func f(p) {p*2}\n.param p=7", "{f(2)}", 4),
        (".param p={f(4)}\n.func f(x) {x*2}", "{p}", 8),
    ],
)
def test_arithmetic(definitions, word, right):
    assert value(definitions, word) == pytest.approx(right, rel=1e-14)


@pytest.mark.parametrize(
    ("definitions", "word", "words"),
    [
        ("", "{-2^2}", "a power with a sign or a power beside it"),
        ("", "{2^3^2}", "a power with a sign or a power beside it"),
        ("", "{(-2)^3}", r"ngspice uses \|x\|"),
        ("", "{1/0}", "'/' has no value"),
        ("", "{1e300*1e300}", "gives inf"),
        ("", "{log(10)}", "the function 'log' is not understood"),
        ("", "{pow(2,3)}", "the function 'pow' is not understood"),
        ("", "{2>1}", "can't be read"),
        ("", "{}", "can't be read"),
        ("", "{pi}", "'pi' is not defined"),
        ("", "{v(a)}", "a value can't depend on a voltage"),
        ("", "{sqrt(1,2)}", "sqrt takes 1 values, not 2"),
        ("", "{sqrt(-1)}", "'sqrt' has no value"),
        (".func f(x) {x*2}", "{f(2,3)}", "f takes 1 values, not 2"),
        (".func f(x) {x}\n.func f(x) {x*2}", "1", "'f' is defined twice"),
        (".func sqrt(x) {x}", "1", "'sqrt' is ngspice's own"),
        (".func f(x) {f(x)+1}", "{f(1)}", "refers to itself"),
        (".func f(x) {g(x)}\n.func g(x) {f(x)}", "{f(1)}", "refers to itself"),
        (".param p={p+1}", "1", "'p' refers to itself"),
        (".param p={q} q={p}", "1", "refers to itself"),
        (".param p=1\n.param p=2", "1", "'p' is defined twice"),
        (".param p", "1", "parameters are written name=value"),
        (".param p=", "1", "p= needs a value"),
        (".param p=2, q=3", "1", "can't be read"),
        (".param p=7.840E -01", "1", "p= has spaces in its value; put it in braces"),
        (".param p= 1 + 2 q=3", "1", "p= has spaces in its value; put it in braces"),
        (".param p={7.84e -1}", "1", "an exponent without a number"),
        (".param x=" + "+".join(["1"] * 20_000), "1", "over 600 terms"),
        (".param x=" + "(" * 5000 + "1" + ")" * 5000, "1", "nested too deeply"),
    ],
)
def test_what_is_no_plain_arithmetic_is_refused(definitions, word, words):
    with pytest.raises(NetlistError, match=words) as refusal:
        value(definitions, word)
    assert len(str(refusal.value)) < 500


def bomb(levels, use):
    functions = [".func f0(x) {x+1}"]
    functions += [f".func f{k}(x) {{f{k - 1}(x)+f{k - 1}(x)}}" for k in range(1, levels)]
    return "\n".join(["t", *functions, use, ".end", ""])


@pytest.mark.parametrize(
    "use", ["R1 a 0 {1e9+0*f40(1)}", "B1 a 0 i=f40(v(a))", ".param p={f40(1)}"]
)
def test_functions_that_multiply_are_stopped_within_seconds(use):
    began = time.process_time()
    for read in (read_elements, read_circuit):
        with pytest.raises(NetlistError, match="takes too many steps"):
            read(bomb(41, use))
    assert time.process_time() - began < 5
    assert read_elements(bomb(8, use.replace("f40", "f7")))  # control


def test_parameters_within_each_other_are_bounded():
    chain = " ".join(f"p{k}={{p{k - 1}}}" for k in range(1, 200))
    with pytest.raises(NetlistError, match="is nested over 60 deep"):
        value(f".param p199b={{p199}} {chain} p0=1", "1")
