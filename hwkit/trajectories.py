"""Trajectories: what every simulator of the package returns, in model units."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import DataError
from hwkit.files import PatientFile, replacing
from hwkit.numbers import is_whole
from hwkit.showing import Shown, Summary, picture, sparkline, spread
from hwkit.stored_runs import read_runs

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

    from hwkit.plotting.runs import View

FloatArray = NDArray[np.float64]

GIVEN = "increments"  # first word of the attribute `noise` where the caller gave the increments


@dataclass(frozen=True, eq=False, repr=False)
class Trajectories(Shown):
    """Saved states of many runs.

    Attributes:
        t: saved times, (T,), in model units (the first is 0).
        x: states, (n_trajectories, T, N); NaN throughout in a run that failed.
        failures: run index -> why it failed; empty if all went well.
        attributes: what made them (simulator, dt, seed, ...): strings and numbers only. Runs of
            the package carry those of `hwkit.langevin.facts`; runs measured elsewhere may have
            none.
        v: velocities dx/dt in the shape of x, of a machine with inertia; None of one without.
    """

    t: FloatArray
    x: FloatArray
    failures: Mapping[int, str] = field(default_factory=dict)
    attributes: Mapping[str, str | int | float] = field(default_factory=dict)
    v: FloatArray | None = None

    def __post_init__(self) -> None:
        for name in ("t", "x", "v"):
            object.__setattr__(self, name, _numbers(name, getattr(self, name)))
        if self.x.ndim != 3 or self.t.shape != (self.x.shape[1],):
            raise DataError(
                f"states of shape {self.x.shape} don't fit times of shape {self.t.shape}; "
                "expected (runs, times, units) and (times,)"
            )
        if self.v is not None and self.v.shape != self.x.shape:
            raise DataError(
                f"velocities of shape {self.v.shape} don't fit states of shape {self.x.shape}"
            )
        if not (np.isfinite(self.t).all() and (np.diff(self.t) > 0).all()):
            raise DataError("the times are not finite and increasing; sort the states by time")
        runs = range(self.n_trajectories)
        for run in self.failures:
            if not is_whole(run) or run not in runs:
                raise DataError(f"failures name run {run!r}; there are runs 0 to {len(runs) - 1}")
        bad = {int(r) for r in np.flatnonzero(~np.isfinite(self.x).all(axis=(1, 2)))}
        if bad - set(self.failures):
            raise DataError(f"run {min(bad - set(self.failures))} has states that are not finite")

    @property
    def n_trajectories(self) -> int:
        """Number of runs, failed ones included."""
        return int(self.x.shape[0])

    @property
    def n_units(self) -> int:
        """Number of units, N."""
        return int(self.x.shape[2])

    @property
    def final(self) -> FloatArray:
        """Last states, (n_trajectories, N)."""
        return self.x[:, -1]

    @property
    def completed(self) -> NDArray[np.bool_]:
        """Which runs did not fail, (n_trajectories,)."""
        mask = np.ones(self.n_trajectories, dtype=bool)
        mask[list(self.failures)] = False
        return mask

    @property
    def seeds(self) -> tuple[int, ...]:
        """Seed of the noise, as far as it is known."""
        return (int(self.attributes["seed"]),) if "seed" in self.attributes else ()

    def first(self, n: int) -> "Trajectories":
        """Return the first n runs; a digest of noise given for all of them is no longer theirs."""
        if not is_whole(n) or n < 1:
            raise DataError(f"the number of runs is {n!r}; give a whole number above 0")
        failures = {run: why for run, why in self.failures.items() if run < n}
        v = None if self.v is None else self.v[:n]
        kept = dict(self.attributes)
        if n < self.n_trajectories and str(kept.get("noise", "")).startswith(GIVEN):
            del kept["noise"]
            kept.pop("noise_sum", None)
        return Trajectories(self.t, self.x[:n], failures, kept, v)

    def summary(self) -> Summary:
        """Return what runs show of themselves."""
        made = [f"{name} {value}" for name, value in self.attributes.items()]
        n, failed = self.n_trajectories, sorted(self.failures)
        facts = [("times", f"{spread(self.t)} (model units)"), ("states", spread(self.x))]
        if self.completed.any():
            square = np.mean(self.x[self.completed] ** 2, axis=(0, 2))
            facts.append(("mean of x^2", f"{sparkline(square)}  {spread(square)}"))
        if failed:
            facts.append(
                (
                    "failed",
                    f"{len(failed)}, first run {failed[0]}: {self.failures[failed[0]]}",
                )
            )
        if made:
            facts.append(("made by", ", ".join(made)))
        title = f"Trajectories: {n:,} runs of {self.n_units:,} units, {self.t.size:,} saved times"
        ends = np.nan_to_num(self.final)
        return Summary(title, facts, picture=picture(ends, "end states, a run a row"))

    def plot(self, view: "View | None" = None) -> "Figure":
        """Return a figure of the runs: states, marginals, samples, or spectra.

        Args:
            view: panels, run, units and number of visible units (`hwkit.report.View`).

        Raises:
            ConfigError, DataError: if the runs don't have what is asked for.
        """
        from hwkit.plotting.runs import draw_runs

        return draw_runs(self, view)[0]

    def to_xarray(self) -> "xr.Dataset":
        """Return an xarray Dataset: `x` (and `v`) over (run, time, unit), `failure` over run."""
        import xarray as xr  # takes longer to load than all else here

        axes = ("run", "time", "unit")
        failure = [self.failures.get(run, "") for run in range(self.n_trajectories)]
        return xr.Dataset(
            {
                "x": (axes, self.x),
                **({} if self.v is None else {"v": (axes, self.v)}),
                "failure": ("run", np.array(failure, dtype=object)),
            },
            coords={"time": self.t},
            attrs=dict(self.attributes),
        )

    def save(self, path: Path | str) -> None:
        """Write `trajectories.nc` (netCDF-4); the same runs give the same bytes."""
        import h5netcdf
        import xarray as xr

        with replacing(path) as temporary, PatientFile(temporary) as file:
            try:
                with h5netcdf.File(file, "w") as content:
                    self.to_xarray().dump_to_store(xr.backends.H5NetCDFStore(content))
            finally:
                file.check()

    @classmethod
    def load(cls, path: Path | str) -> "Trajectories":
        """Read a file written by `save`.

        Raises:
            DataError: if the file is missing or holds no trajectories.
        """
        runs = read_runs(path)
        try:
            return cls(runs.t, runs.x, runs.failures, runs.attributes, runs.v)
        except DataError as error:
            raise DataError(f"{path}: {error}") from error


def _numbers(name: str, value: Any) -> Any:
    """Return an array of real numbers as it is, whole numbers as doubles; None stays None.

    Raises:
        DataError: if it holds anything else: complex numbers, text, masked entries.
    """
    if value is None:
        return None
    array = np.asanyarray(value)
    masked = np.ma.isMaskedArray(array) and np.ma.is_masked(array)
    if masked or array.dtype.kind not in "biuf":
        what = "masked entries" if masked else array.dtype
        raise DataError(f"{name} must hold real numbers only, not {what}")
    return np.asarray(array, dtype=None if array.dtype.kind == "f" else np.float64)
