"""What "the heat of a sample" can mean: one run, several accounts, in units of kT.

    fixed potential    Q = V(x0) - V(xT): given to the bath while couplings and biases are on
    switching on       V(x0) - U(x0): work done on the machine at the start
    switching off      U(xT) - V(xT): work done on it at the end (couplings hold the sample)
    forgetting         U(xT) - U(x0): heat of relaxing, uncoupled, back to where it started
    whole cycle        on + off = fixed potential + forgetting: all of the work, all of the heat
    Ito sum            -sum grad V(x_k) . dx_k, which exceeds Q/kT by mu int tr Hess V dt

U: onsite energies alone. Q of a path is also the log-ratio of its probability to its reverse's.
"""

import numpy as np

from hwkit.langevin import prepare_states, simulate_langevin
from hwkit.langevin.preparation import uncoupled
from hwkit.model import EnergyModel
from hwkit.study.kinds.generative.plan import DURATION
from hwkit.study.kinds.generative.results import ACCOUNTS, Account, Course, StartSpread
from hwkit.training import recognise
from hwkit.trajectories import FloatArray, Trajectories
from hwkit.wiener import child_seed

_SAVED = 25  # states of a run, for the Ito sum and the course of heat


def generate(
    model: EnergyModel,
    observation: float,
    dt: float,
    n: int,
    seed: int,
    preparation: float = DURATION,
) -> Trajectories:
    """Generate samples from prepared states; some states on the way are saved.

    Args:
        model: the machine.
        observation: duration of a run, in model time.
        dt: time step, in model time.
        n: number of samples.
        seed: root of the preparation's and the generation's noise.
        preparation: how long the units settle uncoupled, in model time.
    """
    x0 = prepare_states(model, preparation, dt, n, child_seed(seed, "preparation"))
    steps = round(observation / dt)
    return simulate_langevin(
        model,
        observation,
        dt,
        n,
        child_seed(seed, "generation"),
        x0,
        save_every=max(1, steps // _SAVED),
        precision="single",
    )


def heat_accounts(model: EnergyModel, runs: Trajectories) -> dict[str, FloatArray]:
    """Return every account of every run, (n,), in units of kT."""
    alone = uncoupled(model)
    start, end = (
        (model.energy(x) / model.kT, alone.energy(x) / model.kT) for x in (runs.x[:, 0], runs.final)
    )
    heat = start[0] - end[0]
    trace = np.array([np.sum(model.onsite.curvature(x), axis=-1) for x in runs.x])
    values = (
        heat,
        start[0] - start[1],
        end[1] - end[0],
        end[1] - start[1],
        heat + end[1] - start[1],
        heat + model.mobility * np.trapezoid(trace, runs.t, axis=1),
    )
    return dict(zip(ACCOUNTS, values, strict=True))


def account(values: FloatArray) -> Account:
    """Return mean, its standard error, and the standard deviation over runs, (runs,)."""
    spread = float(np.std(values, ddof=1))
    return Account(float(np.mean(values)), spread / float(np.sqrt(values.size)), spread)


def course(model: EnergyModel, runs: Trajectories, patterns: FloatArray) -> Course:
    """Return how mean heat, in kT, and the recognisable share grow over the run.

    Patterns are (P, n_visible).
    """
    start, states = model.energy(runs.x[:, 0]), range(len(runs.t))
    return Course(
        t=[float(t) for t in runs.t],
        heat=[float(np.mean(start - model.energy(runs.x[:, k])) / model.kT) for k in states],
        share=[recognise(runs.x[:, k], patterns).share for k in states],
    )


def start_spread(model: EnergyModel, t_final: float, dt: float, n: int, seed: int) -> StartSpread:
    """Return the standard deviation of x when generation starts, with its standard error.

    Args:
        model: the machine.
        t_final: how long the units settle uncoupled, in model time.
        dt: time step, in model time.
        n: number of runs.
        seed: root of the noise.
    """
    x = prepare_states(model, t_final, dt, n, seed)
    square, fourth = float(np.mean(x**2)), float(np.mean(x**4))
    stderr = np.sqrt((fourth - square**2) / x.size) / (2 * np.sqrt(square))
    return StartSpread(float(np.sqrt(square)), float(stderr), x.size)
