"""A Gaussian sampler in SPICE: error against samples, and what makes a real board's error.

Each cause of error is switched on alone, on the same boards, then all of them: what the parts
sample is known exactly (`fidelity.lc_parts`), so that the budget has no sampling error in it but
the row that is about sampling. One board with all of it is run in SPICE as a check.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from hwkit import fidelity
from hwkit.circuit import Design, Parts, compile_model
from hwkit.circuit.cells.spu import SpuOptions, gaussian_machine
from hwkit.fidelity.lc_parts import fitted_covariance
from hwkit.fidelity.sampling import (
    correlation_time,
    relative_error,
    sampling_floor,
    second_moments,
)
from hwkit.netlist import render
from hwkit.spice import ngspice_version
from hwkit.spice.gaussian import sample_gaussian
from hwkit.study.context import Announce, FloatArray, silent
from hwkit.study.folder import RunFolder
from hwkit.study.kinds.sampler.plan import PartsPlan, SamplerPlan
from hwkit.study.provenance import save_provenance
from hwkit.validation.drift import extraction
from hwkit.validation.sampler import sampler_metrics
from hwkit.wiener import child_seed
from hwkit.workers import available_cores

_ROLES = {"capacitor": ("capacitor", "coupling"), "resistor": ("loss",), "inductor": ("inductor",)}


def run_sampler(
    plan: SamplerPlan,
    out: Path | str,
    jobs: int | None = None,
    timeout: float | None = None,
    announce: Announce | None = None,
) -> fidelity.Verdict:
    """Run a sampler study into a folder and return its verdict, also written to `verdict.json`.

    Args:
        plan: the validated study.
        out: run folder.
        jobs: worker processes; one per core if None. Results don't depend on it.
        timeout: seconds that one SPICE run may take.
        announce: called with the name of each stage, returns its progress callback.
    """
    ngspice, jobs = ngspice_version(), jobs or available_cores()
    with RunFolder.of(plan, out) as folder:
        announce = announce or silent
        model = gaussian_machine(plan.matrix.precision())
        design = compile_model(model, "spu", plan.circuit.scale(), SpuOptions(plan.circuit.quality))
        folder.write_text("cells.cir", render(design, "ngspice", "trnoise").text)

        def sample(stage: str, design: Design, count: int, spacing: float) -> FloatArray:
            return sample_gaussian(
                design,
                count,
                plan.samples.dt,
                spacing,
                seed=child_seed(plan.seed, "samples", stage),
                jobs=jobs,
                timeout=timeout,
                progress=announce(f"SPICE runs: {stage}"),
            )

        count = plan.samples.count
        series = sample("ideal parts", design, count, plan.samples.spacing)
        close = sample("close samples", design, count, plan.samples.close)
        board = fitted(design, plan.parts, 0, plan.seed)
        real = sample("one board", board, count, plan.samples.spacing)
        verdict = fidelity.merge(
            [extraction(design)],
            sampler_metrics(design, series, plan.samples.dt),
            _close_metrics(design, close),
            _budget(design, plan),
            _board_metrics(design, board, plan, real),
        )
        folder.write("verdict.json", verdict.save)
        save_provenance(folder / "provenance.json", jobs, {}, ngspice)
        return verdict


def fitted(design: Design, parts: PartsPlan, board: int, seed: int, only: str = "") -> Design:
    """Return a design with the parts of one board; `only` one cause of error, or all of them."""
    groups = []
    for group in design.parts:
        values = group.values
        for cause, roles in (*_ROLES.items(), ("noise", ("noise",))):
            if group.role in roles and only in ("", cause):
                draw = _draws(seed, board, group.role, values.size)
                values = values * np.maximum(1 + getattr(parts, cause) * draw, 0.1)
        if group.role == "capacitor" and only in ("", "parasitic"):
            values = values + parts.parasitic * design.scale.farad
        groups.append(Parts(group.role, group.kind, group.nodes, values, group.parameters))
    return replace(design, parts=tuple(groups))


def _draws(seed: int, board: int, role: str, n: int) -> FloatArray:
    generator = np.random.Philox(child_seed(seed, "fabrication", role, board))
    return np.random.Generator(generator).standard_normal(n)


def _readout(design: Design, parts: PartsPlan, board: int, seed: int, only: str) -> FloatArray:
    """Return the gain of each cell's readout."""
    spread = parts.readout if only in ("", "readout") else 0.0
    return 1 + spread * _draws(seed, board, "readout", design.model.n_units)


