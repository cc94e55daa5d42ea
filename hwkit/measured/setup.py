"""What a record of a machine shows through its channels: from parameters to coefficients.

A channel shows z_i = g_i x_i + o_i of the machine dx_i = -mu (dV/dx_i) dt + sqrt(2 mu kT_i) dW_i,
with the quartic onsite energy. In terms of z, and with r a factor on every rate (a time base that
runs fast), the drift of z_i is theta_i . (1, z_1 ... z_N, z_i^2, z_i^3) with

    slope_ij = -r mu J_ij g_i / g_j            slope_ii = -r mu (2 J2_i + 12 J4_i o_i^2 / g_i^2)
    quadratic_i = 12 r mu J4_i o_i / g_i^2     cubic_i = -4 r mu J4_i / g_i^2
    constant_i = r mu (2 J2_i o_i + 4 J4_i o_i^3 / g_i^2 - g_i b_i + sum_j J_ij g_i o_j / g_j)

and the noise intensity D_ii = r mu kT_i g_i^2. A channel whose output follows with a lag
and has a readout noise leaves, with e_i what both add to <z_i^2>,

    slope_ii + 3 cubic_i e_i     constant_i + quadratic_i e_i     D_ii and R_i by `lag`

A record alone gives these coefficients and no more: gains
of all channels, or all rates, can be changed together with the machine's parameters without a trace
in it. What separates them is an anchor, and is named with every result.
"""

from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import DataError
from hwkit.measured.drift import Drift
from hwkit.measured.lag import LagEffect, lag_effect, lag_effects
from hwkit.measured.moments import Moments
from hwkit.measured.noise import Noise
from hwkit.measured.unlagged import amplified
from hwkit.model import EnergyModel, Quartic

FloatArray: TypeAlias = NDArray[np.float64]

_PER_UNIT = ("J2", "J4", "kT", "gain", "offset", "lag")


@dataclass(frozen=True, eq=False)
class Window:
    """How the coefficients of a record were taken: needed for what lagging channels do to them.

    Attributes:
        mean, square: <z> and <z^2> of the channels, (N,).
        solvers, lags: as of `Noise`.
        step: time between samples, in model time.
        phi: what was taken out of the samples, of channels that lag (`unlagged`).
        first, response: as of `Drift`.
        known: variance of each channel's readout for which the drift was estimated, (N,).
        share: covariance of the samples that drift was estimated from, over that variance.
        fixed: what lagging channels of the intended machine add to D and e beyond what they would
            do to units that are not coupled, (2, N, N).
    """

    mean: FloatArray
    square: FloatArray
    solvers: FloatArray
    lags: tuple[int, ...]
    step: float
    phi: float
    first: int
    response: FloatArray
    known: FloatArray
    share: float
    fixed: FloatArray

    @classmethod
    def of(
        cls,
        moments: Moments,
        drift: Drift,
        noise: Noise,
        phi: float,
        known: FloatArray,
        share: float,
    ) -> "Window":
        """Return that of estimates from moments."""
        units, n = slice(1, 1 + moments.n_units), moments.n_units
        mean, square = moments.average[0, units], np.diagonal(moments.average)[units]
        none = np.zeros((2, n, n))
        return cls(
            mean,
            square,
            noise.solvers,
            noise.lags,
            moments.step,
            phi,
            drift.first,
            drift.response,
            known,
            share,
            none,
        )


