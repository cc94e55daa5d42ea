import numpy as np
import pytest

from hwkit import (
    Cosh,
    DesignError,
    EnergyModel,
    Quartic,
    Scale,
    compile_model,
    extract_model,
    render,
)
from hwkit.circuit import with_fault
from hwkit.circuit.cells.rlc import RlcOptions
from hwkit.netlist import bill_of_materials
from hwkit.units import BOLTZMANN
from tests.machines import family_machine, random_machine, same_machine

FLUX = RlcOptions(couplings="transconductor")


def test_the_example_of_the_conventions():
    """R = 1 kohm, tau = 1 us, T = 300 K, m = 0.01: 0.5 mH, 10 pF, 6.44e-12 Wb."""
    unit = EnergyModel([[0.0]], [0.0], Quartic(1.0, 1.0), kT=0.1)
    design = compile_model(unit, "rlc", Scale(0.1, 1e-6, 10e-12))
    assert design.mass == pytest.approx(0.01)
    assert design.group("inductor").values[0] == pytest.approx(0.5e-3)
    assert RlcOptions().weber(design.scale, 0.1) == pytest.approx(6.44e-12, rel=1e-3)
    assert design.group("noise").values[0] == pytest.approx(4 * BOLTZMANN * 300 / 1e3)


def test_mutual_inductances_make_couplings_of_both_signs():
    model = family_machine("rlc", 5, 1)
    design = compile_model(model, "rlc")
    henry = np.diag(design.group("inductor").values)
    root = np.sqrt(np.diag(henry))
    coupling = design.group("coupling")
    for (i, j), k in zip(coupling.nodes, coupling.values, strict=True):
        henry[i, j] = henry[j, i] = k * root[i] * root[j]
    expected = model.hessian(np.zeros(5)) / (1e3 * 1e-6)
    np.testing.assert_allclose(np.linalg.inv(henry), expected, rtol=1e-9, atol=1e-6)
    assert np.any(coupling.values > 0)
    assert np.any(coupling.values < 0)


@pytest.mark.parametrize("mobility", [1.0, 1.7])
def test_mass_is_in_model_time(mobility):
    unit = EnergyModel([[0.0]], [0.0], Quartic(1.0, 0.0), 0.1, mobility)
    assert compile_model(unit, "rlc").mass == pytest.approx(1e-3 / mobility**2)


@pytest.mark.parametrize("options", [RlcOptions(), FLUX, RlcOptions(ohm=50.0, kelvin=77.0)])
def test_the_netlist_computes_the_machine(options):
    model = family_machine("rlc", 6, 2, mobility=1.2, n_visible=3)
    design = compile_model(model, "rlc", Scale(0.3, 2e-6, 5e-12), options)
    assert same_machine(model, extract_model(render(design).text), rtol=1e-9)
    for fault in ("sign-flip", "bias", "onsite", "row"):
        faulty = extract_faulty(with_fault(design, fault))
        assert faulty is None or not same_machine(model, faulty, rtol=1e-9), fault


def extract_faulty(design):
    try:
        return extract_model(render(design).text)
    except ValueError:
        return None  # no longer reciprocal


def test_strong_couplings_need_transconductors():
    model = random_machine(6, 3, size=2.0)
    least = np.linalg.eigvalsh(model.hessian(np.zeros(6)))[0]
    with pytest.raises(DesignError, match=rf"eigenvalue {least:.4g}; .*couplings='transconductor'"):
        compile_model(model, "rlc")
    design = compile_model(model, "rlc", options=FLUX)
    assert same_machine(model, extract_model(render(design).text), rtol=1e-9)


def test_what_inductors_cannot_do_is_refused():
    with pytest.raises(DesignError, match=r"J2 of unit 1 is -0\.5; .*families rc and resistive"):
        compile_model(EnergyModel(np.zeros((2, 2)), [0, 0], Quartic([1.0, -0.5], 1.0)), "rlc")
    with pytest.raises(DesignError, match="needs a quartic onsite energy, not 'cosh'"):
        compile_model(random_machine(2, 0, onsite=Cosh.from_quartic()), "rlc")
    for values, words in (
        ({"ohm": 0.0}, "ohm is 0.0; it must be a number above 0"),
        ({"kelvin": np.inf}, "kelvin is inf"),
        ({"couplings": "optical"}, "choose 'mutual' or 'transconductor'"),
    ):
        with pytest.raises(DesignError, match=words):
            RlcOptions(**values)


def test_inductors_are_on_the_bill_of_materials():
    rows = list(bill_of_materials(compile_model(family_machine("rlc", 4, 1), "rlc"), digits=17))
    inductors = [row for row in rows if row.kind == "inductor"]
    assert sum(row.quantity for row in inductors) == 4
    assert inductors[0].unit == "H"
    assert inductors[0].references == ("L0",)


def test_true_noise_asks_for_no_other_temperature():
    design = compile_model(family_machine("rlc", 3, 1), "rlc", options=RlcOptions(kelvin=77.0))
    needs = design.realisability
    assert needs.noise_temperature == 77.0
    assert needs.joule == pytest.approx(BOLTZMANN * 77 / design.model.kT)
    assert needs.noise_psd == pytest.approx(4 * BOLTZMANN * 77 / 1e3)
    assert "77 K at G0" in needs.describe()
