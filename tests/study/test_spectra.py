import pytest

import hwkit
from hwkit.validation import validate_spectra
from tests.machines import random_machine

PAIR = hwkit.EnergyModel([[0.0, 1.2], [1.2, 0.0]], [0.2, 0], hwkit.Quartic(1.0, 0.0), 0.2, 1.3)
ARGUMENTS = {"dt": 0.02, "n_trajectories": 60, "seed": 2, "jobs": 2}

pytestmark = pytest.mark.spice


def test_circuit_reference_and_spice_runs_have_the_exact_spectrum():
    stages = []

    def announce(stage):
        stages.append(stage)
        return lambda done, total: None

    verdict = validate_spectra(hwkit.compile_model(PAIR), announce=announce, **ARGUMENTS)
    assert verdict.passed
    assert verdict["spectrum by .ac and noise density"].value < 1e-8
    assert sum(metric.name.startswith("spectrum of SPICE runs") for metric in verdict.metrics) == 6
    assert stages == ["reference runs", "SPICE runs (full)"]


def test_faulty_circuits_fail():
    verdict = validate_spectra(hwkit.compile_model(PAIR), fault="temperature", **ARGUMENTS)
    failed = {metric.name.split(",")[0] for metric in verdict.metrics if not metric.passed}
    assert failed == {"spectrum by .ac and noise density", "spectrum of SPICE runs"}
    warm = verdict["spectrum by .ac and noise density"]
    assert warm.value == pytest.approx(0.1, rel=1e-6)


def test_a_quartic_circuit_is_linearised_at_rest():
    model = random_machine(4, seed=6)
    design = hwkit.compile_model(model)
    [metric] = validate_spectra(design).metrics
    assert metric.value < 1e-6
    [metric] = validate_spectra(design, fault="onsite").metrics
    assert not metric.passed


def test_one_run_has_no_standard_error():
    with pytest.raises(hwkit.ConfigError, match="2 runs or more"):
        validate_spectra(hwkit.compile_model(PAIR), n_trajectories=1)
