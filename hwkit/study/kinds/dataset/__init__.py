"""Data set studies: does a machine trained on a whole data set generate what it has not seen?"""

from hwkit.study.kind import Kind
from hwkit.study.kinds.dataset.estimate import estimate
from hwkit.study.kinds.dataset.page import sections
from hwkit.study.kinds.dataset.page_answer import answer
from hwkit.study.kinds.dataset.plan import DatasetPlan
from hwkit.study.kinds.dataset.study import compute

KIND = Kind(
    name="dataset",
    summary="What a machine trained on a whole data set generates.",
    plan=DatasetPlan,
    compute=compute,
    sections=sections,
    needs_spice=lambda plan: False,
    estimate=estimate,
    answer=answer,
)
