"""Equivalence studies: train, compile, extract, simulate on both sides, compare."""

from hwkit import fidelity
from hwkit.study.kinds.equivalence import stages
from hwkit.study.kinds.equivalence.distribution import controls, distribution
from hwkit.study.kinds.equivalence.plan import EquivalencePlan
from hwkit.study.run import Run
from hwkit.validation.schemes import with_lag


def compute(plan: EquivalencePlan, run: Run[EquivalencePlan]) -> fidelity.Verdict:
    """Do the whole chain and return the verdict."""
    subject = stages.build(run)
    ideal, real = stages.generate(run, subject)
    many = stages.generate_many(run, subject)
    limits = plan.limits
    compared = fidelity.compare(
        ideal, real, subject.patterns, limits.path, limits.correlation, limits.share_difference
    )
    verdict = fidelity.merge(
        stages.drift(run, subject, ideal),
        with_lag(compared.metrics, real),
        stages.order(run, subject, ideal, real),
        stages.implicit(run, subject),
        stages.quality(run, subject, many, real),
        distribution(run, subject, many),
        controls(run, subject, ideal, many),
        stages.answers(run),
    )
    stages.budget(run, subject)
    return verdict
