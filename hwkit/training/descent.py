"""Gradient descent on sampled noising paths: the paper's way to train, and its online form.

    batch:   theta <- theta - rate dL/dtheta           after one path of every pattern (a cycle)
    online:  theta <- theta - rate dL_k/dtheta         after every single step k of those paths

L is the loss of a whole path, averaged over the paths of the cycle (arXiv 2506.15121); L_k is the
share of step k (arXiv 2609.15439). With r = J x' + b - y at a step,

    dL_k/dJ_ij = (mu dt / (2 kT)) (r_i x'_j + r_j x'_i),   dL_k/db_i = (mu dt / (2 kT)) r_i

where a pair J_ij = J_ji moves together. A constant rate never settles: the noise of the paths keeps
it above the optimum that `solve_exact` finds without sampling.
Cost of a cycle: two N x N products per step and pattern in single precision (batch; the noise of
the paths is far larger), one pass over J per step and pattern (online).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, count, islice
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hwkit.compiling import kept, numba
from hwkit.errors import ConfigError, SimulationError
from hwkit.model import Onsite
from hwkit.training.protocol import Protocol, sample_noising
from hwkit.wiener import checked_seed, child_seed

FloatArray = NDArray[np.float64]
Mask = NDArray[np.bool_]
Parameters = tuple[FloatArray, FloatArray]

_NUMBERS_AT_ONCE = 2**25  # of noising paths that are held at a time
_CYCLES_AT_ONCE = 32


@dataclass(frozen=True)
class Descent:
    """How to descend.

    Attributes:
        cycles: how often every pattern is noised anew and learnt from.
        rate: step along the gradient of a path's loss; dt / t_final if None.
        seed: of the noise; the paths kept aside have a seed of their own.
        held_out: paths per pattern that are kept aside to judge every cycle.
    """

    cycles: int = 100
    rate: float | None = None
    seed: int = 0
    held_out: int = 10

    def __post_init__(self) -> None:
        for name, value in (("cycles", self.cycles), ("held_out", self.held_out)):
            if value != int(value) or value < 1:
                raise ConfigError(f"{name} is {value!r}; give a whole number of at least 1")
        if self.rate is not None and not (np.isfinite(self.rate) and self.rate > 0):
            raise ConfigError(f"rate is {self.rate!r}; it must be a number above 0, or None")
        checked_seed(self.seed)


@dataclass(frozen=True, eq=False)
class Noising:
    """What is noised and how: fields (P, N) of uncoupled units under a protocol."""

    protocol: Protocol
    fields: FloatArray
    onsite: Onsite
    kT: float
    mobility: float

    def paths(self, fields: FloatArray, n_paths: int, seed: int) -> FloatArray:
        """Return noising paths (P * n_paths, K + 1, N) of fields (P, N)."""
        return sample_noising(
            self.protocol, fields, self.onsite, self.kT, self.mobility, n_paths, seed
        )

    def steps(self, paths: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the ends x' of all steps and their targets y, both (n_paths * K, N)."""
        x = paths[:, 1:]
        y = (x - paths[:, :-1]) / (self.mobility * self.protocol.dt) - self.onsite.slope(x)
        n = self.fields.shape[1]
        return x.reshape(-1, n), y.reshape(-1, n)

    @property
    def slope_scale(self) -> float:
        """The factor mu dt / (2 kT) of the gradient."""
        return self.mobility * self.protocol.dt / (2 * self.kT)


class HeldOutLoss:
    """The mean loss per step over paths kept aside, from their second moments."""

    def __init__(self, noising: Noising, n_paths: int, seed: int) -> None:
        n = noising.fields.shape[1]
        self._gram, self._cross = np.zeros((n, n)), np.zeros((n, n))
        self._mean, self._target, self._square = np.zeros(n), np.zeros(n), 0.0
        n_steps = 0
        for index, field in enumerate(noising.fields):
            x, y = noising.steps(noising.paths(field[None], n_paths, child_seed(seed, index)))
            self._gram += x.T @ x
            self._cross += y.T @ x
            self._mean += x.sum(axis=0)
            self._target += y.sum(axis=0)
            self._square += float(np.vdot(y, y))
            n_steps += len(x)
        for moment in (self._gram, self._cross, self._mean, self._target):
            moment /= n_steps
        self._square /= n_steps
        self._scale = noising.slope_scale / 2

    def at(self, J: FloatArray, b: FloatArray) -> float:
        """Return the loss per step of J (N, N) and b (N,); see `reversed_path_loss`."""
        field = J @ self._mean
        quadratic = np.vdot(J @ self._gram, J) + 2 * b @ field + b @ b
        linear = np.vdot(J, self._cross) + b @ self._target
        return float(self._scale * (quadratic - 2 * linear + self._square))


