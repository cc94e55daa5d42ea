"""What a record of a machine shows through its channels: from parameters to coefficients.

A channel shows z_i = g_i x_i + o_i of the machine dx_i = -mu (dV/dx_i) dt + sqrt(2 mu kT_i) dW_i,
with the quartic onsite energy. In terms of z, and with r a factor on every rate (a time base that
runs fast), the drift of z_i is theta_i . (1, z_1 ... z_N, z_i^2, z_i^3) with

    slope_ij = -r mu J_ij g_i / g_j            slope_ii = -r mu (2 J2_i + 12 J4_i o_i^2 / g_i^2)
    quadratic_i = 12 r mu J4_i o_i / g_i^2     cubic_i = -4 r mu J4_i / g_i^2
    constant_i = r mu (2 J2_i o_i + 4 J4_i o_i^3 / g_i^2 - g_i b_i + sum_j J_ij g_i o_j / g_j)

and the noise intensity D_ii = r mu kT_i g_i^2. Channels that lag and have readout noise add e_i to
<z_i^2>, and leave slope_ii + 3 cubic_i e_i, constant_i + quadratic_i e_i, and D and e by `lag`.

A record alone gives these coefficients and no more: gains of all channels, or all rates, can be
changed together with the machine's parameters without a trace in it. What separates them is an
anchor, and is named with every result.
"""

from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import DataError
from hwkit.measured.lag import LagEffect, lag_effect, lag_effects
from hwkit.measured.unlagged import amplified
from hwkit.measured.window import Window
from hwkit.model import EnergyModel, Quartic

FloatArray: TypeAlias = NDArray[np.float64]

_PER_UNIT = ("J2", "J4", "kT", "gain", "offset", "lag")
_ARRAYS = ("J", "b", "correlated", "excess", "rate", *_PER_UNIT)


@dataclass(frozen=True, eq=False)
class Setup:
    """A machine with its channels, all N units; or many such, in a leading axis (`repeated`).

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
        """Return the coefficients theta of every unit, (..., N, P)."""
        units, g, o = np.arange(self.b.shape[-1]), self.gain, self.offset
        ratio = g[..., :, None] / g[..., None, :]
        slopes = -self.J * ratio
        quartic = 4 * self.J4 / g**2
        slopes[..., units, units] = -2 * self.J2 - 3 * quartic * o**2
        crossed = np.einsum("...ij,...j->...i", self.J * ratio, o)
        constant = 2 * self.J2 * o + quartic * o**3 - g * self.b + crossed
        columns = [constant[..., None], slopes]
        if len(self.powers) > 1:
            columns += [(3 * quartic * o)[..., None], -quartic[..., None]]
        return np.asarray(self._rates * np.concatenate(columns, axis=-1))

    @property
    def _rates(self) -> FloatArray:
        return self.mobility * np.asarray(self.rate, dtype=np.float64)[..., None, None]

    def intensity(self) -> FloatArray:
        """Return the noise intensities D, (..., N, N), behind channels without lag."""
        gains = self.gain[..., :, None] * self.gain[..., None, :]
        own = np.eye(self.b.shape[-1]) * self.kT[..., None, :]
        return np.asarray(self._rates * (own + self.correlated / self.mobility) * gains)

    def shown(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return theta (..., N, P), D (..., N, N) and e (..., N, N) as a record shows them."""
        theta, intensity, excess = self.drift(), self.intensity(), self.excess.copy()
        units, window = np.arange(self.b.shape[-1]), self.window
        if window is not None:
            more = window.share * (excess - np.diag(window.known))
            theta -= _by_channel(window.response, _own(more))
            theta -= np.einsum("ipj,...ij->...ip", window.across, more)
            excess *= amplified(window.sampling.phi)
        own = _own(excess).copy()
        if window is not None and np.any(self.lag):
            alone, effect = self._alone(window)
            theta -= _by_channel(window.response, effect.shared)
            intensity, excess = intensity + window.fixed[0], excess + window.fixed[1]
            intensity[..., units, units] += alone[0]
            excess[..., units, units] += alone[1]
            own += effect.variance
        if len(self.powers) > 1:
            theta[..., units, 1 + units] += 3 * theta[..., -1] * own
            theta[..., 0] += theta[..., -2] * own
        return theta, intensity, excess

    def _damping(self, window: Window) -> FloatArray:
        """Return -<df_i/dz_i>, (..., N)."""
        theta, units = self.drift(), np.arange(self.b.shape[-1])
        damping = -theta[..., units, 1 + units]
        if len(self.powers) > 1:
            damping -= 2 * theta[..., -2] * window.mean + 3 * theta[..., -1] * window.square
        return np.asarray(damping)

    def _alone(self, window: Window) -> tuple[FloatArray, LagEffect]:
        """Return what lags add to D and e, (2, ..., N), and to moments, of units not coupled."""
        kicks = _own(self.intensity())
        effect = lag_effect(window.sampling, self._damping(window), kicks, self.lag)
        units = np.arange(self.b.shape[-1])
        solvers = window.solvers[units, units]
        return np.einsum("isl,l...i->s...i", solvers, effect.noise), effect

    def seen_through(self, window: Window) -> "Setup":
        """Return the setup with what its lagging channels do to a record."""
        if not np.any(self.lag):
            return replace(self, window=window)
        n, theta = self.b.size, self.drift()
        slopes = theta[:, 1 : 1 + n].copy()
        slopes[np.arange(n), np.arange(n)] = -self._damping(window)
        kicks = np.diagonal(self.intensity())
        added = lag_effects(window.sampling, slopes, kicks, self.lag)
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


def _own(pairs: FloatArray) -> FloatArray:
    """Return what concerns each unit alone, (..., N), of pairs (..., N, N)."""
    return np.diagonal(pairs, axis1=-2, axis2=-1)


def _by_channel(response: FloatArray, shared: FloatArray) -> FloatArray:
    """Return the change of theta, (..., N, P), by noise of each channel, (..., N)."""
    return np.asarray(np.einsum("ipj,...j->...ip", response, shared))


def repeated(setup: Setup, count: int) -> Setup:
    """Return a setup so many times, in a leading axis of its arrays, which are new ones."""
    copies: dict[str, Any] = {}
    for name in _ARRAYS:
        values = np.asarray(getattr(setup, name), dtype=np.float64)
        copies[name] = np.repeat(values[None], count, axis=0)
    return replace(setup, **copies)
