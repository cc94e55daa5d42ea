"""Known answers: machines whose stationary distribution is known, to compare every simulator with.

Each system carries its exact moments and those of its discrete-time chain, since an integrator of
step h samples a distribution that is off by O(h):

    spring, coupled springs: x' = M x + noise of covariance Q, so S = M S M^T + Q and the lagged
                             covariance is M^n S; for Euler-Maruyama S = kT A^-1 (1 - mu h A/2)^-1
    quartic unit:            moments of the chain's invariant density, found by quadrature

Many copies are side by side in one machine, so that one run yields many independent samples.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.linalg import expm, solve_discrete_lyapunov

from hwkit.fidelity.verdict import Metric
from hwkit.model import EnergyModel, Onsite, Quartic
from hwkit.trajectories import Trajectories

FloatArray = NDArray[np.float64]
Scheme = Literal[
    "euler-maruyama",
    "backward-euler",
    "semi-implicit-euler",
    "linearly-implicit-euler",
    "exact",
]

_WORST_ERROR = 4.0  # standard errors
_UNITS, _SAMPLES = 1000, 100
_POOREST = 0.01  # a standard error above 1 % of the value proves little and widens nothing


@dataclass(frozen=True, eq=False)
class KnownAnswer:
    """A machine of `copies` independent blocks and the moments one block should show.

    Attributes:
        name: what is tested.
        block: the machine of one copy.
        moments: name -> function of states (..., n_block) giving the moment's samples (...,).
        expected: function of (step, scheme) giving the exact moments of that chain, by name.
        settle: time after which a start at 0 is forgotten, and between independent samples.
        step: the step that the simulators are to use; long, since its effect is known exactly.
    """

    name: str
    block: EnergyModel
    moments: dict[str, Callable[[FloatArray], FloatArray]]
    expected: Callable[[float, Scheme], dict[str, float]]
    settle: float
    step: float = 0.04

    @property
    def save_every(self) -> int:
        """Steps between saved states."""
        return round(self.settle / self.step)

    @property
    def t_final(self) -> float:
        """Duration of a run that yields all samples."""
        return _SAMPLES * self.save_every * self.step

    def machine(self) -> EnergyModel:
        """Return as many uncoupled blocks as make about a thousand units, as one machine."""
        copies = _UNITS // self.block.n_units
        J = sp.block_diag([sp.csr_array(self.block.J)] * copies, format="csr")
        onsite = self.block.onsite
        return EnergyModel(
            sp.csr_array(J),
            np.tile(self.block.b, copies),
            onsite,
            self.block.kT,
            self.block.mobility,
        )

    def metrics(self, runs: Trajectories, scheme: Scheme, side: str) -> list[Metric]:
        """Compare the saved states of a machine of copies with the exact moments.

        The first saved state, the start at 0, is left out.
        """
        size = self.block.n_units
        states = runs.x[:, 1:].reshape(-1, runs.n_units // size, size)
        expected = self.expected(self.step, scheme)
        true = self.expected(self.step, "exact")
        rows = []
        for name, moment in self.moments.items():
            samples = moment(states).ravel()
            stderr = float(samples.std(ddof=1) / np.sqrt(samples.size))
            deviation, scale = abs(float(samples.mean()) - expected[name]), abs(expected[name])
            rows.append(
                Metric(
                    f"{self.name}: {name}, {side}",
                    "answer",
                    deviation / scale,
                    _WORST_ERROR * min(stderr / scale, _POOREST),
                    stderr=stderr / scale,
                    n=samples.size,
                    seeds=runs.seeds,
                    note=f"{samples.mean():.6f}, expected {expected[name]:.6f} "
                    f"at h = {self.step:g} ({true[name]:.6f} for h = 0)",
                )
            )
        return rows


def known_answers() -> list[KnownAnswer]:
    """Return the suite: kT/C of a spring, quartic moments, covariance of coupled springs."""
    pair = EnergyModel([[0.0, 1.2], [1.2, 0.0]], [0.0, 0.0], Quartic(1.0, 0.0), kT=0.2)
    spring = EnergyModel([[0.0]], [0.0], Quartic(1.0, 0.0), kT=0.1)
    return [
        _gaussian("kT/C", spring, settle=2.0),
        _quartic("quartic unit", Quartic(1.0, 1.0), kT=0.1, settle=2.0),
        _gaussian("coupled springs", pair, settle=5.0),
    ]


def _gaussian(name: str, block: EnergyModel, settle: float) -> KnownAnswer:
    n = block.n_units
    hessian = block.hessian(np.zeros(n))
    pairs = [(i, j) for i in range(n) for j in range(i, n) if np.linalg.inv(hessian)[i, j]]

    def expected(step: float, scheme: Scheme) -> dict[str, float]:
        covariance = linear_covariance(block, step, scheme)
        return {f"<x{i} x{j}>": float(covariance[i, j]) for i, j in pairs}

    def product(i: int, j: int) -> Callable[[FloatArray], FloatArray]:
        return lambda x: np.asarray(x[..., i] * x[..., j])

    moments = {f"<x{i} x{j}>": product(i, j) for i, j in pairs}
    return KnownAnswer(name, block, moments, expected, settle)


def linear_step(model: EnergyModel, step: float, scheme: Scheme) -> tuple[FloatArray, FloatArray]:
    """Return M and Q, (N, N), of a step of a Gaussian machine, M x + noise of covariance Q.

    Args:
        model: the machine; its onsite energy is quadratic.
        step: time step, in model time.
        scheme: the integrator.
    """
    n, h = model.n_units, model.mobility * step
    one, hessian = np.eye(n), model.hessian(np.zeros(n))
    own = np.diag(np.diag(hessian))
    explicit, implicit = {
        "euler-maruyama": (one - h * hessian, one),
        "backward-euler": (one, one + h * hessian),
        "semi-implicit-euler": (one - h * (hessian - own), one + h * own),
        "linearly-implicit-euler": (one - h * (hessian - own), one + h * own),
        "exact": (expm(-h * hessian), one),
    }[scheme]
    inverse = np.linalg.inv(implicit)
    M, Q = inverse @ explicit, 2 * model.kT * h * inverse @ inverse.T
    if scheme == "exact":
        S = model.kT * np.linalg.inv(hessian)
        Q = S - M @ S @ M.T
    return M, Q


def linear_covariance(model: EnergyModel, step: float, scheme: Scheme, lag: int = 0) -> FloatArray:
    """Return the stationary <x(t + lag steps) x(t)^T>, (N, N), of a Gaussian machine.

    Args:
        model, step, scheme: as for `linear_step`.
        lag: number of steps between the two times.
    """
    M, Q = linear_step(model, step, scheme)
    stationary = solve_discrete_lyapunov(M, Q)
    return np.asarray(np.linalg.matrix_power(M, lag) @ stationary)


def _quartic(name: str, onsite: Onsite, kT: float, settle: float) -> KnownAnswer:
    block = EnergyModel(np.zeros((1, 1)), [0.0], onsite, kT=kT)

    def expected(step: float, scheme: Scheme) -> dict[str, float]:
        x, density = chain_density(onsite, kT, block.mobility * step, scheme)
        return {f"<x^{p}>": float(np.sum(density * x**p)) for p in (2, 4)}

    moments = {
        "<x^2>": lambda x: np.asarray(x[..., 0] ** 2),
        "<x^4>": lambda x: np.asarray(x[..., 0] ** 4),
    }
    return KnownAnswer(name, block, moments, expected, settle)


def chain_density(
    onsite: Onsite, kT: float, step: float, scheme: Scheme, points: int = 1201
) -> tuple[FloatArray, FloatArray]:
    """Return grid and weights of one unit's stationary distribution, each (points,).

    The invariant density of the chain is the fixed point of its transition kernel: for
    Euler-Maruyama x' = x - h U'(x) + noise, for backward Euler x' + h U'(x') = x + noise, and
    linearly implicit, one Newton step of that, x' = x + (noise - h U'(x)) / (1 + h U''(x)).

    Args:
        onsite: energy of the unit, the same for all units.
        kT: temperature, in units of energy.
        step: h, mobility times time step.
        scheme: the integrator; "exact" gives the Boltzmann density.
        points: number of grid points.
    """
    reach = 1.0
    while float(onsite.energy(np.array(reach)) - onsite.energy(np.array(0.0))) < 40 * kT:
        reach *= 1.1
    x = np.linspace(-reach, reach, points)
    boltzmann = np.exp(-(onsite.energy(x) - onsite.energy(x).min()) / kT)
    if scheme == "exact":
        return x, boltzmann / boltzmann.sum()
    slope, stiff = step * onsite.slope(x), 1 + step * onsite.curvature(x)
    if scheme == "euler-maruyama":
        distance, jacobian = x[:, None] - (x - slope)[None, :], np.ones((1, 1))
    elif scheme == "linearly-implicit-euler":
        distance, jacobian = (x[:, None] - x[None, :]) * stiff + slope, stiff[None, :]
    else:
        distance, jacobian = (x + slope)[:, None] - x[None, :], stiff[:, None]
    kernel = jacobian * np.exp(-(distance**2) / (4 * kT * step))
    kernel /= kernel.sum(axis=0, keepdims=True)
    density = boltzmann / boltzmann.sum()
    for _ in range(100_000):
        fresh = kernel @ density
        if np.max(np.abs(fresh - density)) < 1e-14:
            break
        density = fresh
    return x, fresh / fresh.sum()