@dataclass(frozen=True, eq=False)
class Setup:
    """A machine with its channels, all N units.

    Attributes:
        J: couplings, driven unit first, (N, N); need not be symmetric.
        b, J2, J4, kT: of each unit, (N,).
        mobility: mu.
        gain, offset: of each channel, (N,), in units of x.
        correlated: noise intensity that two units have in common, (N, N), zero diagonal.
        excess: variance that the readout adds, R, (N, N), in x^2.
        lag: time constant of each channel, (N,), in model time.
        window: how a record is looked at; None if no channel lags (`seen_through`).
        rate: factor on every rate.
    """

    J: FloatArray
    b: FloatArray
    J2: FloatArray
    J4: FloatArray
    kT: FloatArray
    mobility: float
    gain: FloatArray
    offset: FloatArray
    correlated: FloatArray
    excess: FloatArray
    lag: FloatArray
    window: Window | None = None
    rate: float = 1.0

    @classmethod
    def of(cls, model: EnergyModel) -> "Setup":
        """Return the machine as intended, behind perfect channels.

        Raises:
            DataError: if its onsite energy is not quartic or quadratic.
        """
        n, onsite = model.n_units, model.onsite
        if not isinstance(onsite, Quartic):
            raise DataError(
                f"a measured machine has a quadratic or quartic onsite energy, not {onsite.kind}; "
                "describe it by the quartic that is nearest in the range of its record"
            )
        J = np.asarray(model.coupling_field(np.eye(n)))
        ones, zeros = np.ones(n), np.zeros((n, n))
        J2, J4 = (np.broadcast_to(value, (n,)).astype(float) for value in (onsite.J2, onsite.J4))
        kT, mu, none = ones * model.kT, model.mobility, 0 * ones
        return cls(J, model.b.copy(), J2, J4, kT, mu, ones, none, zeros, zeros, none)

    @property
    def powers(self) -> tuple[int, ...]:
        """Powers of a state that the drift has."""
        return (1, 2, 3) if np.any(self.J4) else (1,)

    def drift(self) -> FloatArray:
        """Return the coefficients theta of every unit, (N, P)."""
        n, g, o = self.b.size, self.gain, self.offset
        factor = self.rate * self.mobility
        ratio = g[:, None] / g[None, :]
        slopes = -self.J * ratio
        quartic = 4 * self.J4 / g**2
        slopes[np.arange(n), np.arange(n)] = -2 * self.J2 - 3 * quartic * o**2
        constant = 2 * self.J2 * o + quartic * o**3 - g * self.b + (self.J * ratio) @ o
        columns = [constant[:, None], slopes]
        if len(self.powers) > 1:
            columns += [(3 * quartic * o)[:, None], -quartic[:, None]]
        return factor * np.concatenate(columns, axis=1)

    def intensity(self) -> FloatArray:
        """Return the noise intensities D, (N, N), behind channels without lag."""
        inner = self.mobility * np.diag(self.kT) + self.correlated
        return np.asarray(self.rate * inner * np.outer(self.gain, self.gain))

    def shown(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return theta (N, P), D (N, N) and e (N, N) as a record shows them."""
        theta, intensity, excess = self.drift(), self.intensity(), self.excess.copy()
        units, window = np.arange(self.b.size), self.window
        if window is not None:
            theta -= window.response @ (window.share * (np.diagonal(excess) - window.known))
            excess *= amplified(window.phi)
        own = np.diagonal(excess).copy()
        if window is not None and np.any(self.lag):
            alone, effect = self._alone(window)
            theta -= window.response @ effect.shared
            intensity, excess = intensity + window.fixed[0], excess + window.fixed[1]
            intensity[units, units] += alone[0]
            excess[units, units] += alone[1]
            own += effect.variance
        if len(self.powers) > 1:
            theta[units, 1 + units] += 3 * theta[:, -1] * own
            theta[:, 0] += theta[:, -2] * own
        return theta, intensity, excess

    def _damping(self, window: Window) -> FloatArray:
        """Return -<df_i/dz_i>, (N,)."""
        theta, units = self.drift(), np.arange(self.b.size)
        damping = -theta[units, 1 + units]
        if len(self.powers) > 1:
            damping -= 2 * theta[:, -2] * window.mean + 3 * theta[:, -1] * window.square
        return np.asarray(damping)

    def _alone(self, window: Window) -> tuple[FloatArray, LagEffect]:
        """Return what lags add to D and e, (2, N), and to moments, of units not coupled."""
        damping, kicks = self._damping(window), np.diagonal(self.intensity())
        effect = lag_effect(
            window.lags, window.first, window.step, damping, kicks, self.lag, window.phi
        )
        units = np.arange(self.b.size)
        return np.einsum("isl,li->si", window.solvers[units, units], effect.noise), effect

    def seen_through(self, window: Window) -> "Setup":
        """Return the setup with what its lagging channels do to a record."""
        if not np.any(self.lag):
            return replace(self, window=window)
        n, theta = self.b.size, self.drift()
        slopes = theta[:, 1 : 1 + n].copy()
        slopes[np.arange(n), np.arange(n)] = -self._damping(window)
        kicks = np.diagonal(self.intensity())
        added = lag_effects(window.lags, window.step, slopes, kicks, self.lag, window.phi)
        fixed = np.einsum("ijsl,lij->sij", window.solvers, added)
        fixed[:, np.arange(n), np.arange(n)] -= self._alone(window)[0]
        return replace(self, window=replace(window, fixed=fixed))

    def without(self, stuck: dict[int, float]) -> "Setup":
        """Return the machine of the other units, with those of `stuck` held where they are."""
        left = [unit for unit in range(self.b.size) if unit not in stuck]
        held = list(stuck)
        at = np.array([(z - self.offset[u]) / self.gain[u] for u, z in stuck.items()])
        pairs, b = np.ix_(left, left), self.b[left]
        if held:
            b = b + self.J[np.ix_(left, held)] @ at
        return replace(
            self,
            J=self.J[pairs],
            b=b,
            correlated=self.correlated[pairs],
            excess=self.excess[pairs],
            **{name: getattr(self, name)[left] for name in _PER_UNIT},
        )


def with_array(setup: Setup, name: str, values: FloatArray) -> Setup:
    """Return a setup with other values of an array, (N,) or (N, N)."""
    changed: dict[str, Any] = {name: values}
    return replace(setup, **changed)


@dataclass(frozen=True, eq=False)
class Coefficients:
    """Coefficients in one vector: theta by rows, then D_ij and e_ij of each pair i <= j.

    Attributes:
        values: (C,).
        influence: what each batch adds to their errors, (batches, C).
        n_units: units that were estimated.
        width: coefficients of a row of theta.
    """

    values: FloatArray
    influence: FloatArray
    n_units: int
    width: int

    @classmethod
    def of(cls, drift: Drift, noise: Noise) -> "Coefficients":
        """Return estimated coefficients."""
        n, width = drift.theta.shape
        first, second = np.triu_indices(n)
        batches = len(drift.influence)
        pairs = np.stack([noise.intensity, noise.excess])[:, first, second].T.ravel()
        moved = noise.influence[:, :, first, second].transpose(0, 2, 1).reshape(batches, -1)
        return cls(
            np.concatenate([drift.theta.ravel(), pairs]),
            np.concatenate([drift.influence.reshape(batches, -1), moved], axis=1),
            n,
            width,
        )

    @property
    def blocks(self) -> list[NDArray[np.intp]]:
        """Places of coefficients whose errors go together.

        These are rows of theta, (P,), and D and e of a pair, (2,).
        """
        rows = np.arange(self.n_units * self.width).reshape(self.n_units, -1)
        pairs = np.arange(rows.size, self.values.size).reshape(-1, 2)
        return [*rows, *pairs]

    @property
    def without_excess(self) -> NDArray[np.bool_]:
        """Which are not an excess variance e_ij, (C,)."""
        use = np.ones(self.values.size, dtype=bool)
        use[self.n_units * self.width + 1 :: 2] = False
        return use

    def covariance(self) -> FloatArray:
        """Return their covariance, (C, C), between blocks zero: noises are independent.

        Weights that follow an estimated covariance cost precision: in a block of p coefficients
        from B batches about 1 + (p - 1)/(B - p) in variance, which is included.
        """
        matrix, batches = np.zeros((self.values.size, self.values.size)), len(self.influence)
        for block in self.blocks:
            moved, size = self.influence[:, block], block.size
            cost = 1 + (size - 1) / max(batches - size, 1)
            matrix[np.ix_(block, block)] = cost * (moved.T @ moved)
        return matrix


def expected(setup: Setup) -> FloatArray:
    """Return the coefficients of a setup in the order of `Coefficients`, (C,)."""
    first, second = np.triu_indices(setup.b.size)
    theta, intensity, excess = setup.shown()
    pairs = np.stack([intensity, excess])[:, first, second].T
    return np.concatenate([theta.ravel(), pairs.ravel()])
