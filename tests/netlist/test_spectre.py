"""No Spectre here: the text is read by a reader of its own grammar, written for this test."""

import re

import numpy as np
import pytest

from hwkit import compile_model, render
from tests.machines import dense, random_machine
from tests.names import named

_INSTANCE = re.compile(r"(\w+) \(([^)]*)\) (\w+) (.*)")


def instances(text):
    """Yield (name, nodes, master, parameters) with subcircuits written out and lines joined."""
    masters, inside = {}, None
    for line in text.replace("\\\n", " ").splitlines():
        words = line.split()
        if not words or line.startswith("//"):
            continue
        if words[0] == "subckt":
            inside = masters[words[1]] = ([w.strip("()") for w in words[2:]], [])
        elif words[0] == "ends":
            inside = None
        elif match := _INSTANCE.fullmatch(line):
            name, nodes, master, rest = match.groups()
            values = dict(part.split("=", 1) for part in re.findall(r"\w+=(?:\[[^]]*\]|\S+)", rest))
            if inside is not None:
                inside[1].append((name, nodes.split(), master, values))
            elif master in masters:
                ports, body = masters[master]
                where = dict(zip(ports, nodes.split(), strict=True)) | {"0": "0"}
                for part, ends, kind, given in body:
                    filled = {k: v if "*" in v else values.get(v, v) for k, v in given.items()}
                    if kind == "bsource":
                        filled = {"i": values[given["i"].split("*")[0]]}
                    yield f"{name}.{part}", [where[end] for end in ends], kind, filled
            else:
                yield name, nodes.split(), master, values


@pytest.mark.parametrize("form", ["flat", "hierarchy"])
def test_the_text_says_what_the_design_says(form):
    model = named(random_machine(4, 3), ["left eye", "b", "c", "d"])
    design = compile_model(model)
    text = render(design, "spectre", t_final=0.1, dt=0.05, form=form).text
    matrix, capacitance, bias, cubic = np.zeros((4, 4)), np.zeros(4), np.zeros(4), np.zeros(4)
    waves = {}
    for name, nodes, master, values in instances(text):
        index = [design.nodes.index(node) if node != "0" else -1 for node in nodes]
        if master == "capacitor":
            capacitance[index[0]] += float(values["c"])
        elif master == "vccs":
            matrix[index[0], index[2]] += float(values["gm"])
        elif master == "bsource":
            cubic[index[0]] += float(values["i"].split("*")[0])
        elif values.get("type") == "pwl":
            waves[index[1]] = np.array(values["wave"].strip("[]").split(), dtype=float)
        else:
            assert master == "isource", name
            bias[index[0]] += float(values["dc"])
    unit = design.scale.siemens
    np.testing.assert_allclose(capacitance, design.scale.farad)
    np.testing.assert_allclose(matrix / unit, dense(model) + 2 * np.eye(4), rtol=1e-12)
    np.testing.assert_allclose(bias / design.scale.ampere, model.b, rtol=1e-12)
    np.testing.assert_allclose(cubic * design.scale.volt**2 / unit, 4.0)
    assert sorted(waves) == [0, 1, 2, 3]
    assert all(wave.shape == (2 * 3,) for wave in waves.values())
    assert re.search(r"^run tran stop=1e-07 step=5e-08 ", text, re.MULTILINE)
    assert len(re.findall(r"^ic u_\w+=0\.0$", text, re.MULTILINE)) == 4
    assert text.splitlines()[2] == "simulator lang=spectre"
