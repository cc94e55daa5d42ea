"""The ledger of a machine in transistors: its supplies, and no noise price where it has sources."""

import numpy as np
import pytest

import hwkit
from hwkit.circuit import SiliconOptions
from hwkit.energy import Prices, SupplyPower, transistor_ledger

from .test_ledger import PRICES

SCALE = hwkit.Scale(0.131, 2e-6, 2e-12)
POWER = SupplyPower(cells=3e-7, cells_at_rest=2.5e-7, cells_designed=2.5e-7, rest=7e-7)


def ledger(**options):
    model = hwkit.EnergyModel([[0, 0.8], [0.8, 0]], [0.2, 0.0], n_visible=1)
    design = hwkit.compile_model(model, "silicon", SCALE, SiliconOptions(**options))
    found = transistor_ledger(design, POWER, 5e-6, np.array([1.0, 3.0]), Prices(PRICES), 10)
    return {line.name: line.joule for line in found.lines}, found


def test_supplies_are_power_times_time():
    lines, found = ledger()
    assert lines["supply of pairs"] == pytest.approx(3e-7 * 5e-6)
    assert lines["supply of couplings and bias"] == pytest.approx(7e-7 * 5e-6)
    assert lines["noise"] == pytest.approx(2 * 1e-6 * 5e-6)
    assert lines["heat of the model"] == pytest.approx(2 * SCALE.joule)
    priced = lines["readout"] + lines["weight"] + lines["noise"]
    assert found.total == pytest.approx(POWER.total * 5e-6 + priced)


def test_noise_sources_of_transistors_have_no_price_of_their_own():
    lines, found = ledger(noise="bits", bias="mirrors")
    assert "noise" not in lines
    source = next(line.source for line in found.lines if line.name.startswith("supply of coup"))
    assert source == "currents of the design, converters included, noise sources included"
