"""A machine's description: what a bench page knows of it, as JSON.

The schema is at the head of `engine/worker.js`. Everything comes from the design, so that page and
twin have the same equations; arrays are packed little-endian, in base64.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwkit.circuit import Design
from hwkit.circuit.parts import UNITS, Parts
from hwkit.circuit.variation import Spread, matching
from hwkit.circuit.variation.distributions import Distribution, Normal, Table, Truncated, Uniform
from hwkit.errors import ConfigError, DesignError
from hwkit.explore.controls import Control, affected_design, targets
from hwkit.explore.curves import describe_curves
from hwkit.explore.packing import Json, packed
from hwkit.langevin import TimeGrid
from hwkit.model import Cosh, CurveMachine, Quartic
from hwkit.model.digest import model_digest
from hwkit.tolerance import Limit
from hwkit.tolerance.yields import Method
from hwkit.twin import simulate_boards
from hwkit.twin.fast import ExplicitStepError
from hwkit.wiener import checked_seed

FloatArray = NDArray[np.float64]

FORMAT, VERSION = "hwkit-explore", 1
FAMILIES = ("rc", "resistive")
MOST_UNITS = 1024
METRICS = (
    "recognisable share",
    "recognisable change",
    "smallest class share",
    "mean correlation",
    "path rms",
)
_KINDS: tuple[tuple[type[Any], str], ...] = (
    (Normal, "normal"),
    (Uniform, "uniform"),
    (Truncated, "truncated"),
    (Table, "table"),
)


@dataclass(frozen=True, eq=False)
class Bench:
    """What a page is made of.

    Attributes:
        title: of the page.
        design: as compiled.
        options: what it was compiled with; None for ideal parts.
        patterns: normalised, (P, n_visible).
        labels: name of each pattern.
        controls: what can be turned.
        t_final, dt: of a run, in model time; the preparation before it takes as long and has the
            same step.
        samples: shown at once.
        paths: of each board of the yield.
        noise_seed, boards_seed: roots of the thermal noise and of the fabrication.
        specification: what a board must do.
        level, method: of the yield's interval.
        machines: of a transistor design, measured: as designed, then boards 0, 1, ... of the
            boards' seed, for each choice of a mismatch.
    """

    title: str
    design: Design
    options: object
    patterns: FloatArray
    labels: tuple[str, ...]
    controls: tuple[Control, ...]
    t_final: float = 2.5
    dt: float = 2.5e-3
    samples: int = 16
    paths: int = 16
    noise_seed: int = 0
    boards_seed: int = 0
    specification: tuple[Limit, ...] = (Limit("recognisable share", 0.8),)
    level: float = 0.95
    method: Method = "clopper-pearson"
    machines: tuple[CurveMachine, ...] = ()

    @property
    def measured_boards(self) -> int | None:
        """How many boards are measured; None if boards are drawn, as many as one likes."""
        return (len(self.machines) - 1) // len(self.mismatches) if self.machines else None

    @property
    def mismatches(self) -> tuple[float, ...]:
        """The factors on the mismatch at which boards are measured."""
        return next((c.choices for c in self.controls if c.kind == "mismatch"), (1.0,))


def describe(bench: Bench) -> Json:
    """Return the description of a machine for a page.

    Raises:
        DesignError: if the page has no equations for the design, or it has too many units.
        ConfigError: if runs, seeds or the specification don't fit.
    """
    check(bench)
    design, model = bench.design, bench.design.machine
    own = describe_curves(bench.machines) if bench.machines else _of_parts(design)
    grid = TimeGrid(bench.t_final, bench.dt)
    return {
        "format": FORMAT,
        "version": VERSION,
        "title": bench.title,
        "family": design.cell,
        "units": model.n_units,
        "visible": model.n_visible,
        "names": _names(design),
        "nodes": list(design.nodes),
        "terminals": packed(design.terminals, "int16"),
        "followers": packed(design.followers, "int16"),
        "scale": {name: getattr(design.scale, name) for name in ("volt", "second", "farad")},
        "options": _options(bench.options),
        "model": {"kT": model.kT, "mobility": model.mobility, **own.pop("model")},
        **own,
        "patterns": packed(bench.patterns, "float64"),
        "labels": list(bench.labels),
        "run": {
            "t_final": bench.t_final,
            "dt": bench.dt,
            "steps": grid.n_steps,
            "samples": bench.samples,
            "paths": bench.paths,
        },
        "seeds": {"noise": str(bench.noise_seed), "boards": str(bench.boards_seed)},
        "controls": [_control(design, control) for control in bench.controls],
        "specification": [
            {"metric": limit.metric, "min": limit.low, "max": limit.high}
            for limit in bench.specification
        ],
        "level": bench.level,
        "method": bench.method,
    }


def _names(design: Design) -> list[str]:
    names = getattr(design.machine, "unit_names", None)
    return list(names or [f"x{i}" for i in range(design.machine.n_units)])


def _of_parts(design: Design) -> Json:
    """Return what a page knows of a design of parts that it has equations for."""
    return {
        "model": {"onsite": _onsite(design)},
        "digest": model_digest(design.model),
        "parts": [_group(parts) for parts in design.parts],
    }


def check(bench: Bench) -> None:
    """Refuse what the page can't do.

    Raises:
        DesignError, ConfigError: as `describe`.
    """
    if not bench.machines:
        _check_equations(bench)
        _check_spreads(bench)
    _check_runs(bench)


def _check_equations(bench: Bench) -> None:
    """Refuse designs of parts that the page has no equations for."""
    design = bench.design
    if design.cell not in FAMILIES:
        raise DesignError(
            f"family {design.cell!r} has no equations in the page; compile for one of "
            f"{', '.join(FAMILIES)}"
        )
    if design.model.n_units > MOST_UNITS:
        raise DesignError(
            f"the machine has {design.model.n_units} units; a page simulates at most {MOST_UNITS}, "
            "so make one of a smaller machine"
        )
    try:
        simulate_boards(design, bench.dt, bench.dt, mode="double")
    except ExplicitStepError as error:
        raise DesignError(
            f"the page has no equations for this {design.cell} design ({error.reason}); compile it "
            "without that option"
        ) from error


def _check_runs(bench: Bench) -> None:
    """Refuse seeds, sizes of runs and limits that the page can't take."""
    for seed in (bench.noise_seed, bench.boards_seed):
        if checked_seed(seed) >= 2**64:
            raise ConfigError(f"seed {seed} has more than 64 bits; a page takes smaller ones")
    for name, count in (("samples", bench.samples), ("paths", bench.paths)):
        if not 1 <= count <= 1024:
            raise ConfigError(f"{name} is {count}; give 1 to 1024")
    for limit in bench.specification:
        if limit.metric not in METRICS:
            raise ConfigError(
                f"the page can't measure {limit.metric!r}; it knows {', '.join(METRICS)}"
            )


