"""Silicon studies: is a trained machine, built of transistors, still that machine?"""

from hwkit.study.kind import Kind
from hwkit.study.kinds.silicon.estimate import estimate
from hwkit.study.kinds.silicon.page import sections
from hwkit.study.kinds.silicon.page_answer import answer
from hwkit.study.kinds.silicon.plan import SiliconPlan
from hwkit.study.kinds.silicon.study import compute

KIND = Kind(
    name="silicon",
    summary="Whether a trained machine in transistors is still that machine.",
    plan=SiliconPlan,
    compute=compute,
    sections=sections,
    needs_spice=lambda plan: True,
    estimate=estimate,
    answer=answer,
    has_bench=lambda plan: plan.has_bench,
)
