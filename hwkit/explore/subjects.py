"""What a page is made of, from a model file or from the folder of a run.

The folder of a tolerance study says what varies and what boards must do. Where nothing is said of
tolerances, they start at those of parts and layout without special care, as in
`sims/tolerance.toml` and `sims/tolerance-resistive.toml`.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hwkit.circuit import Design, family_options
from hwkit.circuit.parts import UNITS
from hwkit.circuit.variation import Spread
from hwkit.circuit.variation.distributions import Normal
from hwkit.errors import DataError, DesignError
from hwkit.explore import silicon
from hwkit.explore.controls import Control, default_controls, spread_control
from hwkit.explore.description import FAMILIES, METRICS, Bench
from hwkit.files import load_object, reading
from hwkit.manifest import STAMP
from hwkit.model import EnergyModel, load_model
from hwkit.study.kinds import load_kind
from hwkit.study.kinds.equivalence.plan import EquivalencePlan
from hwkit.study.kinds.silicon.plan import SiliconPlan
from hwkit.study.kinds.tolerance.plan import TolerancePlan
from hwkit.study.sections import CircuitPlan
from hwkit.tolerance import Limit
from hwkit.training import normalized_patterns
from hwkit.trajectories import FloatArray
from hwkit.wiener import child_seed
from hwkit.workers import Announce, silent

_MODEL = "model.npz"
_PATHS = 32
_MOST = 4.0  # times the deviations of a study to which its sliders reach
_USUAL = {  # control -> value at first; offsets in units of V0
    "rc": {"couplings": 0.05, "onsite": 0.1, "capacitors": 0.1, "bits": 6, "offsets": 0.02},
    "resistive": {"couplings": 0.01, "onsite": 0.1, "converters": 0.01, "capacitors": 0.05},
}
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
        bench: the machine and its controls.
        absent: what varies in the study that it comes from, and not on the page.
    """

    name: str
    bench: Bench
    absent: tuple[str, ...] = ()


def subject_of_run(folder: Path, announce: Announce = silent) -> Subject:
    """Return what the run folder of an equivalence, a tolerance or a silicon study is about.

    Args:
        folder: of the run.
        announce: told of the stages of what takes long: boards of transistors are measured.

    Raises:
        DataError: if it is no such folder, or of another kind of study.
        DesignError, ConfigError: if a page can't show it.
    """
    plan = _plan(folder)
    if isinstance(plan, SiliconPlan):
        return Subject(plan.name, silicon.bench_of(plan, announce), silicon.ABSENT)
    bench = _bench(
        plan.title or plan.name,
        load_model(folder / _MODEL),
        plan.circuit,
        plan.data.patterns(),
        tuple(str(label) for label in plan.data.classes),
        plan.seed,
    )
    bench = replace(bench, t_final=plan.protocol.t_final)
    if isinstance(plan, TolerancePlan):
        return Subject(plan.name, _of_study(bench, plan), _absent(plan))
    return Subject(plan.name, replace(bench, dt=plan.generation.dt))


def subject_of_model(
    path: Path, circuit: CircuitPlan, patterns: FloatArray, labels: tuple[str, ...], seed: int = 0
) -> Subject:
    """Return what a model file is about.

    Args:
        path: the model file.
        circuit: family, scale and options to compile it with.
        patterns: what it was trained on, (P, n_visible), in grey values.
        labels: of the patterns.
        seed: root of all draws.

    Raises:
        DataError: if it can't be read, or the patterns are of another size.
        DesignError, ConfigError: if a page can't show it.
    """
    model: EnergyModel = load_model(path)
    if patterns.shape[1] != model.n_visible:
        raise DataError(
            f"the patterns have {patterns.shape[1]} pixels, but {path} has {model.n_visible} "
            "visible units; give the patterns that it was trained on"
        )
    hidden = model.n_units - model.n_visible
    title = f"{path.stem}: {model.n_visible} visible and {hidden} hidden units"
    return Subject(path.stem, _bench(title, model, circuit, patterns, labels, seed))


def _plan(folder: Path) -> TolerancePlan | EquivalencePlan | SiliconPlan:
    stamp: dict[str, Any] = load_object(folder / STAMP)
    with reading(folder, "a run folder"):
        settings = stamp["plan"]
        kind = load_kind(str(settings["kind"]))
        plan = kind.plan.model_validate(settings)
    if isinstance(plan, SiliconPlan):
        return plan
    if not isinstance(plan, TolerancePlan | EquivalencePlan):
        raise DataError(
            f"{folder} is the run of a {kind.name} study, which has no bench; give that of an "
            "equivalence, a tolerance or a silicon study, or a model file"
        )
    if not (folder / _MODEL).is_file():
        raise DataError(f"{folder} has no {_MODEL} yet; run its study first")
    return plan