def _check_spreads(bench: Bench) -> None:
    """Refuse spreads that mean other parts once a limit is set, or that the page can't draw."""
    limits = {c.name: c.high for c in bench.controls if c.kind in ("saturation", "supply")}
    limited = affected_design(bench.design, bench.options, bench.controls, limits)
    for control in bench.controls:
        entry = control.entry
        if entry is None:
            continue
        found = targets(bench.design, control)
        if any(name.endswith(".volt") for name in found) or found != targets(limited, control):
            raise ConfigError(
                f"the page can't vary {entry.parts!r} (spread {entry.name!r}); name roles, such as "
                "'coupling' or 'onsite-*'"
            )
        _distribution(entry.distribution, entry.name)


def _group(parts: Parts) -> Json:
    return {
        "role": parts.role,
        "kind": parts.kind,
        "unit": UNITS.get(parts.kind, "A^2/Hz"),
        "nodes": packed(parts.nodes, "int16"),
        "values": packed(parts.values, "float64"),
        "parameters": {name: packed(parts.parameter(name), "float64") for name in parts.parameters},
    }


def _options(options: object) -> Json:
    """Return the options that are not the family's defaults."""
    if options is None:
        return {}
    own = {f.name: (getattr(options, f.name), f.default) for f in fields(options)}  # type: ignore[arg-type]
    return {name: value for name, (value, default) in own.items() if value != default}


def _onsite(design: Design) -> Json:
    onsite, n = design.model.onsite, design.model.n_units
    if not isinstance(onsite, Quartic | Cosh):
        raise DesignError(
            f"the page has no equation for the onsite energy {onsite.kind!r}; quartic and cosh have"
        )
    named = {name: getattr(onsite, name) for name in onsite.names}
    return {
        "kind": onsite.kind,
        **{name: np.broadcast_to(value, n).tolist() for name, value in named.items()},
    }


def _control(design: Design, control: Control) -> Json:
    names = ("name", "title", "kind", "unit", "low", "high", "step", "value", "off")
    found: Json = {name: getattr(control, name) for name in names}
    if control.entry is not None:
        found["entry"] = _entry(control.entry, targets(design, control))
    if control.choices:
        found["choices"] = list(control.choices)
    if control.roles:
        found["roles"] = list(control.roles)
    if control.kind == "temperature":
        found["thermals"] = _thermals(design, control)
    if control.kind == "supply":
        found["siemens"] = control.siemens
    return found


def _entry(entry: Spread, found: Sequence[str]) -> Json:
    names = ("name", "parts", "relative", "share", "group", "correlation")
    return {
        **{name: getattr(entry, name) for name in names},
        "distribution": _distribution(entry.distribution, entry.name),
        "targets": list(found),
    }


def _distribution(distribution: Distribution, name: str) -> Json:
    for kind, word in _KINDS:
        if isinstance(distribution, kind):
            return {"kind": word, **asdict(distribution)}
    raise ConfigError(
        f"spread {name!r}: the page can't draw a {type(distribution).__name__}; choose normal, "
        "uniform, truncated or a table"
    )


def _thermals(design: Design, control: Control) -> list[Json]:
    """Return the class of every role that follows the temperature; the last named one counts."""
    classes = {
        name: thermal.of for thermal in control.thermals for name in matching(design, thermal.parts)
    }
    return [{"name": name, "of": asdict(of)} for name, of in classes.items()]
