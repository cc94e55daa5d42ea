"""Which parts decide a tolerance study: derivatives to each, Sobol indices of groups."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hwkit.circuit import Design
from hwkit.files import replacing
from hwkit.study.kinds.tolerance.batches import Campaign
from hwkit.study.kinds.tolerance.metrics import Nominal, smooth_metric
from hwkit.tolerance import (
    Index,
    Ranked,
    group_shares,
    indices,
    rank,
)
from hwkit.twin import Derivatives, bind, differentiate
from hwkit.wiener import child_seed

if TYPE_CHECKING:
    from hwkit.study.kinds.tolerance.plan import TolerancePlan
    from hwkit.study.kinds.tolerance.study import Run

FloatArray = NDArray[np.float64]


def derivatives(plan: "TolerancePlan", about: Nominal) -> Derivatives:
    """Differentiate the study's smooth metric to every part of the nominal board."""
    paths = min(plan.sensitivity.paths, plan.boards.paths)
    metric = smooth_metric(plan.sensitivity.metric, about)
    times = (about.t_final, about.dt, paths, about.seed, about.starts[:paths])
    return differentiate(bind(about.design), metric, *times)


def sensitivity(run: "Run") -> dict[str, Any] | None:
    """Return the parts and groups that move the smooth metric most."""
    if not run.plan.sensitivity.top:
        return None
    with run.stage("sensitivities"):
        return plain_sensitivity(run.plan, run.nominal)


def plain_sensitivity(
    plan: "TolerancePlan", about: Nominal, out: Path | None = None
) -> dict[str, Any]:
    """Return the ranking; write every derivative to `out`, if it is named."""
    found = derivatives(plan, about)
    if out is not None:
        with replacing(out) as temporary, temporary.open("wb") as stream:
            np.savez(stream, **found.of)  # type: ignore[arg-type]
    design, variation = about.design, plan.variation()
    return {
        "metric": plan.sensitivity.metric,
        "paths": min(plan.sensitivity.paths, plan.boards.paths),
        "value": found.value,
        "parts": [
            asdict(row) | {"between": _ends(design, row)}
            for row in rank(design, variation, found.of, plan.sensitivity.top)
        ],
        "groups": [asdict(row) for row in group_shares(design, variation, found.of)],
    }


def _ends(design: Design, row: Ranked) -> list[str]:
    parts = design.group(row.name.partition(".")[0])
    names = [*design.nodes, "0"]
    return [names[node] for node in parts.nodes[row.part].tolist()]


def sobol_campaigns(run: "Run") -> dict[str, Campaign]:
    """Return boards A, B, and A with one entry's draws from B, by name."""
    variation, n = run.plan.variation(), run.plan.sensitivity.sobol_boards
    a, b = (child_seed(run.plan.seed, "sobol", side) for side in ("A", "B"))
    swaps = {"A": [], "B": variation.names} | {f"B {name}": [name] for name in variation.names}
    return {
        key: Campaign(f"sobol-{place}", variation, n, a, seeds=dict.fromkeys(swapped, b))
        for place, (key, swapped) in enumerate(swaps.items())
    }


def sobol(run: "Run") -> dict[str, Any] | None:
    """Return grouped Sobol indices of a metric."""
    plan = run.plan.sensitivity
    if not plan.sobol_boards:
        return None
    campaigns = sobol_campaigns(run)
    tables = dict(
        zip(campaigns, run.tables("Sobol indices", list(campaigns.values())), strict=True)
    )
    values = {key: table.metrics[plan.sobol_metric] for key, table in tables.items()}
    mixed = {name: values[f"B {name}"] for name in run.plan.variation().names}
    seed = child_seed(run.plan.seed, "bootstrap")
    found: list[Index] = indices(values["A"], values["B"], mixed, seed, run.plan.boards.level)
    groups = [asdict(index) for index in found]
    return {"metric": plan.sobol_metric, "boards": plan.sobol_boards, "groups": groups}
