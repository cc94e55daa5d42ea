"""What an energy study's page says first: what a sample costs, and what it costs digitally."""

from hwkit.energy.prices import USER_SET
from hwkit.ordering import falling
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
    ratio = digital.joule / ledger.total
    sentence = (
        f"A sample costs {quantity(ledger.total, 'J')} in the circuit {name}, "
        f"{100 * _priced(ledger):.1f} % of it {_prices(ledger)} and the rest supply; simulated on "
        f"the computer of this study ({digital.source}) it costs {quantity(digital.joule, 'J')}: "
        f"{_times(ratio)}."
    )
    numbers = (
        _total(name, ledger),
        Number.mean(
            "the same sample, simulated digitally", digital.joule, None, "J",
            f"numpy and numba, least of its repeats; {digital.source}",
        ),
        Number.mean(
            "digital over circuit", ratio, None, "times",
            "no interval: both rest on prices, which have none",
        ),
    )  # fmt: skip
    return Answer(sentence, numbers, drawing(name, ledger, digital))


def _total(name: str, ledger: CircuitLedger) -> Number:
    share = 100 * _priced(ledger)
    basis = f"{share:.1f} % prices, {100 - share:.1f} % supply; no interval: prices have none"
    return Number.mean(f"a sample in {name}", ledger.total, None, "J", basis)


def _priced(ledger: CircuitLedger) -> float:
    """Return the share of the total that is prices."""
    joule = sum(line.joule for line in ledger.lines if line.basis == "price")
    return joule / ledger.total if ledger.total else 0.0


def _prices(ledger: CircuitLedger) -> str:
    """Return the price lines in words, dearest first, and whether all of them are assumed."""
    lines = [line for line in ledger.lines if line.basis == "price"]
    names = ", ".join(lines[k].name for k in falling([line.joule for line in lines]))
    assumed = lines and all(USER_SET in line.source for line in lines)
    return f"{'assumed ' if assumed else ''}prices ({names})"


def _times(ratio: float) -> str:
    if ratio < 1:
        return f"the circuit takes {number(1 / ratio, 2)} times as much"
    for size, word in ((1e9, " billion"), (1e6, " million")):
        if ratio >= size:
            return f"{number(ratio / size, 2)}{word} times as much"
    return f"{number(ratio, 2)} times as much"
