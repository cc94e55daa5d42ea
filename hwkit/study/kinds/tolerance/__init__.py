"""Tolerance studies: how many boards do their task, and which parts decide."""

from hwkit.study.kind import Kind
from hwkit.study.kinds.tolerance.estimate import estimate
from hwkit.study.kinds.tolerance.page import sections
from hwkit.study.kinds.tolerance.page_answer import answer
from hwkit.study.kinds.tolerance.plan import TolerancePlan
from hwkit.study.kinds.tolerance.study import compute

KIND = Kind(
    name="tolerance",
    summary="How many boards do their task, and which parts decide.",
    plan=TolerancePlan,
    compute=compute,
    sections=sections,
    needs_spice=lambda plan: plan.check.boards > 0,
    estimate=estimate,
    answer=answer,
    has_bench=lambda plan: plan.circuit.has_bench,
)
