"""Storage studies: how many bits a coupling needs."""

from hwkit.study.kind import Kind
from hwkit.study.kinds.storage.estimate import estimate
from hwkit.study.kinds.storage.page import sections
from hwkit.study.kinds.storage.page_answer import answer
from hwkit.study.kinds.storage.plan import StoragePlan
from hwkit.study.kinds.storage.study import compute

KIND = Kind(
    name="storage",
    summary="How many bits a coupling needs.",
    plan=StoragePlan,
    compute=compute,
    sections=sections,
    needs_spice=lambda plan: False,
    estimate=estimate,
    answer=answer,
)
