"""What a silicon study's page says first: do transistors generate what their machine does?"""

from hwkit.report.answers import Answer, Number
from hwkit.report.formats import count
from hwkit.study.finished import FinishedRun
from hwkit.study.kinds.silicon.page import path
from hwkit.study.kinds.silicon.plan import SiliconPlan
from hwkit.study.kinds.silicon.results import Facts, Floor, Shares


def answer(plan: SiliconPlan, run: FinishedRun) -> Answer:
    """Return the first screen: recognisable shares of circuit and machine, and the energy."""
    facts, shares = run.value("facts.json", Facts), run.value("shares.json", Shares)
    n = plan.comparison.samples
    mixed = plan.comparison.level == "mixed"
    where = ", pairs in ngspice and couplings by their measured curves," if mixed else ""
    sentence = (
        f"{count(facts.transistors)} transistors{where} generate {100 * shares.circuit:.1f} % "
        f"recognisable samples where the machine of their curves generates "
        f"{100 * shares.machine:.1f} % on the same noise; the rarest class is "
        f"{100 * min(shares.circuit_classes):.1f} %."
    )
    numbers = (
        Number.share("circuit in ngspice: recognisable", shares.circuit, n, f"{n} samples"),
        Number.share("machine of their curves: recognisable", shares.machine, n, f"{n} samples"),
        Number.mean("energy of a sample", facts.joule, None, "J", "static power, preparation too"),
    )
    return Answer(sentence, numbers, path(run.value("floor.json", Floor)))
