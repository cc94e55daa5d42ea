import numpy as np
import pytest

from hwkit import (
    DataError,
    DesignError,
    EnergyModel,
    Quartic,
    Scale,
    compile_model,
    extract_model,
    render,
)
from hwkit.circuit.cells.spu import SpuOptions, gaussian_machine
from tests.machines import capacitive_machine, random_machine, same_machine


def test_the_maxwell_matrix_is_the_precision():
    model = capacitive_machine(6, 1)
    design = compile_model(model, "spu", Scale(0.1, 1e-6, 2e-12))
    expected = 2e-12 * model.hessian(np.zeros(6))
    np.testing.assert_allclose(design.start_charges.toarray(), expected, rtol=1e-12)
    assert np.all(design.group("capacitor").values > 0)
    assert np.all(design.group("coupling").values > 0)
    assert same_machine(model, extract_model(render(design).text), rtol=1e-9)


def test_a_cell_has_the_quality_that_was_asked_for():
    design = compile_model(capacitive_machine(3, 1), "spu", Scale(), SpuOptions(quality=5.0))
    ohm, henry = (design.group(role).values[0] for role in ("loss", "inductor"))
    assert ohm * np.sqrt(design.scale.farad / henry) == pytest.approx(5.0)
    with pytest.raises(DesignError, match="quality is 0; it must be a number above 0"):
        SpuOptions(quality=0)


def test_a_precision_matrix_becomes_a_machine():
    matrix = np.array([[3.0, -1.0], [-1.0, 2.0]])
    model = gaussian_machine(matrix)
    covariance = model.kT * np.linalg.inv(model.hessian(np.zeros(2)))
    np.testing.assert_allclose(covariance, np.linalg.inv(matrix), rtol=1e-12)
    for bad, words in (
        ([[1.0, 2.0], [2.0, 1.0]], "eigenvalue -1; a Gaussian needs all above 0"),
        ([[1.0, 0.5], [0.0, 1.0]], "not symmetric"),
        ([1.0], "give a square matrix"),
    ):
        with pytest.raises(DataError, match=words):
            gaussian_machine(bad)


def test_what_capacitors_cannot_do_is_refused():
    positive = EnergyModel([[0, 0.2], [0.2, 0]], [0, 0], Quartic(1.0, 0.0))
    with pytest.raises(DesignError, match=r"units 0 and 1 is 0\.2; .*up to 0: .*differential"):
        compile_model(positive, "spu")
    chain = gaussian_machine([[1.0, -0.9, 0], [-0.9, 2.0, -0.9], [0, -0.9, 1.5]])
    strong = EnergyModel(3 * chain.J, chain.b, Quartic([2.0, 1.0, 2.0], 0.0))
    with pytest.raises(DesignError, match=r"unit 1 has 2 J2 = 2, but its couplings add up to 3\.6"):
        compile_model(strong, "spu")
    with pytest.raises(DesignError, match="J4 must be 0"):
        compile_model(random_machine(2, 0), "spu")
    biased = EnergyModel(np.zeros((2, 2)), [0, 0.3], Quartic(1.0, 0.0))
    with pytest.raises(DesignError, match=r"bias of unit 1 is 0\.3; .*mean 0"):
        compile_model(biased, "spu")
