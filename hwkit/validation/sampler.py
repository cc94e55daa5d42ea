"""Validate a circuit that samples a Gaussian (family spu): netlist, samples, their floor."""

import numpy as np

from hwkit import fidelity
from hwkit.circuit import Design
from hwkit.fidelity.lc_cells import cell_covariance
from hwkit.fidelity.sampling import (
    correlation_time,
    floor_metrics,
    relative_error,
    second_moments,
)
from hwkit.spice.gaussian import sample_gaussian
from hwkit.trajectories import FloatArray
from hwkit.validation.drift import extraction
from hwkit.validation.dynamics import quality_of
from hwkit.wiener import child_seed
from hwkit.workers import Pool, Progress

_MOST_CORRELATED = 0.7  # integrated autocorrelation time; independent samples have 1/2


def validate_sampler(
    design: Design,
    n_samples: int = 2000,
    dt: float = 0.1,
    spacing: float = 8.0,
    seed: int = 0,
    jobs: int | Pool = 1,
    timeout: float | None = None,
    progress: Progress | None = None,
) -> fidelity.Verdict:
    """Compare a capacitively coupled design with its machine's covariance.

    Its samples must lie on the sampling floor over two decades of their number, around the exact
    covariance of backward Euler at this step; how far that is from the machine's is reported.

    Args:
        design: the circuit, of family spu.
        n_samples: in all, a multiple of 1,000.
        dt, spacing: of the runs, see `sample_gaussian`.
        seed, jobs, timeout, progress: as for `simulate_spice`.
    """
    arguments = {"seed": child_seed(seed, "samples"), "jobs": jobs, "timeout": timeout}
    series = sample_gaussian(design, n_samples, dt, spacing, **arguments, progress=progress)  # type: ignore[arg-type]
    return fidelity.merge([extraction(design)], sampler_metrics(design, series, dt))


def sampler_metrics(design: Design, series: FloatArray, dt: float) -> list[fidelity.Metric]:
    """Return what samples of a design, (runs, T, N), say of it."""
    model, samples = design.model, series.reshape(-1, series.shape[2])
    n = len(samples)
    own = cell_covariance(model, quality_of(design), dt, "backward-euler")
    inverse = np.linalg.inv(model.hessian(np.zeros(model.n_units)))
    true = np.asarray(model.kT * inverse, dtype=np.float64)
    found = second_moments(samples)
    return [
        fidelity.Metric(
            "correlation of samples",
            "distribution",
            correlation_time(series),
            _MOST_CORRELATED,
            n=n,
            note="integrated autocorrelation time in samples; 1/2 if independent",
        ),
        *floor_metrics("sampling error", samples, own, [n // 1000, n // 100, n // 10]),
        fidelity.Metric(
            "error of the step",
            "distribution",
            relative_error(own, true),
            n=1,
            note=f"backward Euler's covariance at dt = {dt:g} against the machine's, exactly",
        ),
        fidelity.Metric(
            "error of the inverse",
            "distribution",
            relative_error(found, true),
            n=n,
            note="relative, Frobenius, of all samples against the machine's covariance",
        ),
    ]
