"""Breadboard studies: the smallest machine that still generates, as a sheet to build it from."""

from hwkit.study.kind import Kind
from hwkit.study.kinds.breadboard.estimate import estimate
from hwkit.study.kinds.breadboard.page import sections
from hwkit.study.kinds.breadboard.page_answer import answer
from hwkit.study.kinds.breadboard.plan import BreadboardPlan
from hwkit.study.kinds.breadboard.study import compute

KIND = Kind(
    name="breadboard",
    summary="The smallest machine that still generates, as a sheet to build it from.",
    plan=BreadboardPlan,
    compute=compute,
    sections=sections,
    needs_spice=lambda plan: True,
    estimate=estimate,
    answer=answer,
)
