"""The noising protocol of arXiv 2506.15121: a pattern that fades under its own thermal noise.

Units are uncoupled. Preparation: from 0, for t_final, under the constant force strength * s_i. Then
under a(t) s_i with a(t) = strength (1 - t / (ramp t_final)) until ramp t_final, and 0 after it. A
force +f is a bias b = -f. Only the steps after the preparation enter the loss.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import ConfigError
from hwkit.langevin import TimeGrid
from hwkit.model import Onsite
from hwkit.wiener import NoiseStream, SingleArray, child_seed

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Protocol:
    """Durations in model time; the defaults are the paper's."""

    t_final: float = 2.5
    dt: float = 1e-3
    strength: float = 2.0
    ramp: float = 0.75

    def __post_init__(self) -> None:
        TimeGrid(self.t_final, self.dt)
        if not 0 < self.ramp <= 1:
            raise ConfigError(f"ramp is {self.ramp!r}; it is a fraction of t_final, above 0 to 1")
        if not np.isfinite(self.strength):
            raise ConfigError(f"strength is {self.strength!r}; it must be a finite number")

    @property
    def n_steps(self) -> int:
        """Number of steps that enter the loss, K."""
        return TimeGrid(self.t_final, self.dt).n_steps

    def force_scale(self, t: float | FloatArray) -> FloatArray:
        """Return a(t) for times after the preparation, in the same shape."""
        return np.maximum(0.0, self.strength * (1 - np.asarray(t) / (self.ramp * self.t_final)))


def sample_noising(
    protocol: Protocol,
    fields: FloatArray,
    onsite: Onsite,
    kT: float,
    mobility: float,
    n_paths: int,
    seed: int,
) -> FloatArray:
    """Return noising paths by Euler-Maruyama, (P * n_paths, K + 1, N).

    Memory grows with the number of steps: for checks and held-out losses, not for training.

    Args:
        protocol: duration and course of the noising.
        fields: on the units, (P, N).
        onsite: energy of a unit alone.
        kT: temperature, in units of energy.
        mobility: mu.
        n_paths: paths of each pattern; those of one pattern are neighbours in the result.
        seed: root of the noise.
    """
    force = np.repeat(fields, n_paths, axis=0)
    times = np.arange(protocol.n_steps, dtype=np.float64) * protocol.dt
    noise = NoiseStream(child_seed(seed, "noising"), range(len(force)), force.shape[1])
    path = np.empty((len(force), protocol.n_steps + 1, force.shape[1]))
    path[:, 0] = prepared_states(protocol, force, onsite, kT, mobility, seed)
    step = _step(protocol, force, onsite, kT, mobility)
    for k, scale in enumerate(protocol.force_scale(times)):
        path[:, k + 1] = step(path[:, k], scale, noise.at(k))
    return path


def prepared_states(
    protocol: Protocol,
    fields: FloatArray,
    onsite: Onsite,
    kT: float,
    mobility: float,
    seed: int,
) -> FloatArray:
    """Return what patterns look like when noising starts, (P, N), one path for each field.

    It is what a perfect reversal of the noising would generate.

    Args:
        protocol, onsite, kT, mobility, seed: as for `sample_noising`.
        fields: on the units, (P, N).
    """
    x = np.zeros(fields.shape)
    noise = NoiseStream(child_seed(seed, "preparation"), range(len(fields)), fields.shape[1])
    step = _step(protocol, fields, onsite, kT, mobility)
    for k in range(protocol.n_steps):
        x = step(x, protocol.strength, noise.at(k))
    return x


def _step(
    protocol: Protocol, fields: FloatArray, onsite: Onsite, kT: float, mobility: float
) -> Callable[[FloatArray, float, SingleArray], FloatArray]:
    """Return the Euler-Maruyama step of uncoupled units under a scale of their fields."""
    rate, amplitude = mobility * protocol.dt, np.sqrt(2 * mobility * kT * protocol.dt)

    def after(x: FloatArray, scale: float, normal: SingleArray) -> FloatArray:
        drift = scale * fields - onsite.slope(x)
        return np.asarray(x + rate * drift + amplitude * normal)

    return after
