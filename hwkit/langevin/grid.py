"""The time grid of a run: whole steps, and which of them are kept."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import ConfigError


@dataclass(frozen=True)
class TimeGrid:
    """K steps of length dt; kept are the first state, every `save_every`-th and the last."""

    t_final: float
    dt: float
    save_every: int | None = None

    def __post_init__(self) -> None:
        if not (np.isfinite(self.dt) and self.dt > 0):
            raise ConfigError(f"dt is {self.dt!r}; it must be a number above 0")
        if not (np.isfinite(self.t_final) and self.t_final > 0):
            raise ConfigError(f"t_final is {self.t_final!r}; it must be a number above 0")
        steps = self.t_final / self.dt
        if round(steps) < 1 or abs(steps - round(steps)) > 1e-6 * steps:
            raise ConfigError(
                f"t_final = {self.t_final:g} is {steps:.6g} steps of dt = {self.dt:g}; "
                "choose dt so that it divides t_final"
            )
        if self.save_every is not None and self.save_every < 1:
            raise ConfigError(f"save_every is {self.save_every}; it must be None or at least 1")

    @property
    def n_steps(self) -> int:
        """Number of steps, K."""
        return round(self.t_final / self.dt)

    @property
    def saved_steps(self) -> NDArray[np.intp]:
        """Indices of the kept states among 0 ... K."""
        stride = self.save_every or self.n_steps
        steps = np.arange(0, self.n_steps + 1, stride)
        return steps if steps[-1] == self.n_steps else np.append(steps, self.n_steps)

    @property
    def saved_times(self) -> NDArray[np.float64]:
        """Times of the kept states, (T,)."""
        return np.asarray(self.saved_steps * self.dt, dtype=np.float64)
