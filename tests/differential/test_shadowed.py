"""Names and factors that ngspice takes elsewhere than where they are written, asked of ngspice."""

import pytest

from tests.differential.oracle import Oracle
from tests.differential.sample import Sample
from tests.differential.study import CONSUMERS, judge

pytestmark = pytest.mark.spice

_PAIR = """two units
.param hwkit_volt=0.1 hwkit_second=1e-6 hwkit_kt=0.1 hwkit_mobility=1 hwkit_visible=2
C0 x0 0 1e-12
C1 x1 0 1e-12
G0 x0 0 x0 0 2e-6
G1 x1 0 x1 0 2e-6
G01 x0 0 x1 0 5e-7
G10 x1 0 x0 0 5e-7
{lines}
.tran 2.5n 1u uic
.end
"""
_USED = "X7 x0 p {use}\n.subckt p a {head}\nR1 a 0 {{r}}\n.ends\n.param rr=3meg\n"
_REFUSED = {
    "parameter of the subcircuit": _USED.format(use="r={rr}", head="r=1meg rr=7meg"),
    ".param in the subcircuit": _USED.format(use="r={rr*2}", head="r=1meg\n.param rr=7meg"),
    "word without braces": _USED.format(use="r=rr", head="r=1meg rr=7meg"),
    "given beside it": _USED.format(use="rr=5meg r={rr}", head="r=1meg rr=7meg"),
    "by way of a function": _USED.format(use="r={f(2)}", head="r=1meg rr=7meg")
    + ".func f(x) {x*rr}",
    "use within a use": "X7 x0 p\n.subckt p a\n.param k=1meg\nX1 a q j={k}\n.ends\n"
    ".subckt q a j=3meg k=8meg\nR1 a 0 {j}\n.ends",
    "m behind gain": "G7 x0 0 x1 0 gain=1u m=3\nG8 x1 0 x0 0 gain=1u m=3",
}
_READ = {
    "a parameter handed on under its name": _USED.format(use="r=1meg rr={rr}", head="r=1 rr=7meg"),
    "another name": _USED.format(use="r={rr}", head="r=1meg q=7meg"),
    "m without gain": "G7 x0 0 x1 0 100n m=3\nG8 x1 0 x0 0 100n m=3",
}


@pytest.fixture(scope="module")
def verdict(tmp_path_factory):
    file = tmp_path_factory.mktemp("shadowed") / "netlist.cir"
    with Oracle() as oracle:
        yield (
            lambda lines, reader: (
                judge(Sample(_PAIR.format(lines=lines), True, "pair"), reader, oracle, file).verdict
            )
        )


@pytest.mark.parametrize("reader", CONSUMERS)
@pytest.mark.parametrize("case", _REFUSED)
def test_what_ngspice_takes_elsewhere_is_refused(case, reader, verdict):
    assert verdict(_REFUSED[case], reader) == "refused"


@pytest.mark.parametrize("reader", CONSUMERS)
@pytest.mark.parametrize("case", _READ)
def test_the_like_of_it_is_read_as_ngspice_does(case, reader, verdict):
    assert verdict(_READ[case], reader) == "equal"