def _bench(
    title: str,
    model: EnergyModel,
    circuit: CircuitPlan,
    patterns: FloatArray,
    labels: tuple[str, ...],
    seed: int,
) -> Bench:
    """Return a machine with the tolerances of parts without special care."""
    if not circuit.has_bench:
        raise DesignError(
            f"family {circuit.cell!r} has no equations in the page; take one of "
            f"{', '.join(FAMILIES)}"
        )
    design = circuit.design(model)
    options = family_options(circuit.cell, circuit.options)
    return Bench(
        title,
        design,
        options,
        normalized_patterns(patterns),
        labels,
        _usual_controls(design, options),
        paths=_PATHS,
        noise_seed=seed,
        boards_seed=child_seed(seed, "fabrication"),
        specification=USUAL_LIMITS,
        method="wilson",
    )


def _usual_controls(design: Design, options: object) -> tuple[Control, ...]:
    """Return the controls of a design, where parts without special care are."""
    usual = dict(_USUAL.get(design.cell, {}))
    if "offsets" in usual:
        usual["offsets"] *= design.scale.volt
    return tuple(
        replace(control, value=usual[control.name]) if control.name in usual else control
        for control in default_controls(design, options)
    )


def _of_study(bench: Bench, plan: TolerancePlan) -> Bench:
    """Return a bench whose controls, paths and limits are a tolerance study's."""
    spreads = [_study_control(bench.design, entry.spread()) for entry in plan.spread]
    taken = [control.name for control in spreads]
    others = [_unlike(c, taken) for c in bench.controls if c.kind != "spread"]
    bits = {entry.parts: entry.bits for entry in plan.quantised if entry.per == "matrix"}
    others = [
        replace(control, value=bits.get("coupling")) if control.kind == "bits" else control
        for control in others
    ]
    limits = tuple(limit for limit in plan.limits() if limit.metric in METRICS)
    return replace(
        bench,
        controls=(*spreads, *others),
        dt=plan.boards.dt,
        paths=plan.boards.paths,
        specification=limits or USUAL_LIMITS,
        level=plan.boards.level,
        method=plan.boards.interval,
    )


def _study_control(design: Design, entry: Spread) -> Control:
    """Return the slider of a study's spread: in its own unit if it is a Gaussian."""
    title = f"{entry.name[:1].upper()}{entry.name[1:]}{', per board' * (entry.share == 'lot')}"
    if not isinstance(entry.distribution, Normal) or entry.distribution.sigma == 0:
        return spread_control(entry, title, _MOST, "×", 1.0)
    sigma, unit = entry.distribution.sigma, "" if entry.relative else _unit(design, entry.parts)
    return spread_control(
        replace(entry, distribution=Normal(1.0)), title, _MOST * sigma, unit, sigma
    )


def _unlike(control: Control, taken: list[str]) -> Control:
    """Return a control under a name that no entry of the study has."""
    if control.name not in taken:
        return control
    return replace(control, name=f"all {control.name}", title=f"{control.title}, of all boards")


def _unit(design: Design, parts: str) -> str:
    """Return the unit of an absolute deviation."""
    role, _, parameter = parts.partition(".")
    if parameter in ("offset", "volt"):
        return "V"
    kinds = [group.kind for group in design.parts if group.role == role]
    return UNITS.get(kinds[0], "A^2/Hz") if kinds else ""


def _absent(plan: TolerancePlan) -> tuple[str, ...]:
    """Return what of a tolerance study the page has no equations or no slider for."""
    names = [f"gradient {entry.name!r}" for entry in plan.gradient]
    names += [f"drift of {entry.parts!r}" for entry in plan.drift]
    names += [f"fault {entry.name!r}" for entry in plan.fault]
    names += [
        f"{entry.bits} bits of {entry.parts!r}"
        for entry in plan.quantised
        if entry.parts != "coupling" or entry.per != "matrix"
    ]
    names += ["grades"] * (plan.grades is not None)
    names += [
        f"the limit on {limit.metric}" for limit in plan.limits() if limit.metric not in METRICS
    ]
    names += ["stratified boards"] * (plan.boards.sampling != "plain")
    return tuple(names)
