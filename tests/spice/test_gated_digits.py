"""All ten digits, 8 x 8 pixels: cells and gates in ngspice, experts beside it, same noise."""

from functools import cache

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.neural_network import MLPClassifier

from hwkit.circuit import GATE_FAULTS, compile_cells
from hwkit.training import GroupPlan, train_gated
from hwkit.training.patterns import normalized_patterns
from hwkit.validation import validate_gated

T, H = 2.5, 3.125e-3  # at coarser steps a few of 100 runs end in another class
TRAINING = 1400


@cache
def pictures():
    """Normalised pictures and their labels in a fixed order, those to train with first."""
    data = load_digits()
    order = np.random.default_rng(0).permutation(len(data.target))
    return normalized_patterns(data.data[order]), data.target[order]


@cache
def classifier():
    fields, labels = pictures()
    fitted = MLPClassifier((64,), max_iter=500, random_state=0).fit(
        fields[:TRAINING], labels[:TRAINING]
    )
    assert fitted.score(fields[TRAINING:], labels[TRAINING:]) > 0.95
    return fitted


def classify(states):
    return classifier().predict(normalized_patterns(states))


@cache
def machine(segments):
    fields, _ = pictures()
    return train_gated(fields[:TRAINING], [GroupPlan(10)], segments=segments, seed=0).machine


def verdict(segments, n, fault=None):
    design = compile_cells(machine(segments), T if segments > 1 else None)
    return validate_gated(design, T, H, n, level="mixed", fault=fault, classify=classify)


@pytest.mark.spice
@pytest.mark.study
@pytest.mark.parametrize("segments", [1, 8])
def test_the_circuit_generates_the_same_digits(segments):
    found = verdict(segments, 100)
    assert found.passed, found
    values = {metric.name: metric for metric in found.metrics}
    assert values["equal classes"].value >= 0.97


@pytest.mark.spice
@pytest.mark.study
@pytest.mark.parametrize("fault", GATE_FAULTS)
def test_faults_of_its_gate_are_rejected(fault):
    found = verdict(1, 20, fault)
    assert {"drift", "path"} <= {metric.level for metric in found.metrics if not metric.passed}
