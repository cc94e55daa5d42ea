"""Energy studies: a small one whole, and what is refused."""

import json

import pytest

from hwkit import ConfigError
from hwkit.study import estimate_study, example_text, load_plan, run_study
from hwkit.study.kinds.energy.plan import EnergyPlan
from hwkit.study.kinds.energy.results import LEDGER
from hwkit.workers import available_cores

STUDY = """
kind = "energy"
name = "tiny"
[data]
classes = [0, 1]
[machine]
n_hidden = 2
[protocol]
t_final = 0.1
dt = 5e-3
[[circuits]]
name = "rails"
cell = "resistive"
onsite = "cosh"
volt = 0.0896
dt = 1e-2
samples = 2
halved = 2
[probe]
units = 2
t_final = 0.05
[digital]
dt = 1e-2
samples = 2
"""
PRICES = """
[prices.readout]
value = 1e-12
unit = "J/conversion"
source = "user-set"
[prices.weight]
value = 1e-12
unit = "J/weight"
source = "user-set"
[prices.noise]
value = 1e-6
unit = "W/source"
source = "user-set"
[prices.supply]
value = 1.8
unit = "V"
source = "user-set"
[prices.digital]
value = 15.0
unit = "W"
source = "user-set"
"""


def study(tmp_path, text):
    file = tmp_path / "tiny.toml"
    file.write_text(text)
    return load_plan(file)


def test_an_unknown_word_of_a_price_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"prices\.supply\.valeu is not a setting; .* 'value'"):
        study(tmp_path, STUDY + PRICES.replace("[prices.supply]", "[prices.supply]\nvaleu = 2"))


@pytest.mark.spice
def test_a_small_study_adds_up_and_shows_its_ledger(tmp_path):
    plan = study(tmp_path, STUDY + PRICES)
    verdict = run_study(plan, tmp_path / "run", available_cores())
    assert verdict.passed
    assert verdict["rails: energy-balance residual"].value < 1e-5
    assert verdict["rails: control, a class forgotten"].value > 1e-4
    assert verdict["rails: control, a sign wrong"].value > 1e-4
    assert verdict["rails: power against ngspice's probes"].value < 1e-6
    ledger = json.loads((tmp_path / "run" / LEDGER).read_text())
    assert ledger["omitted"]
    for name, found in ledger["circuits"].items():
        counted = [line for line in found["lines"] if line["counted"]]
        assert found["total"] == pytest.approx(sum(line["joule"] for line in counted))
        assert all("user-set" in line["source"] for line in counted)
        assert ledger["digital"][name]["flops"] > 0
    page = (tmp_path / "run" / "report.html").read_text()
    assert "What the totals leave out" in page
    # Resumed, nothing is computed again: the measured times are the same.
    again = run_study(plan, tmp_path / "run", 1)
    assert again == verdict
    assert json.loads((tmp_path / "run" / LEDGER).read_text()) == ledger


@pytest.mark.parametrize("missing", ["readout", "weight", "noise", "supply"])
def test_a_missing_price_is_refused_before_anything_runs(tmp_path, missing):
    parts = [part for part in PRICES.split("[prices.") if not part.startswith(missing)]
    with pytest.raises(ConfigError, match=f"price '{missing}' is missing"):
        study(tmp_path, STUDY + "[prices.".join(parts))


def test_a_price_without_a_source_is_refused(tmp_path):
    text = PRICES.replace('source = "user-set"', 'source = ""', 1)
    with pytest.raises(ConfigError, match="has no source"):
        study(tmp_path, STUDY + text)


def test_two_circuits_of_one_name_are_refused(tmp_path):
    twice = '[[circuits]]\nname = "rails"\n'
    with pytest.raises(ConfigError, match="two circuits are called 'rails'"):
        study(tmp_path, STUDY + twice + PRICES)


def test_more_repeats_than_samples_are_refused(tmp_path):
    with pytest.raises(ConfigError, match="give at most 2"):
        study(tmp_path, STUDY.replace("halved = 2", "halved = 3") + PRICES)


def test_an_estimate_counts_both_sides(tmp_path):
    estimate = estimate_study(study(tmp_path, STUDY + PRICES))
    assert estimate.runs == 2 * 2 + 2 + 8 * 2
    assert 0 < estimate.minutes < 10


def test_a_plan_in_python_needs_its_prices():
    with pytest.raises(ConfigError, match="the price 'readout' is missing"):
        EnergyPlan(name="a", circuits=[{"name": "rails"}])


SILICON = """
[[circuits]]
name = "chip"
cell = "silicon"
volt = 0.131
second = 1e-6
farad = 4e-12
dt = 1e-2
samples = 4
"""


def silicon(more=""):
    head, rest = STUDY.split("[[circuits]]")
    return head + SILICON + more + rest[rest.index("[probe]") :] + PRICES


@pytest.mark.spice
def test_a_circuit_of_transistors_is_paid_at_its_supplies(tmp_path):
    file = tmp_path / "chip.toml"
    file.write_text(silicon())
    plan = load_plan(file)
    verdict = run_study(plan, tmp_path / "run", jobs=1)
    assert verdict.passed
    rows = {metric.name: metric.value for metric in verdict.metrics}
    found = json.loads((tmp_path / "run" / LEDGER).read_text())["circuits"]["chip"]
    lines = {line["name"]: line["joule"] for line in found["lines"]}
    chip, second = found["chip"], 2 * 0.1 * 1e-6
    drawn = lines["supply of pairs"] + lines["supply of couplings and bias"]
    assert drawn == pytest.approx(chip["watt"] * second)
    assert rows["chip: power at the supplies, uW"] == pytest.approx(1e6 * chip["watt"])
    assert rows["chip: area of gates, mm^2"] == pytest.approx(1e6 * chip["gate_area"])
    priced = sum(lines[name] for name in ("readout", "weight", "noise"))
    assert found["total"] == pytest.approx(drawn + priced)
    page = (tmp_path / "run" / "report.html").read_text("utf-8")
    assert "transistors draw" in page


@pytest.mark.parametrize(
    ("more", "words"),
    [("halved = 2", "halved changes nothing"), ('onsite = "cosh"', "quartic onsite energy")],
)
def test_settings_that_transistors_don_t_take_are_refused(tmp_path, more, words):
    file = tmp_path / "chip.toml"
    file.write_text(silicon(more + "\n"))
    with pytest.raises(ConfigError, match=words):
        load_plan(file)


def test_a_limit_of_power_at_rest_without_transistors_is_refused(tmp_path):
    file = tmp_path / "rails.toml"
    file.write_text(example_text("energy") + "\n[limits]\npower = 0.1\n")
    with pytest.raises(ConfigError, match=r"limits\.power changes nothing while no circuit"):
        load_plan(file)
