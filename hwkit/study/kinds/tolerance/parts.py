"""Which parts decide a tolerance study: derivatives to each, Sobol indices of groups."""

from dataclasses import asdict
from pathlib import Path

from hwkit.circuit import Design
from hwkit.model.files import write_arrays
from hwkit.study.kinds.tolerance.batches import Campaign, tables
from hwkit.study.kinds.tolerance.nominal import Nominal
from hwkit.study.kinds.tolerance.plan import TolerancePlan
from hwkit.study.kinds.tolerance.results import (
    SENSITIVITY,
    Group,
    Part,
    Sensitivity,
    Sobol,
    SobolIndex,
)
from hwkit.study.kinds.tolerance.smooth import smooth_metric
from hwkit.study.run import Run
from hwkit.tolerance import Ranked, group_shares, indices, rank
from hwkit.twin import Derivatives, bind, differentiate
from hwkit.wiener import child_seed


def derivatives(plan: TolerancePlan, about: Nominal) -> Derivatives:
    """Differentiate the study's smooth metric to every part of the nominal board."""
    paths = min(plan.sensitivity.paths, plan.boards.paths)
    metric = smooth_metric(plan.sensitivity.metric, about)
    times = (about.t_final, about.dt, paths, about.seed, about.starts[:paths])
    return differentiate(bind(about.design), metric, *times)


def sensitivity(run: Run[TolerancePlan], nominal: Nominal) -> Sensitivity | None:
    """Return the parts and groups that move the smooth metric most."""
    if not run.plan.sensitivity.top:
        return None
    with run.stage("sensitivities"):
        return run.folder.value(SENSITIVITY, Sensitivity, lambda: ranking(run.plan, nominal))


def ranking(plan: TolerancePlan, about: Nominal, out: Path | None = None) -> Sensitivity:
    """Return the ranking; write every derivative to `out`, if it is named.

    Args:
        plan: the study; its `sensitivity` says which metric, on how many paths.
        about: its nominal board.
        out: where to write every derivative, name -> (parts,), per SI unit.
    """
    slopes = derivatives(plan, about)
    if out is not None:
        write_arrays(slopes.of, out)
    design, variation = about.design, plan.variation()
    ranked = rank(design, variation, slopes.of, plan.sensitivity.top)
    return Sensitivity(
        metric=plan.sensitivity.metric,
        paths=min(plan.sensitivity.paths, plan.boards.paths),
        value=slopes.value,
        parts=tuple(Part(**asdict(row), between=_ends(design, row)) for row in ranked),
        groups=tuple(Group(**asdict(row)) for row in group_shares(design, variation, slopes.of)),
    )


def _ends(design: Design, row: Ranked) -> tuple[str, ...]:
    parts = design.group(row.name.partition(".")[0])
    names = [*design.nodes, "0"]
    return tuple(names[node] for node in parts.nodes[row.part].tolist())


def sobol_campaigns(plan: TolerancePlan) -> dict[str, Campaign]:
    """Return boards A, B, and A with one entry's draws from B, by name."""
    variation, n = plan.variation(), plan.sensitivity.sobol_boards
    a, b = (child_seed(plan.seed, "sobol", side) for side in ("A", "B"))
    swaps = {"A": [], "B": variation.names} | {f"B {name}": [name] for name in variation.names}
    return {
        key: Campaign(f"sobol-{place}", variation, n, a, seeds=dict.fromkeys(swapped, b))
        for place, (key, swapped) in enumerate(swaps.items())
    }


def sobol(run: Run[TolerancePlan], nominal: Nominal) -> Sobol | None:
    """Return grouped Sobol indices of a metric."""
    plan, settings = run.plan, run.plan.sensitivity
    if not settings.sobol_boards:
        return None
    campaigns = sobol_campaigns(plan)
    made = tables(run, nominal, "Sobol indices", list(campaigns.values()))
    values = {
        key: table.metrics[settings.sobol_metric]
        for key, table in zip(campaigns, made, strict=True)
    }
    mixed = {name: values[f"B {name}"] for name in plan.variation().names}
    seed = child_seed(plan.seed, "bootstrap")
    rows = indices(values["A"], values["B"], mixed, seed, plan.boards.level)
    groups = tuple(SobolIndex(**asdict(row)) for row in rows)
    return Sobol(settings.sobol_metric, settings.sobol_boards, groups)
