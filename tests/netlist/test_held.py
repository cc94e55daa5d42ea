"""Units that voltage sources hold: inputs, and the machine is that of the others."""

import numpy as np
import pytest

from hwkit import (
    Cosh,
    EnergyModel,
    NetlistError,
    Scale,
    clamp_units,
    compile_model,
    extract_model,
    render,
)
from hwkit.circuit import clamp_nodes
from hwkit.netlist.foreign import foreign_netlist
from hwkit.netlist.reading import read_netlist
from tests.machines import dense, random_machine
from tests.netlist.reader.test_lines import MACHINE

PAIR = EnergyModel(np.array([[0, 0.5], [0.5, 0]]), [0.1, -0.2])


@pytest.mark.parametrize("source", ["Vc x0 0 0.1", "Vc 0 x0 dc -0.1", "Vclamp_0 x0 gnd dc=100m"])
def test_a_unit_held_by_a_source_is_an_input(source):
    model = extract_model(f"two units\n{MACHINE}{source}\n.end\n")
    right = clamp_units(PAIR, {0: 1.0})
    assert model.names == ("x1",)
    assert model.b == pytest.approx(right.b, rel=1e-12)  # 0.3
    assert (float(model.onsite.J2), float(model.onsite.J4)) == pytest.approx((1.0, 1.0))
    assert model.n_visible == right.n_visible == 1


@pytest.mark.parametrize("cell", ["rc", "resistive"])
@pytest.mark.parametrize("held", [{0: 1.0}, {1: -0.5, 3: 0.25}])
@pytest.mark.parametrize("noise", ["trnoise", "external"])
def test_what_hwkit_writes_of_held_units_is_read_as_clamp_units_has_it(cell, held, noise):
    onsite = None if cell == "rc" else Cosh.from_quartic(1.0, 1.0)
    model = random_machine(5, 2, n_visible=3, **({} if onsite is None else {"onsite": onsite}))
    scale = Scale() if cell == "rc" else Scale(0.0896)
    design = clamp_nodes(compile_model(model, cell, scale), held)
    back, right = extract_model(render(design, noise=noise).text), clamp_units(model, held)
    np.testing.assert_allclose(dense(back), dense(right), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(back.b, right.b, rtol=1e-9, atol=1e-12)
    for name, value in right.onsite.parameters().items():
        np.testing.assert_allclose(back.onsite.parameters()[name], value, rtol=1e-9)
    assert back.n_visible == right.n_visible


@pytest.mark.parametrize(
    ("sources", "words"),
    [
        ("V0 x0 0 0.1\nV1 x1 0 0.2", "hold all units; leave one of them free"),
        ("V0 x0 0 0.1\nV1 0 x0 0.1", r"line 14 \(v1\): this voltage is held already"),
        ("V0 x0 x1 0.1", "holds 'x0' above 'x1'; only constant voltages against ground"),
        ("V0 x0 0 sin(0 1 1k)", r"line 13 \(v0\): a waveform \(sin\) drives this node"),
    ],
)
def test_sources_that_make_no_input_are_refused(sources, words):
    with pytest.raises(NetlistError, match=words):
        extract_model(f"t\n{MACHINE}{sources}\n.end\n")


def test_a_foreign_netlist_has_its_free_units_alone(tmp_path):
    (tmp_path / "n.cir").write_text(
        f"t\n{MACHINE}Vc x0 0 0.1\nIn0 0 x0 trnoise(1n 1n 0 0)\nIn1 0 x1 trnoise(2n 1n 0 0)\n.end\n"
    )
    found = foreign_netlist(read_netlist(tmp_path / "n.cir"), ["x1"])
    assert found.nodes == found.all_nodes == ("x1",)
    assert found.noise == pytest.approx([2e-9 * 1e-9**0.5])
    assert "v_c x0 0 dc 0.1" in found.run_form().text.splitlines()
    assert found.machine({}).b == pytest.approx([0.3])
