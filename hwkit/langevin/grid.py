"""The time grid of a run: whole steps, and which of them are kept."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import ConfigError
from hwkit.numbers import is_whole, positive

MOST_STEPS = 2**34  # four in each block, and blocks are counted in 32 bits
_MOST_SAVED = 10**8  # states of one run

SaveEvery = int | tuple[int, ...] | None


@dataclass(frozen=True)
class TimeGrid:
    """K steps of length dt; kept are the first state, those that `save_every` names, and the last.

    `save_every`: None for no others, n for every n-th step, or a tuple of steps.
    """

    t_final: float
    dt: float
    save_every: SaveEvery = None

    def __post_init__(self) -> None:
        for name in ("dt", "t_final"):  # plain doubles: single precision would spread from here
            object.__setattr__(self, name, positive(name, getattr(self, name), ConfigError))
        steps = self.t_final / self.dt
        if steps > MOST_STEPS:
            raise ConfigError(
                f"t_final = {self.t_final:g} is {steps:.6g} steps of dt = {self.dt:g}, above the "
                f"limit of {MOST_STEPS}; choose a longer dt"
            )
        if round(steps) < 1 or abs(steps - round(steps)) > 1e-6 * steps:
            raise ConfigError(
                f"t_final = {self.t_final:g} is {steps:.6g} steps of dt = {self.dt:g}; "
                "choose dt so that it divides t_final"
            )
        object.__setattr__(self, "save_every", self._checked_saves(self.save_every))

    def _checked_saves(self, given: Any) -> SaveEvery:
        if given is None:
            return None
        if is_whole(given):
            if given < 1:
                raise ConfigError(f"save_every is {given}; it must be None or at least 1")
            if self.n_steps // given > _MOST_SAVED:
                raise ConfigError(
                    f"save_every = {given} keeps {self.n_steps // given:.3g} states of each run, "
                    f"above the limit of {_MOST_SAVED:.0e}; keep fewer"
                )
            return int(given)
        steps = list(given) if isinstance(given, Iterable) else [given]
        for step in steps:
            if not is_whole(step):
                raise ConfigError(
                    f"save_every is {given!r}; it must be None, a whole number, or a tuple of steps"
                )
            if not 0 <= step <= self.n_steps:
                raise ConfigError(f"save_every names step {step}; the run has 0 to {self.n_steps}")
        return tuple(map(int, steps))

    @property
    def n_steps(self) -> int:
        """Number of steps, K."""
        return round(self.t_final / self.dt)

    @property
    def saved_steps(self) -> NDArray[np.intp]:
        """Indices (T,) of the kept states among 0 ... K."""
        named = self.save_every or ()
        if isinstance(named, int):
            return np.append(np.arange(0, self.n_steps, named, dtype=np.intp), self.n_steps)
        return np.unique(np.array([0, *named, self.n_steps], dtype=np.intp))

    @property
    def saved_times(self) -> NDArray[np.float64]:
        """Times of the kept states, (T,)."""
        return np.asarray(self.saved_steps * self.dt, dtype=np.float64)
