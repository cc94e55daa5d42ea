"""Speed-up studies: the same samples in less time, by energy and noise."""

from hwkit.study.kind import Kind
from hwkit.study.kinds.speedup.estimate import estimate
from hwkit.study.kinds.speedup.page import sections
from hwkit.study.kinds.speedup.page_answer import answer
from hwkit.study.kinds.speedup.plan import SpeedupPlan
from hwkit.study.kinds.speedup.study import compute

KIND = Kind(
    name="speedup",
    summary="How much faster more energy and noise make a machine, and what limits it.",
    plan=SpeedupPlan,
    compute=compute,
    sections=sections,
    needs_spice=lambda plan: True,
    estimate=estimate,
    answer=answer,
)
