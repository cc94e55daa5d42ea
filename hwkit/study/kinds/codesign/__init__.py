"""Co-design studies: what each way of training is worth on the same boards."""

from hwkit.study.kind import Kind
from hwkit.study.kinds.codesign.estimate import estimate
from hwkit.study.kinds.codesign.page import sections
from hwkit.study.kinds.codesign.page_answer import answer
from hwkit.study.kinds.codesign.plan import CodesignPlan
from hwkit.study.kinds.codesign.study import compute

KIND = Kind(
    name="codesign",
    summary="What plain, device-aware, robust and calibrated training are worth on real boards.",
    plan=CodesignPlan,
    compute=compute,
    sections=sections,
    needs_spice=lambda plan: False,
    estimate=estimate,
    answer=answer,
)
