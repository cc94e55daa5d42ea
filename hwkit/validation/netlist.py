"""Validate a netlist that a person edited or drew elsewhere against the machine it should be.

Extraction first (what do the elements, as written, compute?), then the force field measured in
ngspice, the strength of the noise as written, and paths of the netlist itself on the machine's
noise. What can't be extracted is a failed row, not an error: the measurements still say how far off
the circuit is.

Where units are fluxes of inductors, the machine has inertia. Its mass R C / tau is measured and
must be the same for all units; as for family rlc, paths are compared sharply with backward Euler,
and their distance to the ideal ones, of order dt, is reported.
"""

from functools import partial

import numpy as np

from hwkit import fidelity
from hwkit.errors import NetlistError
from hwkit.fidelity import Metric
from hwkit.langevin import prepare_states, simulate_langevin, simulate_underdamped
from hwkit.model import EnergyModel
from hwkit.netlist.foreign import ForeignNetlist
from hwkit.ordering import largest
from hwkit.spice import ForeignCircuit, foreign_circuit, measure_gradient, simulate_spice
from hwkit.validation.design import TIGHT_RUNS, drift_states
from hwkit.validation.schemes import scheme_differences, scheme_metric
from hwkit.wiener import child_seed
from hwkit.workers import Pool, Progress

_NOISE_LIMIT = 1e-6  # of spectral densities, relatively
_MASS_LIMIT, _LIGHT = 1e-6, 1e-5  # relatively; of lighter units relative to this


def validate_netlist(
    netlist: ForeignNetlist,
    model: EnergyModel,
    t_final: float = 2.5,
    dt: float = 2.5e-3,
    n_trajectories: int = 20,
    seed: int = 0,
    volt: float | None = None,
    second: float | None = None,
    jobs: int | Pool = 1,
    timeout: float | None = None,
    progress: Progress | None = None,
) -> fidelity.Verdict:
    """Compare a foreign netlist with a model: extraction, force field, noise, paths.

    Starts are prepared uncoupled.

    Args:
        netlist: the netlist, with a node for each unit.
        model: the machine that it should be.
        t_final: duration, in model time; a whole number of steps.
        dt: time step, in model time.
        n_trajectories: number of runs.
        seed: root of the noise; the same seed gives the same runs.
        volt, second: units of x and time where the netlist does not state them; 0.1 V and 1 us if
            None.
        jobs, timeout, progress: as for `simulate_spice`.
    """
    circuit = foreign_circuit(netlist, model, volt, second, timeout)
    every = max(1, round(t_final / dt) // 10)
    noise = child_seed(seed, "generation")
    x0 = prepare_states(model, t_final, dt, n_trajectories, child_seed(seed, "preparation"))
    reference = simulate_langevin
    if circuit.mass:
        reference = partial(simulate_underdamped, mass=circuit.mass)
    ideal = reference(model, t_final, dt, n_trajectories, noise, x0, save_every=every)
    states = drift_states(ideal)
    gradient = measure_gradient(circuit, states, jobs, timeout=timeout)
    residual = fidelity.drift_residual(model, states, gradient)
    spice = partial(simulate_spice, circuit, t_final, dt, jobs=jobs, timeout=timeout)
    real = spice(n_trajectories, noise, x0, save_every=every, progress=progress)
    tight = spice(few := min(n_trajectories, TIGHT_RUNS), noise, x0[:few], tight=True)
    paths = fidelity.compare(ideal, real, path_limit=None if circuit.mass else "step").metrics
    rows = [_extraction(circuit), fidelity.drift_metric(residual), *_masses(circuit)]
    return fidelity.merge(
        [*rows, *_noise(circuit)],
        fidelity.remarked(paths, "path error", remark) if (remark := _unstated(circuit)) else paths,
        [scheme_metric(scheme_differences(model, "full", tight), "full")],
    )


def _extraction(circuit: ForeignCircuit) -> Metric:
    """Compare the machine that the elements make with the model, unit by unit."""
    model, netlist, scale = circuit.model, circuit.netlist, circuit.scale
    missing = {
        "volt": scale.volt,
        "second": scale.second,
        "kt": model.kT,
        "mobility": model.mobility,
        "visible": float(model.n_visible),
    }
    others = [node for node in netlist.all_nodes if node not in netlist.nodes]
    try:
        if others:
            raise NetlistError(
                f"node {others[0]!r} has a capacitor, but is not a unit of the model"
            )
        extracted = netlist.machine(missing)
    except NetlistError as error:
        return Metric("extraction error", "drift", float("nan"), 1e-9, note=str(error))
    order = [netlist.all_nodes.index(node) for node in netlist.nodes]
    return fidelity.extraction_metric(model, fidelity.reordered(extracted, order))


def _masses(circuit: ForeignCircuit) -> list[Metric]:
    """Compare the units' masses, as measured, with their median; no row if there is no mass."""
    if not circuit.mass:
        return []
    error = np.abs(circuit.masses - circuit.mass) / max(circuit.mass, _LIGHT)
    worst, n = largest(error), error.size
    note = f"R C / tau against its median, {circuit.mass:.4g}; largest at unit {worst}"
    return [Metric("mass error", "drift", float(error[worst]), _MASS_LIMIT, n=n, note=note)]


def _unstated(circuit: ForeignCircuit) -> str:
    """Say of which units the netlist gives no strength of the noise; nothing if it gives all."""
    unknown = np.flatnonzero(~np.isfinite(circuit.netlist.noise))
    if not unknown.size:
        return ""
    some = f" of unit {unknown[0]}" + (f" and {unknown.size - 1} others" * (unknown.size > 1))
    where = "" if unknown.size == circuit.model.n_units else some
    return f"the netlist gives no noise strength{where}: the model's is used"


def _noise(circuit: ForeignCircuit) -> list[Metric]:
    """Compare the noise densities written in the netlist with those that the model asks for.

    No row where none is written: there is nothing to compare.
    """
    written = circuit.netlist.noise
    known = np.isfinite(written)
    if not known.any():
        return []
    error = np.abs((written / circuit.nominal_noise) ** 2 - 1)
    worst = largest(error)
    note = f"of the spectral density as written; largest at unit {worst}"
    limit, n = _NOISE_LIMIT, int(known.sum())
    return [Metric("noise error", "drift", float(error[worst]), limit, n=n, note=note)]
