"""The likelihood of a linear machine against thermox's, an independent implementation.

thermox takes a record without noise of the readout, from a first sample that is given: ours has a
readout whose variance is far below that of a step, and the first sample's density is taken out.
"""

import jax
import numpy as np
import thermox

import hwkit
from benchmarks.measured.boards import STEP
from hwkit.measured.kalman import log_likelihood
from hwkit.measured.linear_system import LinearMachine, discretise

UNITS, SAMPLES, READOUT = 8, 2000, 1e-16


def likelihood() -> None:
    """Print both."""
    rng = np.random.default_rng(1)
    J = np.triu(rng.normal(0, 0.2, (UNITS, UNITS)), 1)
    onsite = hwkit.Quartic(1.0, 0.0)
    model = hwkit.EnergyModel(J + J.T, rng.normal(0, 0.3, UNITS), onsite, kT=0.1)
    made = hwkit.simulate_ornstein_uhlenbeck(model, SAMPLES * STEP, STEP, 1, 2, save_every=1)
    x, slopes = made.x[0], -(J + J.T) - 2 * np.eye(UNITS)
    noise, readout = np.full(UNITS, model.kT), np.full(UNITS, READOUT)
    system = discretise(LinearMachine(-model.b, slopes, noise, readout), STEP)
    ours = log_likelihood(system, [x]) - log_likelihood(system, [x[:1]])
    jax.config.update("jax_enable_x64", True)
    centre = np.linalg.solve(slopes, model.b)
    arrays = (STEP * np.arange(len(x)), x, -slopes, centre, 2 * model.kT * np.eye(UNITS))
    theirs = float(thermox.log_prob(*map(jax.numpy.asarray, arrays)))
    print(f"log likelihood of {len(x)} samples of {UNITS} units: {ours:.9f}; thermox {theirs:.9f}")
    print(f"  relative difference {abs(ours / theirs - 1):.1e}")
