"""The machine with inertia: underdamped Langevin dynamics.

    m dv = -dV/dx dt - v dt / mu + sqrt(2 kT / mu) dW,   dx = v dt
    gamma = 1 / (mu m),   sigma = sqrt(2 kT / mu) / m

At equilibrium x is distributed as without inertia, and <v^2> = kT/m; as m -> 0 the paths go over
into those of `simulate_langevin`, at the rms distance mu sqrt(kT m).

Method "exact", for Gaussian machines: in each eigenmode of the Hessian, (x, v) after a step is
Gaussian with known mean and covariance. No time-step error at any dt.

Method "ubu", for any machine (Sanz-Serna and Zygalakis, SIAM J. Numer. Anal. 59, 2021): the exact
flow without potential for dt/2, a kick by -dV/dx dt/m, the same flow again. Strong and weak order
2, one gradient a step; for m -> 0 at a fixed dt it becomes an Euler-Maruyama scheme.

From increments to noise: a step's noise in (x, v) is Gaussian and correlated with its Wiener
increment dW_k, which is that of every other simulator. Its mean given dW_k is taken from dW_k, the
rest, smaller by a factor of order dt, from streams of its own, children of the seed.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Literal, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import expm
from threadpoolctl import threadpool_limits

from hwkit.errors import ConfigError, DataError
from hwkit.langevin.facts import run_facts
from hwkit.langevin.grid import SaveEvery, TimeGrid
from hwkit.langevin.overdamped import check_finite
from hwkit.langevin.starts import checked_increments, checked_starts
from hwkit.model import EnergyModel, Quartic, checked_machine
from hwkit.numbers import positive
from hwkit.trajectories import Trajectories
from hwkit.wiener import NoiseStream, child_seed
from hwkit.workers import available_cores

FloatArray = NDArray[np.float64]
Method = Literal["auto", "exact", "ubu"]

_RUNS_PER_CHUNK = 64  # fixed: matrix products round differently for other shapes


def simulate_underdamped(
    model: EnergyModel,
    t_final: float,
    dt: float = 1e-3,
    n_trajectories: int = 1,
    seed: int = 0,
    x0: ArrayLike | None = None,
    increments: ArrayLike | None = None,
    save_every: SaveEvery = None,
    *,
    mass: float,
    v0: ArrayLike | None = None,
    method: Method = "auto",
) -> Trajectories:
    """Simulate the ideal machine with inertia.

    Args:
        model: the machine.
        t_final: duration, in model time; a whole number of steps.
        dt: time step, in model time.
        n_trajectories: number of runs.
        seed: root of the noise; the same seed gives the same runs.
        x0, increments, save_every: as for `simulate_langevin`.
        mass: m of every unit; one unit alone is overdamped if 4 m mu^2 U'' is far below 1.
        v0: start velocities (n_trajectories, N); None for zeros.
        method: "exact" or "ubu"; "auto" takes the exact one where it holds.

    Returns:
        Trajectories with states x and velocities v, each (n_trajectories, T, N).

    Raises:
        DataError, ConfigError: if the arguments don't fit each other.
        SimulationError: if a state overflows (the step is too long for this machine).
    """
    model = checked_machine(model, "simulate_underdamped")
    mass = positive("mass", mass, ConfigError)
    grid = TimeGrid(t_final, dt, save_every)
    dt = grid.dt
    x = checked_starts(x0, n_trajectories, model.n_units)
    v = checked_starts(v0, n_trajectories, model.n_units, "v0")
    given = checked_increments(increments, n_trajectories, grid.n_steps, model.n_units)
    scheme = _scheme(model, mass, dt, method)
    shape = (n_trajectories, grid.saved_steps.size, model.n_units)
    states, velocities = np.empty(shape), np.empty(shape)

    def run(first: int) -> None:
        runs = slice(first, min(first + _RUNS_PER_CHUNK, n_trajectories))
        rows = range(n_trajectories)[runs]
        noise = _Noise(rows, model.n_units, dt, seed, None if given is None else given[runs])
        _run_chunk(scheme, grid, x[runs], v[runs], noise, states[runs], velocities[runs])

    with threadpool_limits(1, "blas"), ThreadPoolExecutor(available_cores()) as pool:
        list(pool.map(run, range(0, n_trajectories, _RUNS_PER_CHUNK)))
    check_finite(states, dt)
    attributes = run_facts(f"underdamped-{scheme.name}", model, dt, seed, given)
    attributes["mass"] = mass
    return Trajectories(grid.saved_times, states, attributes=attributes, v=velocities)


class _Scheme(Protocol):
    name: str

    def step(
        self, x: FloatArray, v: FloatArray, noise: tuple[FloatArray, ...]
    ) -> tuple[FloatArray, FloatArray]:
        """Return states and velocities a step later; noise is (dW, three rows of normals)."""
        ...


def _scheme(model: EnergyModel, mass: float, dt: float, method: Method) -> _Scheme:
    gaussian = isinstance(model.onsite, Quartic) and not np.any(model.onsite.J4)
    if method not in ("auto", "exact", "ubu"):
        raise ConfigError(f"method {method!r} is unknown; choose 'auto', 'exact' or 'ubu'")
    if method == "exact" and not gaussian:
        raise DataError("the exact propagator holds for J4 = 0 only; use method 'ubu'")
    if gaussian and method != "ubu":
        return _Exact(model, mass, dt)
    return _Splitting(model, mass, dt)


class _Splitting:
    """UBU: flow, kick, flow."""

    name = "ubu"

    def __init__(self, model: EnergyModel, mass: float, dt: float) -> None:
        self._force, self._kick, self._half = model.force, dt / mass, dt / 2
        rate = 1 / (model.mobility * mass)
        self._decay = np.exp(-rate * dt / 2)
        self._reach = -np.expm1(-rate * dt / 2) / rate
        # g = int exp(-gamma (end - s)) dW(s) over half a step: its mean given dW, and the rest
        variance = -np.expm1(-rate * dt) / (2 * rate)
        self._share = self._reach / self._half
        self._rest = np.sqrt(max(variance - self._reach**2 / self._half, 0.0))
        self._in_x = np.sqrt(2 * model.mobility * model.kT)
        self._in_v = self._in_x * rate

    def step(
        self, x: FloatArray, v: FloatArray, noise: tuple[FloatArray, ...]
    ) -> tuple[FloatArray, FloatArray]:
        path, bridge, first, second = noise
        split = np.sqrt(self._half / 2) * bridge  # a Brownian bridge: half of sqrt(dt)
        x, v = self._flow(x, v, path / 2 + split, first)
        v = v + self._kick * self._force(x)
        return self._flow(x, v, path / 2 - split, second)

    def _flow(
        self, x: FloatArray, v: FloatArray, path: FloatArray, normal: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        decayed = self._share * path + self._rest * normal
        moved = x + self._reach * v + self._in_x * (path - decayed)
        return moved, self._decay * v + self._in_v * decayed


class _Exact:
    """Each mode's 2 x 2 propagator."""

    name = "exact"

    def __init__(self, model: EnergyModel, mass: float, dt: float) -> None:
        n = model.n_units
        hessian = model.hessian(np.zeros(n))
        stiffness, self._modes = np.linalg.eigh(hessian)
        self._center = np.linalg.solve(hessian, -model.b)
        self._M, self._mean, self._root = mode_propagator(
            stiffness, mass, model.kT, model.mobility, dt
        )

    def step(
        self, x: FloatArray, v: FloatArray, noise: tuple[FloatArray, ...]
    ) -> tuple[FloatArray, FloatArray]:
        path, first, second, _ = noise
        state = (x - self._center) @ self._modes, v @ self._modes
        path = path @ self._modes
        later = [
            self._M[:, i, 0] * state[0]
            + self._M[:, i, 1] * state[1]
            + self._mean[:, i] * path
            + self._root[:, i, 0] * first
            + self._root[:, i, 1] * second
            for i in range(2)
        ]
        return self._center + later[0] @ self._modes.T, later[1] @ self._modes.T