def board_error(design: Design, parts: PartsPlan, board: int, seed: int, only: str = "") -> float:
    """Return the relative error of the covariance that one board samples, without end."""
    ideal = fitted_covariance(design)
    gain = _readout(design, parts, board, seed, only)
    seen = gain[:, None] * fitted_covariance(fitted(design, parts, board, seed, only)) * gain
    return relative_error(seen, ideal)


def _close_metrics(design: Design, close: FloatArray) -> list[fidelity.Metric]:
    """Say what the same number of samples is worth when they are taken too close together."""
    n, covariance = close.shape[0] * close.shape[1], fitted_covariance(design)
    times = 2 * correlation_time(close)
    floor = sampling_floor(covariance, n)
    return [
        fidelity.Metric(
            "budget: sampling",
            "law",
            floor,
            n=n,
            note="floor of independent samples",
        ),
        fidelity.Metric(
            "budget: sampling, correlated",
            "law",
            floor * np.sqrt(times),
            n=n,
            note=f"samples taken close together: {times:.2f} count as one",
        ),
    ]


def _budget(design: Design, plan: SamplerPlan) -> list[fidelity.Metric]:
    causes = ("capacitor", "resistor", "inductor", "noise", "readout", "parasitic", "")
    rows = []
    for cause in causes:
        errors = np.array(
            [
                board_error(design, plan.parts, board, plan.seed, cause)
                for board in range(plan.parts.boards)
            ]
        )
        size = "" if not cause else f" of {getattr(plan.parts, cause):g}"
        rows.append(
            fidelity.Metric(
                f"budget: {cause or 'all parts together'}",
                "law",
                float(np.sqrt(np.mean(errors**2))),
                stderr=_rms_error(errors),
                n=errors.size,
                note=f"{cause}{size} alone; rms over boards, samples without end"
                if cause
                else "rms over boards, samples without end",
            )
        )
    return [*rows, *_needed(design, plan)]


def _rms_error(errors: FloatArray) -> float:
    squares = errors**2
    return float(np.std(squares, ddof=1) / np.sqrt(errors.size) / 2 / np.sqrt(squares.mean()))


def _needed(design: Design, plan: SamplerPlan) -> list[fidelity.Metric]:
    """Find how far off each kind of part would have to be, alone, to make the published error."""
    floor = sampling_floor(fitted_covariance(design), plan.samples.count)
    middle = float(np.mean(plan.published))
    target = float(np.sqrt(max(middle**2 - floor**2, 0.0)))
    rows = []
    for cause in ("capacitor", "noise", "readout", "parasitic"):

        def rms(size: float, cause: str = cause) -> float:
            parts = plan.parts.model_copy(update={cause: size})
            boards = range(min(plan.parts.boards, 50))
            errors = [board_error(design, parts, b, plan.seed, cause) for b in boards]
            return float(np.sqrt(np.mean(np.square(errors))))

        rows.append(
            fidelity.Metric(
                f"needed for the published error: {cause}",
                "law",
                _solve(rms, target),
                n=min(plan.parts.boards, 50),
                note=f"{cause} alone, to make {middle:.0%} with sampling "
                f"(published: {plan.published[0]:.0%} to {plan.published[1]:.0%})",
            )
        )
    return rows


def _solve(function: Callable[[float], float], target: float) -> float:
    """Return where a growing function reaches a target, by bisection; NaN beyond 1."""
    low, high = 0.0, 1.0
    if function(high) < target:
        return float("nan")
    for _ in range(20):
        middle = (low + high) / 2
        low, high = (middle, high) if function(middle) < target else (low, middle)
    return (low + high) / 2


def _board_metrics(
    design: Design, board: Design, plan: SamplerPlan, series: FloatArray
) -> list[fidelity.Metric]:
    """Hold one board's SPICE samples, read out with its gains, against the predicted error."""
    gain = _readout(design, plan.parts, 0, plan.seed, "")
    samples = series.reshape(-1, design.model.n_units) * gain
    ideal = fitted_covariance(design)
    found = relative_error(second_moments(samples), ideal)
    predicted = board_error(design, plan.parts, 0, plan.seed)
    floor = sampling_floor(fitted_covariance(board), len(samples))
    return [
        fidelity.Metric(
            "one board: error of the inverse in SPICE",
            "law",
            found,
            n=len(samples),
            note=f"its parts alone make {predicted:.3g}, the sampling floor {floor:.3g}",
        )
    ]
