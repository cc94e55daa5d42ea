"""What a breadboard study says: quality on three kinds of noise, drift, passive check, yield."""

from hwkit import fidelity
from hwkit.fidelity import Metric, Verdict
from hwkit.model import EnergyModel
from hwkit.study.kinds.breadboard import search as searching
from hwkit.study.kinds.breadboard.results import Sheet
from hwkit.study.kinds.breadboard.runs import Subject
from hwkit.training import recognise

DRIFT_STATES = 20


def judge(subject: Subject, sheet: Sheet) -> Verdict:
    """Return the verdict."""
    choice, patterns = subject.plan.choice, subject.patterns
    judged = [
        fidelity.quality_metrics(runs, patterns, choice.recognisable, share, side)
        for runs, share, side in (
            (subject.ideal(), choice.class_share, "ideal"),
            (subject.samples(), None, "SPICE"),
            (subject.bits(), None, "bit streams"),
        )
    ]
    ideal, *real = judged
    return fidelity.merge(ideal, _control(subject), *real, _metrics(subject, sheet))


def _control(subject: Subject) -> list[Metric]:
    """Judge the same units without couplings: they must not generate."""
    plan, model = subject.plan, subject.model
    alone = EnergyModel(0 * model.J, model.b, model.onsite, model.kT)
    n, seed = plan.choice.samples, subject.run.seed("control")
    share = recognise(searching.samples(plan, alone, n, seed), subject.patterns).share
    note = "recognisable samples of units with biases but no couplings; must miss the choice"
    limit = plan.choice.recognisable
    note = f"{fidelity.shown_share(share, n)}; {note}"
    return [Metric("control: no couplings", "quality", share, limit, "<=", n=n, note=note)]


def _metrics(subject: Subject, sheet: Sheet) -> list[Metric]:
    limits, boards, chosen = subject.plan.limits, sheet.boards, sheet.chosen
    return [
        Metric(
            "drift error as bought",
            "drift",
            sheet.drift,
            limits.drift,
            n=DRIFT_STATES,
            note="preferred values and ngspice's diode against the machine",
        ),
        Metric(
            "passive check: worst unit",
            "distribution",
            sheet.passive.worst,
            limits.passive,
            n=sheet.passive.runs,
            note="rms of units before Rx is fitted, SPICE against theory, standard errors",
        ),
        Metric(
            "resistors",
            "quality",
            chosen.resistors,
            note=f"{chosen.parts} parts in all, {chosen.couplings} couplings",
        ),
        Metric(
            "yield of boards",
            "quality",
            boards.value,
            subject.plan.boards.required,
            ">=",
            n=boards.boards,
            note=f"{boards.text}; at {boards.offset} rms of input offset",
        ),
    ]
