"""What a page is made of: a machine's circuit, its patterns, what varies, what boards must do.

It comes from a model file, or from the folder of a run, which says all of it. Where nothing is said
of tolerances, they are those of parts and layout without special care, as in `sims/tolerance.toml`
and `sims/tolerance-resistive.toml`.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hwkit.circuit import Design
from hwkit.circuit.variation import Quantised, Spread, Variation
from hwkit.circuit.variation.distributions import Normal
from hwkit.errors import ConfigError, DataError
from hwkit.files import load_object, reading
from hwkit.manifest import STAMP
from hwkit.model import EnergyModel, load_model
from hwkit.study.kinds import load_kind
from hwkit.study.kinds.equivalence.plan import EquivalencePlan
from hwkit.study.kinds.tolerance.plan import TolerancePlan
from hwkit.study.sections import CircuitPlan
from hwkit.tolerance import Limit
from hwkit.training import normalized_patterns
from hwkit.trajectories import FloatArray
from hwkit.wiener import child_seed

_MODEL = "model.npz"
_PATHS = 64
_USUAL = {  # role -> name of the entry, one standard deviation
    "rc": (
        ("couplings", "coupling", 0.05),
        ("onsite linear", "onsite-linear", 0.1),
        ("onsite cubic", "onsite-cubic", 0.1),
        ("biases", "bias", 0.05),
        ("capacitors", "capacitor", 0.1),
    ),
    "resistive": (
        ("couplings", "coupling", 0.01),
        ("loading", "converter", 0.01),
        ("diodes", "onsite-diode", 0.1),
        ("biases", "bias", 0.05),
        ("capacitors", "capacitor", 0.05),
    ),
}
_USUAL_BITS = {"rc": 6, "resistive": 8}
_OFFSET = 0.02  # of V0, or of the current that a force of 1 is
_NOISE_POWER = 0.2
USUAL_LIMITS = (
    Limit("recognisable share", low=0.85),
    Limit("smallest class share", low=0.1),
    Limit("path rms", high=0.085),
)


@dataclass(frozen=True, eq=False)
class Subject:
    """What a page shows.

    Attributes:
        name: of files that the page saves.
        title: of the page.
        design: the circuit.
        circuit: the circuit's settings, to compile it again.
        patterns: normalised, (P, n_visible).
        labels: of the patterns.
        variation: what varies between boards.
        limits: what a board must do.
        t_final, dt: of a run, in model time.
        paths: on which each board of the yield is measured.
        board_seed: root of the fabrication.
        noise_seed, start_seed: roots of the thermal noise and of the starts.
    """

    name: str
    title: str
    design: Design
    circuit: CircuitPlan
    patterns: FloatArray
    labels: tuple[str, ...]
    variation: Variation
    limits: tuple[Limit, ...]
    t_final: float
    dt: float
    paths: int
    board_seed: int
    noise_seed: int
    start_seed: int


def subject_of_run(folder: Path) -> Subject:
    """Return what a run folder of an equivalence or a tolerance study is about.

    Raises:
        DataError: if it is no such folder, or of another kind of study.
    """
    plan = _plan(folder)
    model = load_model(folder / _MODEL)
    design = plan.circuit.design(model)
    if isinstance(plan, TolerancePlan):
        variation, limits = plan.variation(), plan.limits() or USUAL_LIMITS
        dt, paths = plan.boards.dt, plan.boards.paths
    else:
        variation, limits = usual_variation(design), USUAL_LIMITS
        dt, paths = plan.generation.dt, _PATHS
    return Subject(
        plan.name,
        plan.title or plan.name,
        design,
        plan.circuit,
        normalized_patterns(plan.data.patterns()),
        tuple(str(label) for label in plan.data.classes),
        variation,
        limits,
        plan.protocol.t_final,
        dt,
        paths,
        child_seed(plan.seed, "fabrication"),
        child_seed(plan.seed, "generation", "boards"),
        child_seed(plan.seed, "preparation", "boards"),
    )


def _plan(folder: Path) -> TolerancePlan | EquivalencePlan:
    stamp: dict[str, Any] = load_object(folder / STAMP)
    with reading(folder, "a run folder"):
        settings = stamp["plan"]
        kind = load_kind(str(settings["kind"]))
        plan = kind.plan.model_validate(settings)
    if not isinstance(plan, TolerancePlan | EquivalencePlan):
        raise DataError(
            f"{folder} is the run of a {kind.name} study, which has no bench; give that of an "
            "equivalence or a tolerance study, or a model file"
        )
    if not (folder / _MODEL).is_file():
        raise DataError(f"{folder} has no {_MODEL} yet; run its study first")
    return plan


def subject_of_model(
    path: Path, circuit: CircuitPlan, patterns: FloatArray, labels: tuple[str, ...], seed: int = 0
) -> Subject:
    """Return what a model file is about, with the tolerances of parts without special care.

    Args:
        path: the model file.
        circuit: family, scale and options to compile it with.
        patterns: what it was trained on, (P, n_visible), in grey values.
        labels: of the patterns.
        seed: root of all draws.

    Raises:
        DataError: if it can't be read, or the patterns are of another size.
    """
    model: EnergyModel = load_model(path)
    if patterns.shape[1] != model.n_visible:
        raise DataError(
            f"the patterns have {patterns.shape[1]} pixels, but {path} has {model.n_visible} "
            "visible units; give the patterns that it was trained on"
        )
    design = circuit.design(model)
    return Subject(
        path.stem,
        f"{path.stem}: {model.n_visible} + {model.n_units - model.n_visible} units",
        design,
        circuit,
        normalized_patterns(patterns),
        labels,
        usual_variation(design),
        USUAL_LIMITS,
        2.5,
        2.5e-3,
        _PATHS,
        child_seed(seed, "fabrication"),
        child_seed(seed, "generation", "boards"),
        child_seed(seed, "preparation", "boards"),
    )


def usual_variation(design: Design) -> Variation:
    """Return the tolerances of a design's parts without special care.

    Raises:
        ConfigError: if its family has none here.
    """
    if design.cell not in _USUAL:
        raise ConfigError(
            f"family {design.cell} has no bench; compile the model with family rc or resistive"
        )
    roles = {parts.role for parts in design.parts if len(parts)}
    spreads = [
        Spread(name, role, Normal(sigma))
        for name, role, sigma in _USUAL[design.cell]
        if role in roles
    ]
    if "coupling" in roles:
        spreads.append(_offsets(design))
    spreads.append(Spread("noise power", "noise", Normal(_NOISE_POWER), share="lot"))
    bits = (Quantised("coupling", _USUAL_BITS[design.cell]),) if "coupling" in roles else ()
    return Variation(tuple(spreads), quantised=bits)


def _offsets(design: Design) -> Spread:
    """Return offsets of couplings in V, or of units in A where couplings are resistors."""
    if design.cell == "rc":
        return Spread(
            "offsets", "coupling.offset", Normal(_OFFSET * design.scale.volt), relative=False
        )
    ampere = _OFFSET * float(np.median(design.force_amperes))
    return Spread("offsets", "bias", Normal(ampere), relative=False)
