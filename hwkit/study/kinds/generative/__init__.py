"""Generative studies: trainings, samples and heat of generative thermodynamic computers."""

from hwkit.study.kind import Kind
from hwkit.study.kinds.generative.estimate import estimate
from hwkit.study.kinds.generative.page import sections
from hwkit.study.kinds.generative.page_answer import answer
from hwkit.study.kinds.generative.plan import GenerativePlan
from hwkit.study.kinds.generative.study import compute

KIND = Kind(
    name="generative",
    summary="What a generative thermodynamic computer learns, generates and spends.",
    plan=GenerativePlan,
    compute=compute,
    sections=sections,
    needs_spice=GenerativePlan.needs_spice,
    uses_workers=GenerativePlan.uses_workers,
    estimate=estimate,
    answer=answer,
)
