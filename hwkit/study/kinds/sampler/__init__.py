"""Sampler studies: a Gaussian sampler of LC cells, and what makes a real board's error."""

from hwkit.study.kind import Kind
from hwkit.study.kinds.sampler.estimate import estimate
from hwkit.study.kinds.sampler.page import sections
from hwkit.study.kinds.sampler.page_answer import answer
from hwkit.study.kinds.sampler.plan import SamplerPlan
from hwkit.study.kinds.sampler.study import compute

KIND = Kind(
    name="sampler",
    summary="What error a Gaussian sampler of LC cells makes, and which parts make it.",
    plan=SamplerPlan,
    compute=compute,
    sections=sections,
    needs_spice=lambda plan: True,
    estimate=estimate,
    answer=answer,
)
