"""Energy studies: what one sample costs, line by line."""

from hwkit.study.kind import Kind
from hwkit.study.kinds.energy.estimate import estimate
from hwkit.study.kinds.energy.page import sections
from hwkit.study.kinds.energy.page_answer import answer
from hwkit.study.kinds.energy.plan import EnergyPlan
from hwkit.study.kinds.energy.study import compute

KIND = Kind(
    name="energy",
    summary="What one sample costs in each circuit, and from a digital computer.",
    plan=EnergyPlan,
    compute=compute,
    sections=sections,
    needs_spice=lambda plan: True,
    estimate=estimate,
    answer=answer,
)
