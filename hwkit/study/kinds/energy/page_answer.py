"""What an energy study's page says first: what a sample costs, and what it costs digitally."""

from hwkit.report.answers import Answer, Number
from hwkit.report.formats import number, quantity
from hwkit.study.finished import FinishedRun
from hwkit.study.kinds.energy.page import cheapest, drawing
from hwkit.study.kinds.energy.plan import EnergyPlan
from hwkit.study.kinds.energy.results import LEDGER, CircuitLedger, Energies


def answer(plan: EnergyPlan, run: FinishedRun) -> Answer:
    """Return the first screen: the circuit with the lowest total, beside a digital sample."""
    energies = run.value(LEDGER, Energies)
    name = cheapest(energies)
    ledger, digital = energies.circuits[name], energies.digital[name]
    ratio, total = digital.joule / ledger.total, _total(name, ledger)
    sentence = (
        f"A sample costs {quantity(ledger.total, 'J')} in the circuit {name} (supply and prices, "
        f"as listed), and {quantity(digital.joule, 'J')} on a digital processor: "
        f"{_times(ratio)}."
    )
    numbers = (
        total,
        Number.mean(
            "the same sample, digital", digital.joule, None, "J",
            f"least of its repeats; {digital.source}",
        ),
        Number(
            "digital over circuit", ratio, digital.joule / total.high,
            digital.joule / total.low if total.low > 0 else ratio, "times",
            "spread of the circuit's runs alone",
        ),
    )  # fmt: skip
    return Answer(sentence, numbers, drawing(name, ledger, digital))


def _total(name: str, ledger: CircuitLedger) -> Number:
    error = sum(line.stderr**2 for line in ledger.lines if line.counted) ** 0.5
    basis = "supply and price lines; prices have no spread"
    return Number.mean(f"a sample in {name}", ledger.total, error, "J", basis)


def _times(ratio: float) -> str:
    if ratio < 1:
        return f"the circuit takes {number(1 / ratio, 2)} times as much"
    for size, word in ((1e9, " billion"), (1e6, " million")):
        if ratio >= size:
            return f"{number(ratio / size, 2)}{word} times as much"
    return f"{number(ratio, 2)} times as much"
