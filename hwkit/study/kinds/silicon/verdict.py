"""What a silicon study says: the metrics of its parts against their limits."""

from collections.abc import Iterator

from hwkit.fidelity import Metric, share_error, shown_share
from hwkit.fidelity.verdict import Level
from hwkit.study.kinds.silicon.plan import SiliconPlan
from hwkit.study.kinds.silicon.results import (
    Boards,
    Chip,
    Drifts,
    Facts,
    Fault,
    Floor,
    Place,
    Shares,
)


def judge_drift(plan: SiliconPlan, found: Drifts) -> Iterator[Metric]:
    """Yield drift metrics."""
    n = plan.comparison.states
    yield Metric("cell drift", "drift", found.cell, plan.limits.cell, n=n)
    yield Metric(
        "machine drift",
        "drift",
        found.machine,
        plan.limits.drift,
        n=n,
        note="rms, each coupling with its own curve",
    )


def judge_floor(plan: SiliconPlan, found: Floor) -> Iterator[Metric]:
    """Yield the path error at the shortest step, and its fit."""
    n = plan.comparison.path_samples
    step = found.steps[-1]
    yield Metric(
        f"path error at h = {step:g}", "path", found.errors[-1], plan.limits.path, n=n,
        note="rms over units, runs and times",
    )  # fmt: skip
    yield Metric("path error: floor", "path", found.floor, n=n, note="extrapolated to h = 0")
    yield Metric("path error: slope", "path", found.slope, n=n, note="per unit of h")
    if found.unexplained is not None:
        note = "beside the machine with the circuit's measured capacitances"
        yield Metric("path error: unexplained floor", "path", found.unexplained, n=n, note=note)


def judge_shares(plan: SiliconPlan, found: Shares) -> Iterator[Metric]:
    """Yield the quality of samples."""
    limits, n = plan.limits, plan.comparison.samples
    yield Metric(
        "recognisable share", "quality", found.circuit, limits.share, ">=",
        share_error(found.circuit, n), n,
        note=f"{shown_share(found.circuit, n)}; {found.machine:.4g} in the machine of curves",
    )  # fmt: skip
    rarest = min(found.circuit_classes)
    rare = share_error(rarest, n)
    yield Metric("rarest class", "quality", rarest, limits.class_share, ">=", rare, n)
    yield Metric(
        "share, paired difference", "quality", abs(found.difference), limits.share_difference,
        stderr=found.difference_error, n=n,
    )  # fmt: skip


def judge_fault(fault: Fault) -> Metric:
    """Return the metric of a control: it must exceed the limit of its level."""
    level: Level = "drift" if fault.level == "drift" else "path"
    return Metric(f"control, {fault.name}: {level} error", level, fault.error, fault.limit, ">=")


def judge_boards(plan: SiliconPlan, found: list[Boards]) -> Iterator[Metric]:
    """Yield the yield at each factor; a limit at the foundry's own mismatch."""
    if plan.boards is None:
        return
    spec = plan.boards
    for each in found:
        n = spec.count
        wanted = f"share >= {spec.share:g}, classes >= {spec.class_share:g}"
        worst = f"{min(each.share):.3g} recognisable, rarest class {min(each.class_share):.3g}"
        yield Metric(
            f"yield at {each.factor:g} times the foundry's mismatch",
            "quality",
            each.good,
            plan.limits.yields if each.factor == 1 else None,
            ">=",
            share_error(each.good, n),
            n,
            note=f"{shown_share(each.good, n)} of boards: {wanted}; worst board {worst}",
        )


def judge_places(plan: SiliconPlan, found: list[Place]) -> Iterator[Metric]:
    """Yield the quality at each corner and temperature, reported."""
    if plan.corners is None:
        return
    n = plan.corners.samples
    for each in found:
        yield Metric(
            f"{each.corner}, {each.celsius:g} C: recognisable share", "quality", each.share,
            stderr=share_error(each.share, n), n=n,
            note=f"{shown_share(each.share, n)}; rarest class {each.class_share:.3g}",
        )  # fmt: skip


def judge_chip(plan: SiliconPlan, chip: Chip) -> Metric:
    """Return the yield of a design at one area, reported."""
    assert plan.chips is not None
    n = plan.chips.count
    where = "; ".join(chip.places)
    bits = "" if chip.dac_bits is None else f", {chip.dac_bits} bits"
    return Metric(
        f"yield at {chip.area:g} times the area, {chip.power:g} times the power{bits}",
        "quality",
        chip.good,
        stderr=share_error(chip.good, n),
        n=n,
        note=f"{shown_share(chip.good, n)} at all of {where}; {chip.watt:.3g} W; "
        f"worst share {chip.worst:.3g}",
    )


def judge_facts(plan: SiliconPlan, facts: Facts) -> Iterator[Metric]:
    """Yield power, area and energy, reported."""
    note = left_out(plan)
    yield Metric("static power, W", "energy", facts.watt, note=note)
    yield Metric("energy of a sample, J", "energy", facts.joule, note=note)
    yield Metric("gate area, m^2", "energy", facts.gate_area)
    area = "at 2 fF/um^2, decoupling included"
    yield Metric("area of capacitors, m^2", "energy", facts.capacitor_area, note=area)
    yield Metric("expansion of couplings: residual", "drift", facts.residual,
                 note="over the tail current")  # fmt: skip


def left_out(plan: SiliconPlan) -> str:
    """Return what power and area do not count."""
    if plan.circuit.bias == "mirrors":
        return "with mirrors and converters; without memory of codes and noise sources"
    return "without current sources' own overhead, converters and noise sources"
