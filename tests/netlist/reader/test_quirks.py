"""Lines that ngspice reads in its own way, found by differential tests: refused by name."""

import pytest

from hwkit.errors import NetlistError
from hwkit.netlist.reader import read_elements
from hwkit.netlist.reading import read_netlist


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("Cd a GND 1p", r"line 2 \(cd\): ngspice takes GND for a node of its own"),
        ("Load1 a Gnd 1m", r"line 2 \(load1\): ngspice takes GND for a node of its own"),
        ("C1 a 0 1\u03bc", "U\\+03BC"),
        ("In0 0 a pwl(0 1u 1n 1u 3n 2u) dc 1u", "dc beside a pwl waveform is not read"),
        ("In0 0 a trnoise(1u 1n 0 0) 1u", "'1u' after a waveform is not read; write dc 1u"),
        ("D1 a 0 dd off\n.model dd d(is=1n)", "'off'.*only helps a solver to start; remove it"),
        (
            ".global x\nX1 a cell\n.subckt cell x\nC1 x 0 1p\n.ends",
            "the node 'x' of the subcircuit is global too; rename one",
        ),
        ("D1 a 0 dd\n.model dd d(is=-1n)", "is = -1e-09; it must be above 0"),
        ("R1 a 0 1k tc1=1m temp=-300", r"line 2 \(r1\): the temperature is -300 degrees"),
        ("C1 a 0 1p tc1=1m dtemp=-400", r"line 2 \(c1\): the temperature is -373 degrees"),
        (".ic v(0)=0.1", "ground starts at 0.1 V"),
        (".ic v(gnd)=0.1", "ground starts at 0.1 V"),
        (".param q=1 p={q} * 2", r"p= has '\* 2' after its braces.*put all of it into the braces"),
        (".param p='1'*2", r"p= has '\*2' after its braces"),
        (".param q=1 p={{q}}+1", r"p= has '\+1' after its braces"),
        (".func f(x) {x-1} * 2", r"the function 'f' has '\* 2' after its braces"),
        (
            "X1 a cell r={k}\n.subckt cell b r=1 k=2\nR1 b 0 {r}\n.ends\n.param k=3",
            "r= takes 'k', of which the subcircuit has one of its own.*rename one",
        ),
        (
            "X1 a cell r={f(1)}\n.subckt cell b r=1\n.param k=2\nR1 b 0 {r}\n.ends\n"
            ".param k=3\n.func f(x) {x*k}",
            "r= takes 'k', of which the subcircuit has one of its own.*rename one",
        ),
        ("G1 a 0 b 0 gain=1u m=2", "ignores m= behind gain=; write the product as gain="),
        (
            "X1 a cell\n.subckt cell b p={1} * 2\nR1 b 0 {p}\n.ends",
            r"p= has '\* 2' after its braces",
        ),
    ],
)
def test_what_ngspice_reads_in_its_own_way_is_refused(lines, message):
    with pytest.raises(NetlistError, match=message):
        read_elements(f"title\n{lines}\n.end\n")


@pytest.mark.parametrize("line", ["Cd a 0 1p", "cd a gnd 1p", "Cdx a GND 1p", "C1 a 0 1\u00b5"])
def test_the_like_of_it_is_read(line):
    [capacitor] = read_elements(f"title\n{line}\n.end\n").elements
    assert (capacitor.a, capacitor.b) == ("a", "0")


def test_a_global_node_is_one_node_in_a_subcircuit():
    text = "title\n.global x\nX1 a cell\n.subckt cell b\nR1 b x 1k\n.ends\n.end\n"
    [resistor] = read_elements(text).elements
    assert (resistor.a, resistor.b) == ("a", "x")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "latin-1"])
def test_returns_alone_end_no_line_in_any_encoding(encoding, tmp_path):
    lines = ["title", "C1 a 0 1p", "* remark", ".end", ""]
    file = tmp_path / "netlist.cir"
    file.write_bytes("\r\n".join(lines).encode(encoding))
    assert read_netlist(file).text.split("\n")[1] == "C1 a 0 1p"
    file.write_bytes("\r".join(lines).encode(encoding))
    with pytest.raises(NetlistError, match="carriage returns that end no line"):
        read_netlist(file)