def mode_propagator(
    stiffness: FloatArray, mass: float, kT: float, mobility: float, dt: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return how (x, v) of oscillators of some stiffness goes on over a step.

    (x, v)' = M (x, v) + mean dW + root (two standard normals); shapes (N, 2, 2), (N, 2), (N, 2, 2).

    Args:
        stiffness: of each oscillator, (N,).
        mass: the same for all.
        kT: temperature, in units of energy.
        mobility: 1/friction.
        dt: time step, in model time.
    """
    n, rate = stiffness.size, 1 / (mobility * mass)
    generator = np.zeros((n, 2, 2))
    generator[:, 0, 1] = 1.0
    generator[:, 1, 0] = -stiffness / mass
    generator[:, 1, 1] = -rate
    M = expm(generator * dt)
    force = np.array([0.0, np.sqrt(2 * kT / mobility) / mass])
    # Cov((x, v), dW) = int exp(A s) ds (0, sigma)
    mean = np.linalg.solve(generator, ((M - np.eye(2)) @ force)[..., None])[..., 0] / dt
    stationary = np.zeros((n, 2, 2))
    stationary[:, 0, 0], stationary[:, 1, 1] = kT / stiffness, kT / mass
    noise = stationary - M @ stationary @ M.transpose(0, 2, 1)
    rest = noise - dt * mean[:, :, None] * mean[:, None, :]
    values, vectors = np.linalg.eigh((rest + rest.transpose(0, 2, 1)) / 2)
    return M, mean, vectors * np.sqrt(np.maximum(values, 0.0))[:, None, :]


class _Noise:
    """Of one chunk, step by step: the increment dW and three rows of normals of their own."""

    def __init__(
        self, runs: range, n_units: int, dt: float, seed: int, given: FloatArray | None
    ) -> None:
        self._given, self._root = given, np.sqrt(dt)
        seeds = [seed, *(child_seed(seed, "underdamped", row) for row in range(3))]
        self._streams = [NoiseStream(each, runs, n_units) for each in seeds]

    def at(self, step: int) -> tuple[FloatArray, ...]:
        path, *rows = (stream.at(step).astype(np.float64) for stream in self._streams)
        return (self._root * path if self._given is None else self._given[:, step], *rows)


def _run_chunk(
    scheme: _Scheme,
    grid: TimeGrid,
    x: FloatArray,
    v: FloatArray,
    noise: _Noise,
    states: FloatArray,
    velocities: FloatArray,
) -> None:
    slots = {int(step): slot for slot, step in enumerate(grid.saved_steps)}
    states[:, 0], velocities[:, 0] = x, v
    with np.errstate(over="ignore", invalid="ignore"):  # a diverging run is reported at the end
        for step in range(grid.n_steps):
            x, v = scheme.step(x, v, noise.at(step))
            if step + 1 in slots:
                slot = slots[step + 1]
                states[:, slot], velocities[:, slot] = x, v
