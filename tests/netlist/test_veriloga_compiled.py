"""OpenVAF compiles the module and evaluates its currents, charges and noise (see conftest.py)."""

import openvaf_py
import pytest

from hwkit import EnergyModel, Quartic, Scale, compile_model
from hwkit.circuit import ResistiveOptions
from hwkit.netlist import render_veriloga
from tests.machines import READ, family_machine, random_machine


def module_of(design, folder):
    (folder / "cell.va").write_text(render_veriloga(design), encoding="utf-8")
    [module] = openvaf_py.compile_va(str(folder / "cell.va"))
    return module


@pytest.fixture
def compiled(tmp_path):
    model = EnergyModel([[0.0]], [0.3], Quartic(1.5, 0.7), kT=0.2)
    design = compile_model(model, "rc", Scale(0.2, 1e-6, 2e-12))
    return model, design, module_of(design, tmp_path)


@pytest.mark.parametrize("x", [-1.3, 0.0, 0.4, 2.0])
def test_current_and_charge_are_those_of_the_energy(compiled, x):
    model, design, module = compiled
    volt = x * design.scale.volt
    values = module.get_param_defaults() | {"V(x)": volt, "mfactor": 1.0}
    [(current, charge)], [(_, _, slope, capacitance)] = module.run_init_eval(values)
    force = -model.force([[x]])[0, 0] * design.scale.ampere
    assert current == pytest.approx(force, rel=1e-12)
    assert charge == pytest.approx(design.scale.farad * volt, abs=1e-30)
    curvature = model.hessian([x])[0, 0]
    assert slope == pytest.approx(curvature * design.scale.siemens, rel=1e-12)
    assert capacitance == pytest.approx(design.scale.farad)


def test_there_is_one_noise_source(compiled):
    *_, module = compiled
    assert len(module.get_osdi_descriptor()["noise_sources"]) == 1


@pytest.mark.parametrize("cell", READ)
@pytest.mark.parametrize("bias", ["current", "resistor"])
def test_every_family_compiles(cell, bias, tmp_path):
    options = ResistiveOptions(bias=bias, gain_bandwidth=1e8) if cell == "resistive" else None
    module = module_of(compile_model(family_machine(cell, 3, 1), cell, options=options), tmp_path)
    assert len(module.get_osdi_descriptor()["noise_sources"]) == 1


def test_wrong_text_does_not_compile(tmp_path):
    """The control."""
    text = render_veriloga(compile_model(random_machine(1, 0)))
    (tmp_path / "cell.va").write_text(text.replace("V(x)", "V(y)"), encoding="utf-8")
    with pytest.raises(Exception, match=r"(?i)compil|error|y"):
        openvaf_py.compile_va(str(tmp_path / "cell.va"))
