"""Whole data sets on the command line: what `hwkit train --data` and `hwkit sample --class` do."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import hwkit
from hwkit.cli.output import emit, progress_bars

if TYPE_CHECKING:
    from hwkit.model import GatedMachine, Machine, SegmentedMachine
    from hwkit.patterns import LabelledPictures
    from hwkit.training import GroupPlan

STEPS = 128  # of a run of a gated machine, as in its training


def pictures_of(data: str) -> "LabelledPictures":
    """Return the pictures of `digits`, a folder of idx files, or an .npz of arrays.

    Raises:
        DataError: if it is none of them.
    """
    from hwkit.patterns import whole_set

    if data == "digits":
        return whole_set("digits")
    return whole_set("mnist" if Path(data).is_dir() else "arrays", data)


@dataclass(frozen=True)
class GatedSize:
    """Experts and segments of a machine."""

    experts: int
    prototypes: int
    segments: int
    tile_experts: int


def train_on_data(
    data: str, size: GatedSize, kT: float, seed: int, out: Path, as_json: bool
) -> None:
    """Train a gated machine on a whole data set, write it, and say how it came about."""
    from hwkit.training import train_gated

    pictures = pictures_of(data)
    groups = _groups(size, pictures.pictures.shape[1])
    with progress_bars() as announce:
        result = train_gated(
            pictures.pictures,
            groups,
            labels=pictures.labels,
            segments=size.segments,
            kT=kT,
            seed=seed,
            progress=announce("training"),
        )
    hwkit.save_machine(result.machine, out)
    facts = {
        "model": str(out),
        "units": result.machine.n_units,
        "pictures": len(pictures),
        "classes": pictures.n_classes,
        "couplings": result.machine.n_couplings,
        "segments": size.segments,
        "gradient": max(result.gradient),
        "held_out": list(result.held_out),
    }
    text = (
        f"trained on {len(pictures)} pictures of {pictures.n_classes} classes: "
        f"{result.machine.describe()}; wrote {out}"
    )
    emit(as_json, facts, text)


def _groups(size: GatedSize, n_units: int) -> "list[GroupPlan]":
    from hwkit.training import GroupPlan, TilePlan

    plans = ((size.experts, True), (size.prototypes, False))
    groups = [GroupPlan(n, full, within_classes=True) for n, full in plans if n]
    return groups + (TilePlan(size.tile_experts).groups(n_units) if size.tile_experts else [])


def machine_for(
    path: Path, label: int | None
) -> "hwkit.EnergyModel | GatedMachine | SegmentedMachine":
    """Read a machine of any kind; one of whose classes may be asked for.

    Raises:
        DataError: if a class is asked of a machine that knows none.
    """
    from hwkit.training import restrict_to_class

    machine = hwkit.load_machine(path)
    if label is None:
        return machine
    if isinstance(machine, hwkit.EnergyModel):
        raise hwkit.DataError(
            f"{path} is a pairwise machine, so no class can be asked for; leave --class out, or "
            "train with --data"
        )
    return restrict_to_class(machine, label)


def run_machine(
    machine: "Machine", t_final: float, dt: float, n: int, seed: int,
    x0: "hwkit.trajectories.FloatArray | None", save_every: int | None,
) -> "hwkit.Trajectories":  # fmt: skip
    """Run a machine of any kind."""
    from hwkit.langevin import simulate_gated

    if isinstance(machine, hwkit.EnergyModel):
        return hwkit.simulate_langevin(machine, t_final, dt, n, seed, x0, save_every=save_every)
    return simulate_gated(machine, t_final, dt, n, seed, x0, save_every=save_every)
