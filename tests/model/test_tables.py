"""Couplings alone, from .npy and .csv, and values that are no machine."""

import numpy as np
import pytest

import hwkit
from hwkit import DataError

J = np.array([[0.0, -0.25, 1.5], [-0.25, 0.0, 0.75], [1.5, 0.75, 0.0]])


@pytest.mark.parametrize(
    "text",
    [
        "0,-0.25,1.5\n-0.25,0,0.75\n1.5,0.75,0\n",
        "\ufeff0;-0,25;1,5\n-0,25;0;0,75\n1,5;0,75;0\n",
        "0 -2.5e-1 1.5\n\n-0.25\t0 0.75\n1.5 0.75 0",
        "0;-0.25;1.5;\n-0.25;0;0.75;\n1.5;0.75;0;\n",
    ],
)
def test_text_in_the_usual_forms(tmp_path, text):
    file = tmp_path / "J.csv"
    file.write_text(text, "utf-8")
    assert np.array_equal(hwkit.import_model(file).J, J)


def test_an_array_in_a_convention(tmp_path):
    np.save(tmp_path / "J.npy", J)
    model = hwkit.import_model(tmp_path / "J.npy", "negative-half-sum", kT=0.3)
    assert np.array_equal(model.J, -J)
    assert model.kT == 0.3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x0,x1\n0,1\n1,0\n", "row 1, column 1: 'x0' is not a number"),
        ("0,1\n1\n", "row 2 has 1 numbers, row 1 has 2"),
        ("0,nan\n1,0\n", "row 1, column 2"),
        ("", "is empty"),
        ("0,1,2\n1,0,2\n", "square matrix"),
    ],
)
def test_what_is_no_matrix_is_refused(tmp_path, text, words):
    file = tmp_path / "J.csv"
    file.write_text(text)
    with pytest.raises(DataError, match=words):
        hwkit.import_model(file)


def test_pickles_and_other_arrays_are_refused(tmp_path):
    file = tmp_path / "J.npy"
    np.save(file, np.array([[{}]]), allow_pickle=True)
    with pytest.raises(DataError):
        hwkit.import_model(file)
    np.save(file, np.zeros(4))
    with pytest.raises(DataError, match="no matrix"):
        hwkit.import_model(file)
    file.write_bytes(b"")
    with pytest.raises(DataError):
        hwkit.import_model(file)


def test_an_archive_of_arrays_names_the_verb_that_reads_it(tmp_path):
    file = tmp_path / "own.npz"
    np.savez(file, J=J, b=np.zeros(3))
    with pytest.raises(DataError, match="hwkit import"):
        hwkit.load_model(file)


def test_functions_say_what_they_take(trained):
    design = hwkit.compile_model(trained.model)
    with pytest.raises(DataError, match=r"takes a machine, not a Design; give its \.model"):
        hwkit.simulate_langevin(design, 0.1)
    with pytest.raises(DataError, match=r"not a TrainingResult; give its \.model"):
        hwkit.compile_model(trained)
    with pytest.raises(DataError, match="got ndarray; make one of J and b"):
        hwkit.simulate_langevin(J, 0.1)
    with pytest.raises(hwkit.DesignError, match="a circuit and got EnergyModel"):
        hwkit.simulate_spice(trained.model, 0.1)
