"""Compare the spectra of a circuit, and of runs on both sides, with the exact ones."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from hwkit import fidelity
from hwkit.circuit import Design, with_fault
from hwkit.errors import ConfigError
from hwkit.fidelity.spectra import (
    driven_spectrum,
    periodogram_metrics,
    rest_state,
    spectrum_metric,
)
from hwkit.model import Quartic
from hwkit.spice import simulate_spice
from hwkit.spice.spectra import Sweep, measure_noise, measure_transfer
from hwkit.trajectories import FloatArray
from hwkit.validation.dynamics import known_of
from hwkit.wiener import child_seed
from hwkit.workers import Pool, Progress

_LIMIT = 1e-6  # of `.ac` and `.noise` against the analytic spectrum
_SETTLED = 6.0  # slowest relaxation times
_PER_FASTEST = 5.0  # saved states in the fastest relaxation time
_LENGTH = 128  # saved states of a periodogram


def validate_spectra(
    design: Design,
    dt: float = 2.5e-3,
    n_trajectories: int = 100,
    seed: int = 0,
    fault: str | None = None,
    jobs: int | Pool = 1,
    timeout: float | None = None,
    announce: Callable[[str], Progress] | None = None,
) -> fidelity.Verdict:
    """Compare spectra: of the linearised circuit, of reference runs, of SPICE runs.

    Family spu, whose paths are not those of a gradient machine, has no reference runs.

    Args:
        design: the circuit; periodograms are taken only of a Gaussian one (J4 = 0), whose spectrum
            is known.
        dt, n_trajectories, seed: of the runs; their length follows from the machine.
        fault: a fault to lay on the circuit, as a negative control: the verdict must then fail.
        jobs, timeout: as for `simulate_spice`.
        announce: called with the name of each stage, returns its progress function.
    """
    model = design.model
    design = design if fault is None else with_fault(design, fault)
    rows = [*small_signal_metrics(design, timeout)]
    if not isinstance(model.onsite, Quartic) or np.any(model.onsite.J4):
        return fidelity.merge(rows)
    if n_trajectories < 2:
        raise ConfigError("periodograms need 2 runs or more, for a standard error")
    plan = _plan(design, dt)
    times: dict[str, Any] = {
        "t_final": plan.t_final,
        "dt": dt,
        "n_trajectories": n_trajectories,
        "x0": np.tile(plan.center, (n_trajectories, 1)),
        "save_every": plan.every,
    }
    known = known_of(design)
    reference = known.reference()
    if reference is not None:
        progress = announce("reference runs") if announce else None
        ideal = reference(**times, seed=child_seed(seed, "spectra", "ideal"))
        if progress:
            progress(1, 1)
        chain, name = known.chain(dt, circuit=False), "spectrum of the reference"
        rows += periodogram_metrics(name, ideal, chain, plan.settle, plan.center)
    real = simulate_spice(
        design,
        **times,
        seed=child_seed(seed, "spectra", "spice"),
        jobs=jobs,
        timeout=timeout,
        tight=True,
        progress=announce("SPICE runs (full)") if announce else None,
    )
    chain, name = known.chain(dt, circuit=True), "spectrum of SPICE runs"
    rows += periodogram_metrics(name, real, chain, plan.settle, plan.center)
    return fidelity.merge(rows)


def small_signal_metrics(design: Design, timeout: float | None = None) -> list[fidelity.Metric]:
    """Compare a circuit's small-signal spectra with the machine's, linearised at rest."""
    model, scale = design.model, design.scale
    second = model.mobility * scale.second
    state = rest_state(model)
    known = known_of(design)
    rates = known.rates(state)
    sweep = Sweep(float(rates.min() / second / 200), float(rates.max() / second * 20))
    hertz, transfer = measure_transfer(design, sweep, state, timeout)
    found = driven_spectrum(transfer, design.group("noise").values) / scale.volt**2
    expected = known.spectrum(hertz * second, state) * second
    rows = [spectrum_metric("spectrum by .ac and noise density", found, expected, _LIMIT)]
    if design.kelvin is not None:
        hertz, noise = measure_noise(design, sweep, design.kelvin, state, timeout)
        expected = known.spectrum(hertz * second, state) * second
        density = noise / scale.volt**2
        rows.append(spectrum_metric("spectrum by .noise of resistors", density, expected, _LIMIT))
    return rows


@dataclass(frozen=True, eq=False)
class _Plan:
    every: int
    settle: int
    center: FloatArray
    t_final: float


def _plan(design: Design, dt: float) -> _Plan:
    center = rest_state(design.model)
    rates = known_of(design).rates(center)
    every = max(1, round(1 / (_PER_FASTEST * rates.max() * dt)))
    settle = int(np.ceil(_SETTLED / (rates.min() * every * dt)))
    return _Plan(every, settle, center, (settle + _LENGTH - 1) * every * dt)
