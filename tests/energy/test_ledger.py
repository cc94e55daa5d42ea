"""Prices, ledgers, and what a digital sample costs."""

import numpy as np
import pytest

import hwkit
from hwkit.energy import (
    Dissipation,
    Price,
    Prices,
    energy_ledger,
    flops_per_sample,
    measure_digital,
)

from ..machines import family_machine, random_machine

PRICES = {
    "readout": Price(2e-12, "J/conversion", "somebody's paper"),
    "weight": Price(1e-12, "J/weight", "user-set"),
    "noise": Price(1e-6, "W/source", "user-set"),
    "supply": Price(1.5, "V", "user-set"),
}


def account(design, second=1e-6):
    """Made-up energies of a design's classes, in two runs."""
    groups = [parts for parts in design.parts if len(parts)]
    n = len(groups)
    joule = np.array([np.arange(1.0, n + 1), np.arange(2.0, n + 2)]) * 1e-15
    coulomb, peak = np.full((2, n), 3e-15), np.full((2, n), 5e-9)
    roles, kinds = zip(*((parts.role, parts.kind) for parts in groups), strict=True)
    return Dissipation(roles, kinds, joule, joule, coulomb, peak, second)


def ledger(cell="rc", stage="A", prices=PRICES):
    design = hwkit.compile_model(family_machine(cell, 3, 1, n_visible=2), cell)
    heat = np.array([10.0, 14.0])
    found = energy_ledger(design, [account(design)] * 2, heat, Prices(prices), 100, stage)
    return {line.name: line for line in found.lines}, found


def test_lines_are_numbers_times_prices():
    lines, found = ledger()
    assert lines["heat of the model"].joule == pytest.approx(12 * 1e-12 * 0.1**2)
    assert lines["heat of the model"].stderr == pytest.approx(2 * 1e-14)
    assert lines["readout"].joule == pytest.approx(2 * 2e-12)
    assert lines["weight"].joule == pytest.approx((3 + 3) / 100 * 1e-12)
    assert lines["noise"].joule == pytest.approx(3 * 1e-6 * 2e-6)
    assert lines["supply of coupling"].joule == pytest.approx(2 * 1.5 * 5e-9 * 1e-6)
    assert lines["capacitor"].joule == pytest.approx(2 * 1.5e-15)
    priced = sum(line.joule for line in found.lines if line.basis in ("supply", "price"))
    assert found.total == pytest.approx(priced)
    assert found.to_dict()["total"] == found.total


def test_class_b_draws_the_current_itself():
    assert ledger(stage="B")[0]["supply of coupling"].joule == pytest.approx(2 * 1.5 * 3e-15)


def test_passive_elements_draw_nothing_from_the_supply_and_converters_do():
    lines, _ = ledger("resistive")
    drawn = {name for name in lines if name.startswith("supply of ")}
    assert drawn == {"supply of bias", "supply of converter"}


@pytest.mark.parametrize("missing", sorted(PRICES))
def test_a_missing_price_is_refused(missing):
    prices = {name: price for name, price in PRICES.items() if name != missing}
    with pytest.raises(hwkit.ConfigError, match=f"needs the price '{missing}'"):
        ledger(prices=prices)


@pytest.mark.parametrize("source", ["", "  "])
def test_a_price_without_a_source_is_refused(source):
    with pytest.raises(hwkit.ConfigError, match="has no source"):
        Price(1.0, "V", source)


def test_prices_that_make_no_sense_are_refused():
    with pytest.raises(hwkit.ConfigError, match="number >= 0"):
        Price(float("nan"), "V", "user-set")
    with pytest.raises(hwkit.ConfigError, match="'tea' is unknown"):
        Prices({"tea": Price(1.0, "V", "user-set")})
    with pytest.raises(hwkit.ConfigError, match="give it in 'J/weight'"):
        Prices({"weight": Price(1.0, "J", "user-set")})


def test_operations_are_counted_by_couplings_and_units():
    machine = random_machine(20, 1)
    assert flops_per_sample(machine, 0.1, 1e-2) == 10 * (2 * 20 * 20 + 2 * 11 * 20)


def test_digital_energy_is_time_times_power():
    power = Price(15.0, "W", "user-set")
    cost = measure_digital(random_machine(4, 1), 0.05, 1e-2, 5, 1, power, repeats=1)
    assert cost.joule == pytest.approx(15.0 * cost.cpu_second / cost.cores)
    assert cost.second > 0
    assert cost.source == "15 W, user-set"


def test_without_a_price_the_energy_counter_is_read(tmp_path):
    counter = tmp_path / "package" / "energy_uj"
    counter.parent.mkdir()
    counter.write_text("2000000\n")
    machine = random_machine(4, 1)
    cost = measure_digital(machine, 0.05, 1e-2, 5, 1, None, repeats=1, counter=counter)
    assert cost.joule == 0.0  # this counter is still
    assert cost.source == "energy counter package"
    with pytest.raises(hwkit.ConfigError, match="give the price 'digital' in W"):
        measure_digital(machine, 0.05, 1e-2, 5, 1, None, counter=tmp_path / "none")