def descend(
    noising: Noising,
    mask: Mask,
    bias_mask: Mask,
    method: Literal["batch", "online"],
    settings: Descent,
) -> Iterator[Parameters]:
    """Yield couplings and biases after each cycle; the arrays are overwritten by the next.

    Args:
        noising: what is noised, and how.
        mask: (N, N), False for couplings that are absent or held.
        bias_mask: (N,), False for biases that are held.
        method: "batch" moves once a cycle, "online" after every step of every path.
        settings: rate, cycles and seed.

    Raises:
        SimulationError: if the parameters overflow (the rate is too large).
    """
    protocol = noising.protocol
    rate = settings.rate if settings.rate is not None else protocol.dt / protocol.t_final
    n = noising.fields.shape[1]
    J, b = np.zeros((n, n)), np.zeros(n)
    learn = _learn_batch if method == "batch" else _learn_online
    cycles = islice(_cycles(noising, settings.seed), settings.cycles)
    for index, chunks in enumerate(cycles, start=1):
        with np.errstate(over="ignore", invalid="ignore"):
            learn(noising, chunks, mask, bias_mask, rate * noising.slope_scale, J, b)
        if not (np.all(np.isfinite(b)) and np.all(np.isfinite(J))):
            raise SimulationError(
                f"gradient descent overflowed in cycle {index} at the rate {rate:g}; try a tenth "
                "of it"
            )
        yield J, b


def _cycles(noising: Noising, seed: int) -> Iterator[Iterable[FloatArray]]:
    """Yield, cycle after cycle, one new path of every pattern, in chunks (patterns, K + 1, N).

    Small problems make the paths of many cycles at once, large ones a cycle in pieces; neither
    depends on how many cycles are wanted.
    """
    n_patterns, n_units = noising.fields.shape
    affordable = max(1, _NUMBERS_AT_ONCE // (noising.protocol.n_steps * n_units))
    together = min(_CYCLES_AT_ONCE, max(1, affordable // n_patterns))
    for first in count(0, together):
        root = child_seed(seed, "cycle", first)
        if together == 1:
            yield (
                noising.paths(noising.fields[p : p + affordable], 1, child_seed(root, p))
                for p in range(0, n_patterns, affordable)
            )
            continue
        paths = noising.paths(noising.fields, together, root)
        for cycle in range(together):
            yield [paths[cycle::together]]


def _learn_batch(
    noising: Noising,
    chunks: Iterable[FloatArray],
    mask: Mask,
    bias_mask: Mask,
    rate: float,
    J: FloatArray,
    b: FloatArray,
) -> None:
    couplings, biases = J.astype(np.float32), b.astype(np.float32)
    residual, residual_mean = np.zeros_like(couplings), np.zeros_like(b)
    for paths in chunks:
        x, y = (part.astype(np.float32) for part in noising.steps(paths))
        r = x @ couplings
        r += biases
        r -= y
        residual += r.T @ x
        residual_mean += r.sum(axis=0, dtype=np.float64)
    share = rate / len(noising.fields)
    J -= share * (mask * (residual + residual.T))
    b -= share * (bias_mask * residual_mean)


def _learn_online(
    noising: Noising,
    chunks: Iterable[FloatArray],
    mask: Mask,
    bias_mask: Mask,
    rate: float,
    J: FloatArray,
    b: FloatArray,
) -> None:
    for path in chain.from_iterable(chunks):
        x, y = noising.steps(path[None])
        _follow(x, y, mask, bias_mask, rate / len(noising.fields), J, b)
    J[:] = (J + J.T) / 2  # rounding only


@kept(numba.njit, nogil=True, fastmath={"contract", "reassoc"})
def _follow(x, y, mask, bias_mask, rate, J, b):  # type: ignore[no-untyped-def]
    """Move J and b after every step: one pass over J updates it and makes the next field."""
    n_steps, n = x.shape
    field = J @ x[0]
    r = np.empty(n)
    for k in range(n_steps):
        now = x[k]
        after = x[min(k + 1, n_steps - 1)]
        for i in range(n):
            r[i] = rate * (field[i] + b[i] - y[k, i])
            if bias_mask[i]:
                b[i] -= r[i]
        for i in range(n):
            total = 0.0
            for j in range(n):
                move = r[i] * now[j] + now[i] * r[j]
                entry = J[i, j] - (move if mask[i, j] else 0.0)
                J[i, j] = entry
                total += entry * after[j]
            field[i] = total
