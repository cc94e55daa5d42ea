"""The time grid of a run: whole steps, and which of them are kept."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import ConfigError

MOST_STEPS = 2**34  # four in each block, and blocks are counted in 32 bits

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
        if not (np.isfinite(self.dt) and self.dt > 0):
            raise ConfigError(f"dt is {self.dt!r}; it must be a number above 0")
        if not (np.isfinite(self.t_final) and self.t_final > 0):
            raise ConfigError(f"t_final is {self.t_final!r}; it must be a number above 0")
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
        self._check_saved()

    def _check_saved(self) -> None:
        if isinstance(self.save_every, int) and self.save_every < 1:
            raise ConfigError(f"save_every is {self.save_every}; it must be None or at least 1")
        if isinstance(self.save_every, tuple):
            for step in self.save_every:
                if not 0 <= step <= self.n_steps:
                    raise ConfigError(
                        f"save_every names step {step}; the run has 0 to {self.n_steps}"
                    )

    @property
    def n_steps(self) -> int:
        """Number of steps, K."""
        return round(self.t_final / self.dt)

    @property
    def saved_steps(self) -> NDArray[np.intp]:
        """Indices (T,) of the kept states among 0 ... K."""
        named = self.save_every or ()
        steps = range(0, self.n_steps, named) if isinstance(named, int) else named
        return np.array(sorted({0, *steps, self.n_steps}), dtype=np.intp)

    @property
    def saved_times(self) -> NDArray[np.float64]:
        """Times of the kept states, (T,)."""
        return np.asarray(self.saved_steps * self.dt, dtype=np.float64)
