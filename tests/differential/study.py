"""Many netlists: drawn, read by hwkit, asked of ngspice, compared, counted."""

import random
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from hwkit.errors import HwkitError
from tests.differential.consumers import Consumer, UnmeasurableError
from tests.differential.extract_claim import claim_extract
from tests.differential.grammar import draw_grammar
from tests.differential.near import draw_near
from tests.differential.oracle import Oracle
from tests.differential.own import draw_own
from tests.differential.questions import Refusal
from tests.differential.sample import Sample
from tests.differential.shrink import shrink
from tests.differential.twin_claim import claim_twin

CONSUMERS: dict[str, Consumer] = {"extract": claim_extract, "twin": claim_twin}


@dataclass(frozen=True)
class Outcome:
    """What became of one netlist at one consumer.

    Attributes:
        verdict: "equal", "refused" by hwkit, "differs", "unchecked" where ngspice refuses what
            hwkit accepts, or "crash" of hwkit.
        detail: hwkit's or ngspice's sentence, or the differences.
    """

    verdict: str
    detail: str = ""


def draw(seed: int, index: int) -> Sample:
    """Draw netlist number `index`: the same for the same seed."""
    rng = random.Random(f"{seed}-{index}")
    share = rng.random()
    if share < 0.3:
        return draw_grammar(rng)
    return draw_own(rng) if share < 0.4 else draw_near(rng)


def judge(sample: Sample, consumer: str, oracle: Oracle, file: Path, key: str = "") -> Outcome:
    """Compare one netlist."""
    first = _judge(sample, consumer, oracle, file, key)
    if first.verdict != "differs":
        return first
    with Oracle() as fresh:  # whatever it is, it is not what a netlist before this one left behind
        return _judge(sample, consumer, fresh, file, key)


def _judge(sample: Sample, consumer: str, oracle: Oracle, file: Path, key: str) -> Outcome:
    file.write_bytes(sample.data)
    try:
        claim = CONSUMERS[consumer](file, sample.text, random.Random(key))
    except UnmeasurableError as error:
        return Outcome("unchecked", str(error))
    except HwkitError as error:
        return Outcome("refused", str(error))
    except Exception as error:
        return Outcome("crash", repr(error))
    answers = []
    for question in claim.questions:
        answer = oracle.ask(question)
        if isinstance(answer, Refusal):
            return Outcome("unchecked", answer.reason)
        answers.append(answer)
    try:
        found = claim.check(answers)
    except UnmeasurableError as error:
        return Outcome("unchecked", str(error))
    except KeyError as error:
        return Outcome("differs", f"ngspice has no {error}")
    return Outcome("differs", "; ".join(found)) if found else Outcome("equal")


@dataclass
class Tally:
    """Outcomes counted, grammar and near misses apart, and the netlists worth looking at."""

    counts: Counter[tuple[bool, str, str]] = field(default_factory=Counter)
    noted: list[tuple[int, str, Outcome]] = field(default_factory=list)

    def add(self, index: int, grammar: bool, consumer: str, outcome: Outcome) -> None:
        """Count one."""
        self.counts[grammar, consumer, outcome.verdict] += 1
        if outcome.verdict not in ("equal", "refused") or (
            grammar and outcome.verdict == "refused"
        ):
            self.noted.append((index, consumer, outcome))

    def accepted(self, consumer: str) -> float:
        """Return the share of netlists of the grammar that were accepted."""
        rows = {v: c for (g, who, v), c in self.counts.items() if g and who == consumer}
        return 1 - rows.get("refused", 0) / max(sum(rows.values()), 1)

    def number(self, verdict: str) -> int:
        """Return how many had a verdict."""
        return sum(count for (_, _, v), count in self.counts.items() if v == verdict)

    def merge(self, other: "Tally") -> None:
        """Add another tally."""
        self.counts += other.counts
        self.noted += other.noted


def run(
    seed: int,
    indices: Iterable[int],
    consumers: Iterable[str] = tuple(CONSUMERS),
    report: Callable[[int], None] | None = None,
) -> Tally:
    """Compare many netlists."""
    tally = Tally()
    with tempfile.TemporaryDirectory() as folder, Oracle() as oracle:
        file = Path(folder, "netlist.cir")
        for done, index in enumerate(indices):
            sample = draw(seed, index)
            for consumer in consumers:
                outcome = judge(sample, consumer, oracle, file, f"{seed}-{index}-{consumer}")
                tally.add(index, sample.grammar, consumer, outcome)
            if report is not None:
                report(done + 1)
    return tally


def run_part(arguments: tuple[int, range, list[str]]) -> Tally:
    """Compare some netlists, in a worker process."""
    return run(*arguments)


def shrunk(seed: int, index: int, consumer: str) -> str:
    """Return a netlist that differs as small as it gets, with the difference."""
    sample, key = draw(seed, index), f"{seed}-{index}-{consumer}"
    with tempfile.TemporaryDirectory() as folder, Oracle() as oracle:
        file = Path(folder, "netlist.cir")
        first = judge(sample, consumer, oracle, file, key)

        def same(other: Sample) -> bool:
            outcome = judge(other, consumer, oracle, file, key)
            return _kind(outcome) == _kind(first) and "nan" not in outcome.detail

        small = shrink(sample, same)
        outcome = judge(small, consumer, oracle, file, key)
    return f"--- {index} {consumer} {sample.kind} {outcome.verdict}: {outcome.detail}\n{small.text}"


def _kind(outcome: Outcome) -> tuple[str, str]:
    return outcome.verdict, outcome.detail.partition(":")[0]


def first_difference(seed: int, count: int, consumer: str) -> int | None:
    """Return the number of the first netlist that differs; None if none of `count` does."""
    with tempfile.TemporaryDirectory() as folder, Oracle() as oracle:
        file = Path(folder, "netlist.cir")
        for index in range(count):
            outcome = judge(draw(seed, index), consumer, oracle, file, f"{seed}-{index}-{consumer}")
            if outcome.verdict == "differs":
                return index
    return None
