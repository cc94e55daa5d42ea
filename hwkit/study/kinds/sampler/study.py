"""A Gaussian sampler in SPICE: error against samples, and what makes a real board's error.

Each cause of error is switched on alone, on the same boards, then all of them. One board with all
of it is run in SPICE as a check.
"""

import math

import numpy as np

from hwkit import fidelity
from hwkit.circuit import Design, compile_model
from hwkit.circuit.cells.spu import SpuOptions, gaussian_machine
from hwkit.fidelity.lc_parts import fitted_covariance
from hwkit.fidelity.sampling import sampling_floor
from hwkit.netlist import render
from hwkit.spice.gaussian import sample_gaussian
from hwkit.study.kinds.sampler import boards, results
from hwkit.study.kinds.sampler.plan import RUNS, SamplerPlan
from hwkit.study.kinds.sampler.verdict import board_metrics, budget_metrics, close_metrics
from hwkit.study.run import Run
from hwkit.trajectories import FloatArray
from hwkit.validation.drift import extraction
from hwkit.validation.sampler import sampler_metrics


def compute(plan: SamplerPlan, run: Run[SamplerPlan]) -> fidelity.Verdict:
    """Sample with ideal parts, close together and on one board; account for errors by cause."""
    design = design_of(plan)
    run.folder.write_text("cells.cir", render(design, "ngspice", "trnoise").text)
    board = boards.fitted(design, plan.parts, 0, plan.seed)
    spacing, close = plan.samples.spacing, plan.samples.close
    series = _samples(run, results.SERIES, "ideal parts", design, spacing)
    near = _samples(run, results.CLOSE, "close samples", design, close)
    real = _samples(run, results.BOARD, "one board", board, spacing)
    errors = run.folder.value(results.ERRORS, results.Errors, lambda: _errors(run, design))
    return fidelity.merge(
        [extraction(design)],
        sampler_metrics(design, series, plan.samples.dt),
        close_metrics(design, near),
        budget_metrics(plan, errors),
        board_metrics(design, board, plan, real),
    )


def design_of(plan: SamplerPlan) -> Design:
    """Return the circuit with ideal parts."""
    model = gaussian_machine(plan.matrix.precision())
    return compile_model(model, "spu", plan.circuit.scale(), SpuOptions(plan.circuit.quality))


def _samples(
    run: Run[SamplerPlan], name: str, stage: str, design: Design, spacing: float
) -> FloatArray:
    """Return samples in SPICE, (runs, samples of each, N)."""

    def compute() -> FloatArray:
        with run.stage(f"SPICE runs: {stage}") as progress:
            return sample_gaussian(
                design,
                run.plan.samples.count,
                run.plan.samples.dt,
                spacing,
                RUNS,
                seed=run.seed("samples", stage),
                jobs=run.pool,
                timeout=run.timeout,
                progress=progress,
            )

    return run.folder.array(name, compute)


def _errors(run: Run[SamplerPlan], design: Design) -> results.Errors:
    plan, causes = run.plan, (*boards.CAUSES, "")
    lot = boards.Lot(design, plan.parts, plan.seed)
    found = run.map("boards", f"{boards.__name__}:worker", lot, causes)
    floor = sampling_floor(fitted_covariance(design), plan.samples.count)
    target = float(np.sqrt(max(float(np.mean(plan.published)) ** 2 - floor**2, 0.0)))
    needed: dict[str, float | None] = {}
    with run.stage("parts that make the published error") as progress:
        for done, cause in enumerate(boards.NEEDED, start=1):
            size = boards.needed_size(lot, cause, target)
            needed[cause] = None if math.isnan(size) else size
            progress(done, len(boards.NEEDED))
    return results.Errors(dict(zip(causes, found, strict=True)), needed)
