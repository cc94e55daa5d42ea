import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest

from hwkit import ConfigError, DesignError, EnergyModel, Scale
from hwkit.circuit import CELLS
from hwkit.netlist.schematic import draw_cell, draw_couplings, draw_gate
from tests.machines import random_machine
from tests.names import HOSTILE, named


def words(svg):
    return " ".join(ET.fromstring(svg).itertext())


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("scale", [None, Scale()])
def test_every_family_has_a_schematic(cell, scale):
    svg = draw_cell(cell, scale)
    assert ("1 pF" in words(svg)) == (scale is not None)
    assert svg == draw_cell(cell, scale)


def test_an_unknown_family_is_refused():
    with pytest.raises(DesignError, match="'optical' has no schematic; these have one: rc, "):
        draw_cell("optical")


def test_the_graph_of_couplings():
    J = np.array([[0, 1.0, 0], [1.0, 0, -0.5], [0, -0.5, 0]])
    model = EnergyModel(J, np.zeros(3), n_visible=1, names=["left eye", "b", "c"])
    svg = draw_couplings(model)
    assert "left eye" in words(svg)
    assert svg.count("#b2182b") == 1
    assert svg.count("#2166ac") == 1
    assert svg == draw_couplings(model)


def test_a_machine_without_couplings_and_one_of_many_units():
    assert draw_couplings(EnergyModel(np.zeros((2, 2)), np.zeros(2)))
    assert draw_couplings(random_machine(60, 0, density=0.1))
    with pytest.raises(ConfigError, match="201 units, too many for a picture"):
        draw_couplings(random_machine(201, 0, density=0.01))


def test_hostile_names_leave_the_picture_well_formed():
    printable = [name for name in HOSTILE if name.isascii()][:25]
    svg = draw_couplings(named(random_machine(25, 0), printable))
    assert ET.fromstring(svg).tag.endswith("svg")


def test_the_manual_s_gate_is_drawn_by_hwkit():
    svg = (Path(__file__).parents[2] / "docs/assets/gate.svg").read_text(encoding="utf-8")
    assert words(svg) == words(draw_gate())
    assert "exp" in words(svg)
