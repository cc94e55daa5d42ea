"""A driver over SCPI: an example for boards with a small controller, over PyVISA or a socket.

The board's commands, units SI but for the model's own numbers; channels count from 1, units from 0:

    SYST:ERR?                          code,"text" of the oldest error; 0,"No error"
    CHAN:COUN?                         number of channels
    CHAN:CONF? k                       unit,volts per x,volts at 0,lowest volts,highest volts
    PROG:COUP i,J_i0,J_i1,...          one row of couplings
    PROG:BIAS b_0,b_1,...              biases
    NOIS:LEV kT                        strength of the noise
    ACQ:KIND CAL|STAT|SWIT             kind of the next record
    ACQ:POIN n  ACQ:REST r             samples of each piece, pieces
    ACQ:INT s   ACQ:INT?               seconds between samples; what the board made of it
    ACQ:SWIT s  ACQ:CLAM v_1,v_2,...   when couplings are switched on; volts at the inputs
    INIT        ACQ:STAT?              start; RUN, DONE or FAIL
    TRAC:SCAL? k                       volts per code,volts at code 0
    TRAC:DATA? k,first,count           block of codes of two bytes, low byte first; 65535: overload

Settings are confirmed by SYST:ERR?. Another board's commands are another class of this size.
"""

import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import ConfigError, InstrumentError
from hwkit.measured.instrument import Request, check_noise, check_programmed
from hwkit.measured.records import Channel, Record
from hwkit.measured.resources import Resource, ask, ask_block, tell
from hwkit.model import EnergyModel

FloatArray = NDArray[np.float64]

OVERLOAD = 65535
_KINDS = {"calibration": "CAL", "stationary": "STAT", "switched": "SWIT"}
_CHUNK = 50_000  # samples of a block
_POLL = 0.02  # s


class ScpiInstrument:
    """An instrument (`hwkit.measured.Instrument`) that understands the commands above.

    Args:
        resource: of PyVISA, or a `SocketResource`; it stays the caller's to close.
        patience: seconds to wait for a record beyond its own duration.

    Raises:
        InstrumentError: if the board does not answer as expected.
    """

    def __init__(self, resource: Resource, patience: float = 60.0) -> None:
        self._resource, self._patience = resource, patience
        self._request: Request | None = None
        n = int(self._number("CHAN:COUN?"))
        self._channels = tuple(self._channel(k + 1) for k in range(n))

    @property
    def channels(self) -> tuple[Channel, ...]:
        """The channels as the board describes them."""
        return self._channels

    def program(self, model: EnergyModel) -> None:
        """Send couplings and biases; the board's onsite energies are its own."""
        check_programmed(model, sum(channel.unit is not None for channel in self._channels))
        couplings = model.J if isinstance(model.J, np.ndarray) else model.J.toarray()
        for unit, row in enumerate(couplings):
            self._set(f"PROG:COUP {unit},{_list(row)}")
        self._set(f"PROG:BIAS {_list(model.b)}")

    def set_noise(self, kT: float) -> None:
        """Set the strength of the noise, in model units."""
        check_noise(kT)
        self._set(f"NOIS:LEV {_list([kT])}")

    def start(self, request: Request) -> None:
        """Set up a record and start it."""
        self._set(f"ACQ:KIND {_KINDS[request.kind]}")
        self._set(f"ACQ:POIN {request.n_samples}")
        self._set(f"ACQ:REST {request.restarts}")
        self._set(f"ACQ:INT {_list([request.interval])}")
        if request.switched_on is not None:
            self._set(f"ACQ:SWIT {_list([request.switched_on])}")
        if request.kind == "calibration":
            self._set(f"ACQ:CLAM {_list(request.voltages(len(self._channels)))}")
        self._set("INIT")
        self._request = request

    def read(self) -> Record:
        """Wait for the record and fetch it, channel by channel in blocks.

        Raises:
            ConfigError: if no record was started.
            InstrumentError: if the board failed, or took too long.
        """
        request, self._request = self._request, None
        if request is None:
            raise ConfigError("no record was started; call start before read")
        self._wait(request)
        n = request.n_samples * request.restarts
        volts = np.empty((n, len(self._channels)))
        over = []
        for place in range(len(self._channels)):
            codes = self._codes(place + 1, n)
            step, zero = self._numbers(f"TRAC:SCAL? {place + 1}", 2)
            volts[:, place] = np.where(codes == OVERLOAD, np.nan, zero + step * codes)
            over.append(int((codes == OVERLOAD).sum()))
        calibrating = request.kind == "calibration"
        return Record(
            request.name,
            request.kind,
            volts,
            self._number("ACQ:INT?"),
            segments=request.segments,
            switched_on=request.switched_on,
            clamped=request.voltages(len(self._channels)) if calibrating else (),
            over_range=tuple(over) if any(over) else (),
        )

    def _wait(self, request: Request) -> None:
        duration = request.n_samples * request.restarts * request.interval
        end = time.monotonic() + duration + self._patience
        while (state := ask(self._resource, "ACQ:STAT?")) == "RUN":
            if time.monotonic() > end:
                raise InstrumentError(
                    f"record {request.name} is not finished {self._patience:g} s after its "
                    f"duration of {duration:.3g} s; check the trigger, or allow more patience"
                )
            time.sleep(_POLL)
        if state != "DONE":
            problem = ask(self._resource, "SYST:ERR?")
            raise InstrumentError(f"record {request.name} failed on the board: {problem}")

    def _codes(self, channel: int, n: int) -> NDArray[np.uint16]:
        parts = []
        for first in range(0, n, _CHUNK):
            count = min(_CHUNK, n - first)
            data = ask_block(self._resource, f"TRAC:DATA? {channel},{first},{count}")
            if len(data) != 2 * count:
                raise InstrumentError(
                    f"channel {channel} sent {len(data)} bytes for {count} samples of two bytes; "
                    "the record on the board is shorter than what was asked for"
                )
            parts.append(np.frombuffer(data, dtype="<u2"))
        return np.concatenate(parts)

    def _channel(self, number: int) -> Channel:
        unit, volt, offset, low, high = self._numbers(f"CHAN:CONF? {number}", 5)
        return Channel(f"CH{number}", int(unit), volt, offset, (low, high))

    def _set(self, command: str) -> None:
        tell(self._resource, command)
        answer = ask(self._resource, "SYST:ERR?")
        if answer.partition(",")[0].strip() not in ("0", "+0"):
            raise InstrumentError(f"the board refused {command[:60]}: {answer}")

    def _number(self, query: str) -> float:
        return self._numbers(query, 1)[0]

    def _numbers(self, query: str, count: int) -> list[float]:
        answer = ask(self._resource, query)
        try:
            numbers = [float(word) for word in answer.split(",")]
        except ValueError:
            numbers = []
        if len(numbers) != count or not np.isfinite(numbers).all():
            raise InstrumentError(f"the answer to {query} is {answer[:60]!r}, not {count} numbers")
        return numbers


def _list(values: Sequence[float] | FloatArray) -> str:
    return ",".join(repr(float(value)) for value in values)
