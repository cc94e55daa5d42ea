"""Equivalence studies: how close a circuit in SPICE is to the ideal machine."""

from hwkit.study.kind import Kind
from hwkit.study.kinds.equivalence.estimate import estimate
from hwkit.study.kinds.equivalence.page import sections
from hwkit.study.kinds.equivalence.page_answer import answer
from hwkit.study.kinds.equivalence.plan import EquivalencePlan
from hwkit.study.kinds.equivalence.study import compute

KIND = Kind(
    name="equivalence",
    summary="How close a circuit in SPICE is to the ideal machine.",
    plan=EquivalencePlan,
    compute=compute,
    sections=sections,
    needs_spice=lambda plan: True,
    estimate=estimate,
    answer=answer,
    has_bench=lambda plan: plan.circuit.has_bench,
)
