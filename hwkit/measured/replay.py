"""An instrument that plays back records taken before, in place of the board they came from."""

from hwkit.errors import ConfigError
from hwkit.measured.instrument import Request
from hwkit.measured.records import Channel, Measurement, Record
from hwkit.model import EnergyModel


class ReplayInstrument:
    """An instrument (`hwkit.measured.Instrument`) that can't be programmed, only read."""

    def __init__(self, measurement: Measurement) -> None:
        self._measurement = measurement
        self._record: Record | None = None

    @property
    def channels(self) -> tuple[Channel, ...]:
        """The channels of the measurement."""
        return self._measurement.channels

    def program(self, model: EnergyModel) -> None:
        """Refuse: what was recorded can't change."""
        raise ConfigError("stored records can't be programmed; measure the board again")

    def set_noise(self, kT: float) -> None:
        """Refuse: what was recorded can't change."""
        raise ConfigError("the noise of stored records can't be set; measure the board again")

    def start(self, request: Request) -> None:
        """Choose the record of that name.

        Raises:
            DataError: if there is none.
            ConfigError: if it is not what is asked for.
        """
        record = self._measurement.record(request.name)
        wanted = (request.kind, request.n_samples * request.restarts, request.switched_on)
        given = (record.kind, record.n_samples, record.switched_on)
        if wanted != given or abs(record.interval / request.interval - 1) > 1e-6:
            raise ConfigError(
                f"record {request.name} is a {record.kind} one of {record.n_samples} samples, "
                f"{record.interval:.6g} s apart; ask for that, or measure the board again"
            )
        self._record = record

    def read(self) -> Record:
        """Return the record that was chosen.

        Raises:
            ConfigError: if none was.
        """
        record, self._record = self._record, None
        if record is None:
            raise ConfigError("no record was started; call start before read")
        return record
