import re

import pytest

from hwkit import NetlistError, compile_model, extract_model, render
from hwkit.netlist import render_veriloga
from tests.machines import READ, family_machine, random_machine


@pytest.mark.parametrize("cell", READ)
def test_the_module_stands_in_the_text(cell):
    text = render_veriloga(compile_model(family_machine(cell, 2, 0), cell))
    assert "not simulated" in text.splitlines()[0]
    ports = {"resistive": "p, n", "rlc": "x, v"}.get(cell, "x")
    assert re.search(rf"^module hwkit_{cell}_cell\({ports}\);$", text, re.MULTILINE)
    declared = re.findall(r"parameter real (\w+) =", text)
    law = text.partition("analog begin")[2]
    assert all(name in law for name in declared)


def test_the_parameters_are_the_first_unit_s():
    design = compile_model(random_machine(3, 5))
    values = dict(
        re.findall(r"parameter real (\w+) = (\S+?)(?: from .*)?;", render_veriloga(design))
    )
    assert float(values["bias_value"]) == design.group("bias").values[0]
    assert float(values["capacitor_value"]) == design.group("capacitor").values[0]
    back = extract_model(render(design).text)
    assert float(values["bias_value"]) == pytest.approx(back.b[0] * design.scale.ampere)


def test_what_has_no_known_law_is_refused():
    design = compile_model(random_machine(3, 5))
    object.__setattr__(design.group("bias"), "kind", "gyrator")
    with pytest.raises(NetlistError, match=r"no Verilog-A is known here for a gyrator \(bias\)"):
        render_veriloga(design)
