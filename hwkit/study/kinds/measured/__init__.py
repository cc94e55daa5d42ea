"""Studies of measured boards: is a board inside its specification, and what is wrong with it?"""

from hwkit.study.kind import Kind
from hwkit.study.kinds.measured.estimate import estimate
from hwkit.study.kinds.measured.page import sections
from hwkit.study.kinds.measured.page_answer import answer
from hwkit.study.kinds.measured.plan import MeasuredPlan
from hwkit.study.kinds.measured.study import compute

KIND = Kind(
    name="measured",
    summary="Whether a measured board is inside its specification, and what is wrong with it.",
    plan=MeasuredPlan,
    compute=compute,
    sections=sections,
    needs_spice=lambda plan: False,
    estimate=estimate,
    uses_workers=lambda plan: False,
    answer=answer,
)
