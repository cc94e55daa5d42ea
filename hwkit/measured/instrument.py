"""A board and what measures it, as a value of four methods: the same for hardware and emulation.

    program(model)    set couplings and biases
    set_noise(kT)     set the strength of the noise, in model units
    start(request)    start a record: its kind, samples, rate, restarts
    read()            wait for the record and return it

Nothing in the protocol is a seed: hardware has none.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, get_args

import numpy as np

from hwkit.errors import ConfigError
from hwkit.measured.records import Channel, Measurement, Record, RecordKind
from hwkit.model import EnergyModel


@dataclass(frozen=True)
class Request:
    """A record that is asked for.

    Attributes:
        name, kind: of the record.
        n_samples: of each channel, and of each restart.
        interval: seconds between samples.
        restarts: number of pieces; more than 1 for a switched record only.
        switched_on: of a switched record: when couplings and biases are switched on, in seconds
            after a restart's first sample; until then the units move without them.
        clamped: of a calibration record: volts at the inputs, one a channel; () grounds them.
    """

    name: str
    kind: RecordKind
    n_samples: int
    interval: float
    restarts: int = 1
    switched_on: float | None = None
    clamped: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in get_args(RecordKind):
            known = ", ".join(get_args(RecordKind))
            raise self._error(f"is of kind {self.kind!r}; choose one of {known}")
        if self.n_samples < 1 or self.restarts < 1:
            raise self._error("asks for less than one sample; ask for at least one")
        if not (np.isfinite(self.interval) and self.interval > 0):
            raise self._error(f"has {self.interval} s between samples; it must be above 0")
        if (self.kind == "switched") != (self.switched_on is not None):
            raise self._error("needs switched_on if it is a switched one, and only then")
        if self.restarts > 1 and self.kind != "switched":
            raise self._error(f"is a {self.kind} one with {self.restarts} restarts; ask for 1")
        if self.clamped and self.kind != "calibration":
            raise self._error(f"is a {self.kind} one; only the inputs of a calibration are clamped")

    def _error(self, problem: str) -> ConfigError:
        return ConfigError(f"requested record {self.name} {problem}")

    def voltages(self, n_channels: int) -> tuple[float, ...]:
        """Return the volts at the inputs of a calibration record, (channels,).

        Raises:
            ConfigError: if their number is another one.
        """
        clamped = self.clamped or (0.0,) * n_channels
        if len(clamped) != n_channels:
            raise self._error(f"clamps {len(clamped)} of {n_channels} channels; give one for each")
        return clamped

    @property
    def segments(self) -> tuple[int, ...] | None:
        """Samples of each piece, as records have them."""
        return None if self.restarts == 1 else (self.n_samples,) * self.restarts


class Instrument(Protocol):
    """What every driver offers: a board that can be programmed, and its converter."""

    @property
    def channels(self) -> tuple[Channel, ...]:
        """The columns of its records."""
        ...

    def program(self, model: EnergyModel) -> None:
        """Set couplings and biases to those of a model, as well as the board can."""
        ...

    def set_noise(self, kT: float) -> None:
        """Set the strength of the noise, in model units."""
        ...

    def start(self, request: Request) -> None:
        """Start a record; return before it is finished where the board allows it."""
        ...

    def read(self) -> Record:
        """Wait until the record that was started is finished, and return it."""
        ...


def measure(
    instrument: Instrument, requests: Iterable[Request], second: float | None = None
) -> Measurement:
    """Take records one after the other.

    Args:
        instrument: a driver; the board must have been programmed.
        requests: the records.
        second: nominal seconds per unit of mu t of the machine, if it is known.
    """
    records = []
    for request in requests:
        instrument.start(request)
        records.append(instrument.read())
    return Measurement(instrument.channels, tuple(records), second)


def check_programmed(model: EnergyModel, n_units: int) -> None:
    """Refuse a model that doesn't fit a board.

    Raises:
        ConfigError: if it has another number of units.
    """
    if model.n_units != n_units:
        raise ConfigError(f"the model has {model.n_units} units, but the board has {n_units}")


def check_noise(kT: float) -> None:
    """Refuse what can't be a strength of noise.

    Raises:
        ConfigError: if it is not above 0.
    """
    if not (np.isfinite(kT) and kT > 0):
        raise ConfigError(f"kT is {kT}; it must be a number above 0")
